"""Import of orders: choose a file, look at what it would do, let it go, see what became of it."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _
from crm.integrations import queries as files
from crm.integrations.formats import shop_orders
from crm.integrations.formats.safe_csv import csv_bytes
from crm.integrations.rules.files import FileState, IllegalTransition
from crm.orders import queries, service
from crm.orders.forms import OrderFileForm
from crm.orders.models import OrderFile
from crm.orders.service import Upload
from crm.stores.queries import stores_in_scope
from crm.web.pages import Page, decode_cursor, encode_cursor
from crm.web.session import db_session, unit_of_work

bp = Blueprint("orders", __name__)
PAGE_ROWS = 30
ERRORS_SHOWN = 20
POLLING_OVER = 286
"""The status that ends the polling of a page."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _form() -> OrderFileForm:
    stores = [(s.id, s.name) for s in stores_in_scope(db_session(), current_actor())]
    return OrderFileForm(CombinedMultiDict([request.files, request.form]), stores=stores)


def _data_page(form: OrderFileForm) -> str:
    waiting = queries.waiting_count(db_session())
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
    content = form.file.data.read()
    try:
        file = shop_orders.read(content)
    except shop_orders.UnreadableFile as error:
        form.refuse(error)
        return _data_page(form), 422
    with unit_of_work() as session:
        command = Upload(form.filename, content, form.store_id)
        row = service.keep_file(session, command, file, actor=current_actor(), now=clock.now())
    return redirect(url_for(".show", file_id=row.id), code=303)


@bp.get("/imports")
@require(Permission.IMPORT_FILES)
def index() -> ResponseReturnValue:
    """Show the files that came in, newest first."""
    cursor = request.args.get("cursor")
    before = decode_cursor(cursor, int)[0] if cursor else None
    rows = queries.recent_files(db_session(), current_actor(), before=before, most=PAGE_ROWS + 1)
    more = encode_cursor(rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None
    return render_template(
        "orders/imports.html", page=Page(rows[:PAGE_ROWS], next_cursor=more), now=clock.now()
    )


@bp.get("/imports/<int:file_id>")
@require(Permission.IMPORT_FILES)
def show(file_id: int) -> ResponseReturnValue:
    """Show what a file would do, does, or did."""
    row = files.visible_file(db_session(), OrderFile, file_id, current_actor())
    if "X-Poll" in request.headers and row.state is FileState.DONE:
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
    return _attachment(csv_bytes(header, lines), "text/csv; charset=utf-8", "errors.csv")


@bp.get("/imports/template.xlsx")
@require(Permission.IMPORT_FILES)
def template() -> ResponseReturnValue:
    """Give an empty sheet to fill in."""
    return _attachment(shop_orders.template(), XLSX, "orders.xlsx")


def _attachment(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=headers)
