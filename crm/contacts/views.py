"""Pages that change one contact: log, edit, tags, do-not-contact, phone number."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as page_session
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.contacts import queries, service
from crm.contacts.forms import ContactFileForm, EditContactForm, NewContactForm, TagForm
from crm.contacts.models import Contact, ContactFile
from crm.contacts.rules import (
    TAGS_MAX,
    BadRemark,
    DuplicateIdentity,
    EditedMeanwhile,
    IdentityKind,
    NotToUndo,
    TooManyTags,
    one_line,
)
from crm.contacts.service import files
from crm.crypto import WrongKey
from crm.groups.rules import mask_phones
from crm.i18n import _, fmt
from crm.integrations import queries as uploads
from crm.integrations.formats import contact_files
from crm.integrations.rules.files import OVER, FileFailure, FileState, IllegalTransition
from crm.stores.queries import stores_in_scope
from crm.web.pages import CSV, POLLING_OVER, attachment
from crm.web.session import db_session, unit_of_work

bp = Blueprint("contacts", __name__)
ERRORS_SHOWN = 20
_REMOVED_TAG = "removed_tag"


def _page(contact_id: int) -> str:
    """The contact's page is drawn by a higher package, under its stable path."""
    return f"/contacts/{contact_id}"


def _new_form() -> NewContactForm:
    session, actor = db_session(), current_actor()
    return NewContactForm(
        request.form if request.method == "POST" else None,
        stores=[(store.id, store.name) for store in stores_in_scope(session, actor)],
        groups=queries.group_choices(session, actor),
        today=fmt.local(clock.now()).date(),
        name=one_line(request.args.get("name")),
    )


@bp.get("/contacts/new")
@require(Permission.RECORD)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return render_template("contacts/new.html", form=_new_form())


@bp.post("/contacts/new")
@require(Permission.RECORD)
def create() -> ResponseReturnValue:
    """Log a contact; a number that somebody has is asked about first."""
    form, actor = _new_form(), current_actor()
    if not form.validate():
        return render_template("contacts/new.html", form=form), 422
    try:
        with unit_of_work() as session:
            contact = service.log_typed_contact(
                session, form.to_command(), actor=actor, now=clock.now()
            )
    except DuplicateIdentity as error:
        known = queries.known_in_scope(db_session(), error.existing_id, actor)
        field = form.phone if error.kind is IdentityKind.PHONE else form.wechat_id
        form.explain_duplicate(field, known)
        return render_template("contacts/new.html", form=form), 422
    flash(_("contacts.saved", name=contact.name))
    return redirect(_page(contact.id), code=303)


@bp.get("/contacts/<int:contact_id>/edit")
@require(Permission.RECORD)
def edit(contact_id: int) -> ResponseReturnValue:
    """Show how she is called."""
    contact = queries.contact_to_name(db_session(), contact_id, current_actor())
    form = EditContactForm(obj=contact)
    form.remark.data = mask_phones(contact.remark)
    return _edit_page(form, contact)


def _edit_page(form: EditContactForm, contact: Contact) -> str:
    tags = queries.tags_of(db_session(), [contact.id]).get(contact.id, ())
    return render_template("contacts/edit.html", form=form, contact=contact, tags=tags)


@bp.post("/contacts/<int:contact_id>/edit")
@require(Permission.RECORD)
def save(contact_id: int) -> ResponseReturnValue:
    """Keep how she is called, unless somebody else has changed it meanwhile."""
    form, actor = EditContactForm(request.form), current_actor()
    if not form.validate():
        contact = queries.visible_contact(db_session(), contact_id, actor)
        return _edit_page(form, contact), 422
    try:
        with unit_of_work() as session:
            contact = queries.contact_for_update(session, contact_id, actor)
            service.edit_contact(session, contact, form.to_command(), actor=actor, now=clock.now())
    except EditedMeanwhile:
        contact = queries.visible_contact(db_session(), contact_id, actor)
        form.show_version(contact.version)
        form.name.errors = [_("contacts.edited_meanwhile")]
        return _edit_page(form, contact), 409
    except BadRemark as error:
        form.remark.errors = [_(error.key, **error.values)]
        return _edit_page(form, queries.visible_contact(db_session(), contact_id, actor)), 422
    flash(_("contacts.edited"))
    return redirect(_page(contact_id), code=303)


