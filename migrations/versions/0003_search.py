"""The index that searches ask. The program fills it: only that knows the terms of a text."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE contact_search USING fts5"
            "(grams, content='', detail=none, columnsize=0, tokenize='ascii')"
        )
        return
    op.execute(
        "CREATE TABLE contact_search"
        " (rowid INTEGER CONSTRAINT pk_contact_search PRIMARY KEY, grams TEXT[] NOT NULL)"
    )
    op.execute(
        "CREATE INDEX ix_contact_search_grams ON contact_search USING gin (grams)"
        " WITH (gin_pending_list_limit = 256)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE contact_search")
