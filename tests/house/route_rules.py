"""What the house asks of routes; functions over a Flask application."""

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

KEBAB = re.compile(r"[a-z0-9.]+(-[a-z0-9.]+)*")
PART = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
# Texts in addresses that are no numbers: what they may hold is checked by the view.
NAMED_TEXTS = {"slug", "token", "filename", "app", "on_date", "name", "kind"}
PUBLIC = {  # sign-in, set-up, files, and what answers programs without a person
    "accounts.choose_password",
    "accounts.enter",
    "accounts.link",
    "accounts.login",
    "accounts.root",
    "albums.lost",
    "albums.shared",
    "albums.shared_file",
    "albums.shared_photo",
    "assets",
    "health.healthz",
    "help.index",
    "help.show",
    "stores.create_shop",
    "stores.setup",
}
MADE_BY_LIBRARIES = {"static", "api-docs.openapi_json"}
Problems = Iterator[str]


def rules_of(app: Flask) -> list[Rule]:
    return sorted(
        app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))
    )


def guarded(app: Flask, public: set[str] = PUBLIC) -> Problems:
    """Every route carries an access decorator; the public ones stand in a short list."""
    for rule in rules_of(app):
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        if rule.endpoint in MADE_BY_LIBRARIES:
            continue
        if access is None:
            yield f"{rule.rule} has no access decorator"
        if (access == "public") != (rule.endpoint in public) and access is not None:
            yield f"{rule.endpoint} is {access}, the public list says otherwise"


def typed(app: Flask) -> Problems:
    """Variable parts are typed, fixed parts are kebab-case."""
    for rule in rules_of(app):
        for part in PART.finditer(rule.rule):
            if part["kind"] in {None, "string"} and part["name"] not in NAMED_TEXTS:
                yield f"{rule.rule}: <{part['name']}> has no type"
        for word in PART.sub("", rule.rule).split("/"):
            if word and not KEBAB.fullmatch(word) and not PART.search(rule.rule):
                yield f"{rule.rule}: {word} is not kebab-case"


def listing(app: Flask) -> list[str]:
    """One line a route, as it stands in the snapshot."""
    lines = []
    for rule in rules_of(app):
        access = getattr(app.view_functions[rule.endpoint], "access", "")
        word = getattr(access, "value", access) or "-"
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"{methods:<6} {rule.rule} {word}")
    return lines
