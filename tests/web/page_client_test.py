"""The page client against a small application of its own: status, statements, forms, sign-in."""

import pytest
from flask import Flask, redirect, render_template_string, request
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text

from tests.client import PageClient, counted

TEMPLATE = """<!doctype html><html lang="en"><head><title>Try · Shuke</title></head><body><main>
<h1>Try</h1><form method="post" action="/try"><input type="hidden" name="csrf_token"
value="{{ csrf_token() }}"><input name="word" aria-label="Word" value="kept">
<button class="btn" name="how" value="loud">Send</button></form></main></body></html>"""


@pytest.fixture
def small(engine, session):
    app = Flask("small")
    app.secret_key = "small"
    CSRFProtect(app)

    @app.get("/try")
    def show():
        for _ in range(request.args.get("n", 0, int)):
            session.execute(text("SELECT 1"))
        return render_template_string(TEMPLATE)

    @app.post("/try")
    def take():
        session.info["sent"] = request.form.to_dict()
        return redirect("/try", code=303)

    @app.get("/bad")
    def bad():
        return render_template_string(TEMPLATE.replace("<h1>", "<p>⟦try.hint⟧</p><h1>"))

    return PageClient(app, engine, session)


def test_get_answers_a_checked_page(small):
    assert small.get("/try").h1 == "Try"


def test_get_refuses_another_status(small):
    with pytest.raises(AssertionError, match="404"):
        small.get("/nowhere")


def test_get_refuses_a_page_with_faults(small):
    with pytest.raises(AssertionError, match="no_leaks"):
        small.get("/bad")


def test_fault_named_in_skip_passes(small):
    small.get("/bad", skip=("no_leaks",))


def test_get_refuses_more_statements_than_its_limit(small):
    small.get("/try?n=3", queries=3)
    with pytest.raises(AssertionError, match="4 statements"):
        small.get("/try?n=4", queries=3)


def test_submit_sends_the_form_as_it_stands(small, session):
    small.submit(small.get("/try"), "Send")
    sent = session.info["sent"]
    assert (sent["word"], sent["how"]) == ("kept", "loud")
    assert small.location == "/try"


def test_post_follows_to_the_next_page(small):
    assert small.post("/try", {"word": "x"}, follow=True).h1 == "Try"


def test_post_without_token_is_refused(small):
    with pytest.raises(AssertionError, match="400"):
        small.post("/try", {"word": "x"}, csrf=False)


def test_counted_leaves_out_transaction_control(engine):
    with (
        counted(engine) as statements,
        engine.connect() as connection,
        connection.begin(),
        connection.begin_nested(),
    ):
        connection.execute(text("SELECT 1"))
    assert statements == ["SELECT 1"]
