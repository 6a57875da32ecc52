"""How the database would answer a statement."""

from sqlalchemy import event


def plan_of(session, act):
    """The plan of the one statement that `act` runs, with the values as they are sent."""
    sent = []
    connection = session.connection()

    def note(_c, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    act()
    event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = sent
    if session.get_bind().dialect.name == "sqlite":
        explain = "EXPLAIN QUERY PLAN "
    else:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN "
    return str(connection.exec_driver_sql(explain + statement, parameters).all())
