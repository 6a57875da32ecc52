"""In which order answers, fired steps and sends were committed, noted by triggers of the test.

Writers of SQLite stand in a line, so there the order of the notes is the order of the commits;
PostgreSQL keeps the moment of every commit.
"""

from sqlalchemy import text

NOTED = (
    ("attempt", "INSERT ON alert_attempt FOR EACH ROW"),
    ("event", "INSERT ON complaint_event FOR EACH ROW"),
    ("step", "INSERT ON alert_step FOR EACH ROW WHEN (NEW.fired_at IS NOT NULL)"),
    (
        "step",
        (
            "UPDATE OF fired_at ON alert_step FOR EACH ROW "
            "WHEN (OLD.fired_at IS NULL AND NEW.fired_at IS NOT NULL)"
        ),
    ),
)
SQLITE = """CREATE TRIGGER soak_{number} AFTER {change} BEGIN
INSERT INTO soak_order (what, row_id) VALUES ('{what}', NEW.id); END"""
POSTGRESQL = """CREATE TRIGGER soak_{number} AFTER {change}
EXECUTE FUNCTION soak_note('{what}')"""
NOTE = """CREATE FUNCTION soak_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO soak_order (what, row_id) VALUES (TG_ARGV[0], NEW.id); RETURN NEW; END $$"""


def watch_order(engine):
    """Begin to take notes."""
    is_sqlite = engine.dialect.name == "sqlite"
    key = "INTEGER" if is_sqlite else "bigserial"
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        table = f"CREATE TABLE soak_order (id {key} PRIMARY KEY, what text, row_id bigint)"
        connection.exec_driver_sql(table)
        if not is_sqlite:
            assert connection.scalar(text("SHOW track_commit_timestamp")) == "on"
            connection.exec_driver_sql(NOTE)
        trigger = SQLITE if is_sqlite else POSTGRESQL
        for number, (what, change) in enumerate(NOTED):
            statement = trigger.format(number=number, what=what, change=change)
            connection.exec_driver_sql(statement)


def committed(connection):
    """Return when each was committed, by (what, row id): only to compare.

    What this connection has not committed yet comes after all that is.
    """
    moment = "coalesce(pg_xact_commit_timestamp(xmin), clock_timestamp())"
    if connection.dialect.name == "sqlite":
        moment = "id"
    rows = connection.exec_driver_sql(f"SELECT what, row_id, {moment} FROM soak_order")
    return {(what, row_id): at for what, row_id, at in rows}