@bp.post("/contacts/<int:contact_id>/tags")
@require(Permission.TAG)
def add_tag(contact_id: int) -> ResponseReturnValue:
    """Give her a tag."""
    form, actor = TagForm(request.form), current_actor()
    contact = queries.visible_contact(db_session(), contact_id, actor)
    if not form.validate():
        return render_template("contacts/tag.html", form=form, contact=contact), 422
    try:
        with unit_of_work() as session:
            contact = queries.contact_for_update(session, contact_id, actor)
            named = str(form.tag.data)
            tagged = service.tag(session, contact, named, actor=actor, now=clock.now())
    except TooManyTags:
        form.tag.errors = [_("contacts.too_many_tags", n=TAGS_MAX)]
        return render_template("contacts/tag.html", form=form, contact=contact), 422
    undo = f"undo:{_page(contact.id)}/tags/undo tag={tagged.name}" if tagged.is_new else "message"
    flash(_("contacts.tagged", tag=tagged.name), undo)
    return redirect(_page(contact_id), code=303)


@bp.post("/contacts/<int:contact_id>/tags/undo")
@require(Permission.TAG)
def take_tag_back(contact_id: int) -> ResponseReturnValue:
    """Take back a tag that was given; the form names it, because an address is logged."""
    actor, name = current_actor(), one_line(request.form.get("tag"))
    try:
        with unit_of_work() as session:
            contact = queries.contact_for_update(session, contact_id, actor)
            service.take_back(session, contact, name, actor=actor, now=clock.now())
            numbers = queries.covered_phones_in(session, contact.id, name)
    except NotToUndo:
        flash(_("contacts.tagged_otherwise", tag=name))
    else:
        flash(_("contacts.number_kept", phone=numbers[0]) if numbers else _("web.undone"))
    return redirect(_page(contact_id), code=303)


@bp.post("/contacts/<int:contact_id>/tags/remove")
@require(Permission.TAG)
def remove_tag(contact_id: int) -> ResponseReturnValue:
    """Take a tag away."""
    actor, name = current_actor(), one_line(request.form.get("tag"))
    with unit_of_work() as session:
        contact = queries.contact_for_update(session, contact_id, actor)
        given = service.untag(session, contact, name, actor=actor, now=clock.now())
    undo = "message"
    if given is not None:  # the row is gone: what undo needs stays with who took it away
        times = given.at.isoformat(), given.until.isoformat()
        page_session[_REMOVED_TAG] = [contact.id, given.name, given.by, *times]
        undo = f"undo:{_page(contact.id)}/tags/removed/undo tag={given.name}"
    flash(_("contacts.untagged", tag=name), undo)
    return redirect(_page(contact_id), code=303)


@bp.post("/contacts/<int:contact_id>/tags/removed/undo")
@require(Permission.TAG)
def put_tag_back(contact_id: int) -> ResponseReturnValue:
    """Give back a tag that was taken away, the last one only."""
    actor, said = current_actor(), _("web.undone")
    name = one_line(request.form.get("tag"))
    given = _removed_tag(contact_id, name)
    try:
        with unit_of_work() as session:
            contact = queries.contact_for_update(session, contact_id, actor)
            service.put_back(session, contact, name, given, actor=actor, now=clock.now())
    except TooManyTags:
        said = _("contacts.too_many_tags", n=TAGS_MAX)
    except NotToUndo:
        said = _("contacts.untagged_before")
    else:
        if given is not None:  # once only: a colleague may take it away again
            del page_session[_REMOVED_TAG]
    flash(said)
    return redirect(_page(contact_id), code=303)


def _removed_tag(contact_id: int, name: str) -> service.Given | None:
    kept = page_session.get(_REMOVED_TAG, [])
    if kept[:2] != [contact_id, name]:
        return None
    _contact_id, _name, by, at, until = kept
    return service.Given(name, by, datetime.fromisoformat(at), datetime.fromisoformat(until))


@bp.post("/contacts/<int:contact_id>/do-not-contact")
@require(Permission.RECORD)
def opt_out(contact_id: int) -> ResponseReturnValue:
    """She asked to be left alone."""
    with unit_of_work() as session:
        contact = queries.contact_for_update(session, contact_id, current_actor())
        service.do_not_contact(session, contact, actor=current_actor(), now=clock.now())
    flash(_("contacts.opted_out"), f"undo:{_page(contact_id)}/allow-contact")
    return redirect(_page(contact_id), code=303)


@bp.post("/contacts/<int:contact_id>/allow-contact")
@require(Permission.RECORD)
def opt_in(contact_id: int) -> ResponseReturnValue:
    """She may be contacted again."""
    with unit_of_work() as session:
        contact = queries.contact_for_update(session, contact_id, current_actor())
        service.allow_contact(session, contact, actor=current_actor(), now=clock.now())
    flash(_("contacts.opted_in"))
    return redirect(_page(contact_id), code=303)


