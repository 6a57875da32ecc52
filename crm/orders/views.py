"""Import of orders: choose a file, look at what it would do, let it go, see what became of it."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.contacts.service import files as people
from crm.i18n import _
from crm.integrations import queries as files
from crm.integrations.formats import shop_orders
from crm.integrations.formats.safe_csv import csv_bytes
from crm.integrations.formats.tables import UnreadableFile
from crm.integrations.rules.files import OVER, FileState, IllegalTransition
from crm.orders import queries, service
from crm.orders.forms import EITHER, ORDERS, PEOPLE, ImportForm
from crm.orders.models import OrderFile
from crm.orders.service import Upload
from crm.stores.queries import stores_in_scope
from crm.web.pages import (
    CSV,
    POLLING_OVER,
    Page,
    attachment,
    cursor_moment,
    decode_cursor,
    encode_cursor,
)
from crm.web.session import db_session, unit_of_work

bp = Blueprint("orders", __name__)
PAGE_ROWS = 30
ERRORS_SHOWN = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _form() -> ImportForm:
    stores = [(s.id, s.name) for s in stores_in_scope(db_session(), current_actor())]
    return ImportForm(CombinedMultiDict([request.files, request.form]), stores=stores)


def _data_page(form: ImportForm) -> str:
    waiting = queries.waiting_count(db_session(), current_actor())
    return render_template("orders/data.html", form=form, waiting=waiting)


@bp.get("/settings/data")
@require(Permission.IMPORT_FILES)
def data() -> ResponseReturnValue:
    """Show what can be brought in."""
    return _data_page(_form())


@bp.post("/imports")
@require(Permission.IMPORT_FILES)
def upload() -> ResponseReturnValue:
    """Read a file and keep it for its preview."""
    form = _form()
    if not form.validate():
        return _data_page(form), 422
    try:
        path = _KEEP[str(form.kind.data)](form)
    except UnreadableFile as error:
        form.refuse(error)
        return _data_page(form), 422
    return redirect(path, code=303)


def _keep_people(form: ImportForm) -> str:
    parcel = people.cut(form.file.data.stream, form.filename)
    with unit_of_work() as session:
        row = people.keep_file(
            session, parcel, store_id=form.store_of_people, actor=current_actor(), now=clock.now()
        )
    return url_for("contacts.show_file", file_id=row.id)


def _keep_orders(form: ImportForm) -> str:
    content = form.file.data.read()
    file = shop_orders.read(content)
    with unit_of_work() as session:
        command = Upload(form.filename, content, form.store_id)
        row = service.keep_file(session, command, file, actor=current_actor(), now=clock.now())
    return url_for(".show", file_id=row.id)


def _keep_either(form: ImportForm) -> str:
    """An order names its buyer too, so only what is no order is read as customers."""
    try:
        return _keep_orders(form)
    except UnreadableFile:
        form.file.data.stream.seek(0)
        return _keep_people(form)


_KEEP = {EITHER: _keep_either, PEOPLE: _keep_people, ORDERS: _keep_orders}


@bp.get("/imports")
@require(Permission.IMPORT_FILES)
def index() -> ResponseReturnValue:
    """Show the files that came in, newest first."""
    cursor = request.args.get("cursor")
    before = None
    if cursor:
        at, kind, file_id = decode_cursor(cursor, str, str, int)
        before = (cursor_moment(at), kind, file_id)
    rows = queries.recent_files(db_session(), current_actor(), before=before, most=PAGE_ROWS + 1)
    more = None
    if len(rows) > PAGE_ROWS:
        last = rows[PAGE_ROWS - 1]
        more = encode_cursor(last.uploaded_at.isoformat(), last.kind, last.id)
    page = Page(rows[:PAGE_ROWS], next_cursor=more)
    return render_template("orders/imports.html", page=page, now=clock.now())


@bp.get("/imports/<int:file_id>")
@require(Permission.IMPORT_FILES)
def show(file_id: int) -> ResponseReturnValue:
    """Show what a file would do, does, or did."""
    row = files.visible_file(db_session(), OrderFile, file_id, current_actor())
    if "X-Poll" in request.headers and row.state in OVER:
        return "", POLLING_OVER
    return render_template(
        "orders/import.html", file=row, state=FileState, errors=row.errors[:ERRORS_SHOWN]
    )


@bp.post("/imports/<int:file_id>/start")
@require(Permission.IMPORT_FILES)
def start(file_id: int) -> ResponseReturnValue:
    """Let a file go; pressing twice is once."""
    try:
        with unit_of_work() as session:
            row = files.file_for_update(session, OrderFile, file_id, current_actor())
            service.start_file(session, row, actor=current_actor(), now=clock.now())
    except IllegalTransition:
        pass  # The page that follows shows how far it is.
    return redirect(url_for(".show", file_id=file_id), code=303)


@bp.post("/imports/<int:file_id>/retry")
@require(Permission.IMPORT_FILES)
def retry(file_id: int) -> ResponseReturnValue:
    """Let a file that failed go on; pressing twice is once."""
    try:
        with unit_of_work() as session:
            row = files.file_for_update(session, OrderFile, file_id, current_actor())
            service.take_again(session, row, actor=current_actor(), now=clock.now())
    except IllegalTransition:
        pass  # The page that follows shows how far it is.
    return redirect(url_for(".show", file_id=file_id), code=303)


@bp.get("/imports/<int:file_id>/errors.csv")
@require(Permission.IMPORT_FILES)
def errors(file_id: int) -> ResponseReturnValue:
    """Give the lines that were not taken, as a file."""
    row = files.visible_file(db_session(), OrderFile, file_id, current_actor())
    header = [_(f"orders.error_{name}") for name in ("line", "order", "column", "reason")]
    lines = (
        [e["line"], e["order"], e["column"], _(f"orders.problem.{e['problem']}")]
        for e in row.errors
    )
    return attachment(csv_bytes(header, lines), CSV, "errors.csv")


@bp.get("/imports/template.xlsx")
@require(Permission.IMPORT_FILES)
def template() -> ResponseReturnValue:
    """Give an empty sheet to fill in."""
    return attachment(shop_orders.template(), XLSX, "orders.xlsx")
