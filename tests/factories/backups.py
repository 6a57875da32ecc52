"""What tests of backups read, write and forge."""

import json
import zipfile

from sqlalchemy import Text, cast, func, select
from sqlalchemy.types import JSON

from crm.contacts.models import Contact
from crm.db import Base, make_engine

KEY = "key of the tests"


def contents(url):
    """Every row of every table as Python values, JSON as it is written."""
    engine = make_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(*map(_shown, table.columns)))))
            for table in Base.metadata.tables.values()
        }
    engine.dispose()
    return found


def _shown(column):
    return cast(column, Text) if isinstance(column.type, JSON) else column


def contact_count(url):
    engine = make_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count(Contact.id)))
    engine.dispose()
    return found


def execute(url, statement):
    engine = make_engine(url)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(statement)
    engine.dispose()


def changed(file, **values):
    """The same backup with another manifest."""
    path = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(path, "w") as new:
        manifest = json.loads(old.read("manifest.json")) | values
        new.writestr("manifest.json", json.dumps(manifest))
        new.writestr("shuke.db", old.read("shuke.db"))
    return path