@bp.post("/contacts/<int:contact_id>/phone")
@require(Permission.REVEAL_PHONE)
def show_phone(contact_id: int) -> ResponseReturnValue:
    """Show the whole number for a minute; that it was shown is written down."""
    now = clock.now()
    try:
        with unit_of_work() as session:
            contact = queries.visible_contact(session, contact_id, current_actor())
            phone = service.reveal_phone(session, contact, actor=current_actor(), now=now)
    except WrongKey:
        contact = queries.visible_contact(db_session(), contact_id, current_actor())
        return render_template("contacts/phone.html", contact=contact, is_lost=True), 409
    return render_template("contacts/phone.html", contact=contact, phone=phone, now=now)


def _file(file_id: int) -> ContactFile:
    return uploads.visible_file(db_session(), ContactFile, file_id, current_actor())


def _file_form(row: ContactFile, formdata: Any = None) -> ContactFileForm:
    stores = [(store.id, store.name) for store in stores_in_scope(db_session(), current_actor())]
    return ContactFileForm(
        formdata,
        header=row.header,
        stores=stores,
        columns=[row.columns.get(name, "") for name in row.header],
        store_id=row.store_id or 0,
        moved_kind=row.moved_kind.value,
        consent_basis=row.consent_basis.value if row.consent_basis else "",
    )


def _preview(row: ContactFile, form: ContactFileForm) -> str:
    try:
        seen = files.look(db_session(), row, current_actor(), now=clock.now())
    except WrongKey:  # it stays as it is: with the right key back, here is its preview again
        return _stage(row, FileFailure.WRONG_KEY)
    return render_template(
        "contacts/preview.html", file=row, form=form, seen=seen, errors=seen.errors[:ERRORS_SHOWN]
    )


@bp.get("/imports/contacts/<int:file_id>")
@require(Permission.IMPORT_FILES)
def show_file(file_id: int) -> ResponseReturnValue:
    """Show what a customer file would do, does, or did."""
    row = _file(file_id)
    if row.state is FileState.PREVIEW:
        return _preview(row, _file_form(row))
    if "X-Poll" in request.headers and row.state in OVER:
        return "", POLLING_OVER
    return _stage(row, row.failure)


def _stage(row: ContactFile, failure: FileFailure | None) -> str:
    errors = queries.file_errors(db_session(), row.id, ERRORS_SHOWN)
    return render_template(
        "contacts/file.html", file=row, state=FileState, failure=failure, errors=errors
    )


@bp.post("/imports/contacts/<int:file_id>")
@require(Permission.IMPORT_FILES)
def read_file(file_id: int) -> ResponseReturnValue:
    """Read the columns as a person says, and let the file go if she says that too."""
    row = _file(file_id)
    if row.state is not FileState.PREVIEW:
        return redirect(url_for(".show_file", file_id=file_id), code=303)
    form = _file_form(row, request.form)
    if not form.validate():
        return _preview(row, form), 422
    try:
        with unit_of_work() as session:
            row = uploads.file_for_update(session, ContactFile, file_id, current_actor())
            actor, now = current_actor(), clock.now()
            files.read_file_so(session, row, form.to_command(), actor=actor, now=now)
            if "start" in request.form:
                files.start_file(session, row, actor=actor, now=now)
    except IllegalTransition:
        pass  # The page that follows shows how far it is.
    return redirect(url_for(".show_file", file_id=file_id), code=303)


@bp.post("/imports/contacts/<int:file_id>/retry")
@require(Permission.IMPORT_FILES)
def retry_file(file_id: int) -> ResponseReturnValue:
    """Let a file that failed go on; pressing twice is once."""
    try:
        with unit_of_work() as session:
            row = uploads.file_for_update(session, ContactFile, file_id, current_actor())
            files.take_again(session, row, actor=current_actor(), now=clock.now())
    except IllegalTransition:
        pass  # The page that follows shows how far it is.
    return redirect(url_for(".show_file", file_id=file_id), code=303)


@bp.get("/imports/contacts/<int:file_id>/errors.csv")
@require(Permission.IMPORT_FILES)
def file_errors(file_id: int) -> ResponseReturnValue:
    """Give the lines that were not taken, as a file."""
    row = _file(file_id)
    lines = queries.file_errors(db_session(), row.id)
    return attachment(files.error_file(lines), CSV, "errors.csv")


@bp.get("/imports/contacts/template.csv")
@require(Permission.IMPORT_FILES)
def file_template() -> ResponseReturnValue:
    """Give a small file to fill in, with a line that shows how."""
    return attachment(contact_files.template(), CSV, "customers.csv")
