"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attention_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cap_minutes", sa.Integer(), nullable=False),
        sa.Column("loyal_cap_minutes", sa.Integer(), nullable=False),
        sa.Column("staff_day_minutes", sa.Integer(), nullable=False),
        sa.Column("warn_percent", sa.Integer(), nullable=False),
        sa.Column("margin_percent", sa.Integer(), nullable=False),
        sa.Column("hourly_cost_fen", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cap_minutes BETWEEN 0 AND 600", name=op.f("ck_attention_policy_cap_range")
        ),
        sa.CheckConstraint("hourly_cost_fen >= 0", name=op.f("ck_attention_policy_cost_range")),
        sa.CheckConstraint("id = 1", name=op.f("ck_attention_policy_one_row")),
        sa.CheckConstraint(
            "loyal_cap_minutes BETWEEN 0 AND 600", name=op.f("ck_attention_policy_loyal_cap_range")
        ),
        sa.CheckConstraint(
            "margin_percent BETWEEN 0 AND 100", name=op.f("ck_attention_policy_margin_range")
        ),
        sa.CheckConstraint(
            "staff_day_minutes BETWEEN 1 AND 720", name=op.f("ck_attention_policy_day_range")
        ),
        sa.CheckConstraint(
            "warn_percent BETWEEN 1 AND 100", name=op.f("ck_attention_policy_warn_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attention_policy")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.CheckConstraint("length(label) <= 20", name=op.f("ck_calendar_day_label_length")),
        sa.CheckConstraint("length(source) <= 120", name=op.f("ck_calendar_day_source_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("on_date", name=op.f("uq_calendar_day_on_date")),
    )
    op.create_table(
        "deadline_preset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "group",
                "private",
                "shop_support",
                "livestream_comment",
                "phone",
                "counter",
                "platform_aftersale",
                "platform_dispute",
                "regulator",
                "privacy_request",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "elapsed",
                "natural_days",
                "workdays",
                "information",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column(
            "confidence",
            sa.Enum(
                "doc",
                "secondary",
                "default",
                name="confidence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 8784", name=op.f("ck_deadline_preset_amount_range")
        ),
        sa.CheckConstraint("length(name) <= 60", name=op.f("ck_deadline_preset_name_length")),
        sa.CheckConstraint("length(slug) <= 32", name=op.f("ck_deadline_preset_slug_length")),
        sa.CheckConstraint("length(source) <= 300", name=op.f("ck_deadline_preset_source_length")),
        sa.CheckConstraint(
            "slug IS NOT NULL OR length(name) > 0", name=op.f("ck_deadline_preset_has_a_name")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_preset")),
        sa.UniqueConstraint("slug", name=op.f("uq_deadline_preset_slug")),
    )
    op.create_table(
        "detection_setting",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asks_per_day", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "asks_per_day BETWEEN 0 AND 200", name=op.f("ck_detection_setting_asks")
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_detection_setting_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detection_setting")),
    )
    op.create_table(
        "forgotten_identity",
        sa.Column("value_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("value_hash", name=op.f("pk_forgotten_identity")),
    )
    op.create_table(
        "loyalty_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(), nullable=False),
        sa.Column("gap_half_days", sa.Integer(), nullable=False),
        sa.Column("prior_days", sa.Double(), nullable=False),
        sa.Column("own_gap_days", sa.Double(), nullable=False),
        sa.Column("buyers", sa.Integer(), nullable=False),
        sa.Column("occasions", sa.Integer(), nullable=False),
        sa.CheckConstraint("gap_half_days > 0", name=op.f("ck_loyalty_model_gap_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_model")),
    )
    op.create_table(
        "order_match_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_order_match_mark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_match_mark")),
    )
    op.create_table(
        "outside_ping",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_url", sa.String(), nullable=False),
        sa.Column("last_code", sa.String(length=32), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_outside_ping_one_row")),
        sa.CheckConstraint(
            "length(last_code) <= 32", name=op.f("ck_outside_ping_last_code_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_ping")),
    )
    op.create_table(
        "scorer_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "too_few",
                "worse",
                "forgotten",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("last_tap_id", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("precision", sa.Double(), nullable=True),
        sa.Column("precision_before", sa.Double(), nullable=True),
        sa.Column("ask", sa.Double(), nullable=False),
        sa.Column("opening", sa.Double(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("chat", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("layer", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(chat IS NULL) = (digest = '')", name=op.f("ck_scorer_model_tables_named")
        ),
        sa.CheckConstraint(
            "(chat IS NULL) = (layer IS NULL)", name=op.f("ck_scorer_model_tables_together")
        ),
        sa.CheckConstraint(
            "ask BETWEEN 0 AND 1 AND opening BETWEEN ask AND 1",
            name=op.f("ck_scorer_model_thresholds"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorer_model")),
    )
    with op.batch_alter_table("scorer_model", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_scorer_model_digest"),
            ["digest"],
            unique=True,
            sqlite_where=sa.text("digest <> ''"),
            postgresql_where=sa.text("digest <> ''"),
        )

    op.create_table(
        "shop",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("demo_offset_seconds", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_shop_one_row")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_shop_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_failure_login_hash_at"), ["login_hash", "at"], unique=False
        )

    op.create_table(
        "sla_calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_calendar")),
        sa.UniqueConstraint("digest", name=op.f("uq_sla_calendar_digest")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "lead",
                "manager",
                "assistant",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column(
            "text_size",
            sa.Enum(
                "standard",
                "l",
                "xl",
                name="text_size",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("single_keys", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(login) <= 32", name=op.f("ck_staff_login_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_staff_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "store",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "closed", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "closed_on IS NULL OR state = 'closed'", name=op.f("ck_store_closed_has_state")
        ),
        sa.CheckConstraint("length(code) BETWEEN 1 AND 16", name=op.f("ck_store_code_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_store_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
        sa.UniqueConstraint("code", name=op.f("uq_store_code")),
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_heartbeat")),
        sa.UniqueConstraint("worker", name=op.f("uq_worker_heartbeat_worker")),
    )
    with op.batch_alter_table("worker_heartbeat", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_worker_heartbeat_ticked_at"), ["ticked_at"], unique=False
        )

    op.create_table(
        "album",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_album_name_length")),
        sa.CheckConstraint("length(token) <= 32", name=op.f("ck_album_token_length")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["staff.id"], name=op.f("fk_album_made_by_staff"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_album_store_id_store"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album")),
        sa.UniqueConstraint("made_by", "client_key", name=op.f("uq_album_made_by_client_key")),
        sa.UniqueConstraint("token", name=op.f("uq_album_token")),
    )
    with op.batch_alter_table("album", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_album_removed_at"), ["removed_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_album_store_id_made_at"), ["store_id", "made_at"], unique=False
        )

    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "scope",
            sa.Enum(
                "read", "write", name="scope", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_api_token_name_length")),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_api_token_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["staff.id"],
            name=op.f("fk_audit_entry_actor_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_entry_subject_id"), ["subject", "id"], unique=False
        )

    op.create_table(
        "calendar_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["staff.id"],
            name=op.f("fk_calendar_edit_created_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_edit")),
    )
    with op.batch_alter_table("calendar_edit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_calendar_edit_created_by"), ["created_by"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_calendar_edit_year"), ["year"], unique=False)

    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "repurchase",
                "arrival",
                "pairing",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("holdout_percent", sa.Integer(), nullable=False),
        sa.Column("copy", sa.String(length=1000), nullable=False),
        sa.Column(
            "industry",
            sa.Enum(
                "general",
                "apparel",
                "teaware",
                "tea",
                "food",
                "tonic",
                "health_food",
                "cosmetic",
                "alcohol",
                name="industry",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=False),
        sa.Column("attribution_days", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "approved",
                "issued",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("copy_hash", sa.String(length=64), nullable=True),
        sa.Column("issued_at", sa.DateTime(), nullable=True),
        sa.Column("client_key", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') = (approved_at IS NULL)", name=op.f("ck_campaign_approved_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (issued_at IS NOT NULL)", name=op.f("ck_campaign_issued_has_time")
        ),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (approved_by IS NULL)",
            name=op.f("ck_campaign_approved_by_one"),
        ),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (copy_hash IS NULL)",
            name=op.f("ck_campaign_approved_binds_copy"),
        ),
        sa.CheckConstraint(
            "attribution_days BETWEEN 1 AND 90", name=op.f("ck_campaign_attribution_range")
        ),
        sa.CheckConstraint("daily_cap BETWEEN 1 AND 500", name=op.f("ck_campaign_daily_cap_range")),
        sa.CheckConstraint(
            "holdout_percent BETWEEN 0 AND 90", name=op.f("ck_campaign_holdout_range")
        ),
        sa.CheckConstraint("length(copy) <= 1000", name=op.f("ck_campaign_copy_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_campaign_name_length")),
        sa.ForeignKeyConstraint(
            ["approved_by"],
            ["staff.id"],
            name=op.f("fk_campaign_approved_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["staff.id"],
            name=op.f("fk_campaign_created_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("client_key", name=op.f("uq_campaign_client_key")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_approved_by"), ["approved_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_created_by"), ["created_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_campaign_state_created_at"), ["state", "created_at"], unique=False
        )

    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "wecom_robot",
                "dingtalk_robot",
                "feishu_robot",
                "webhook",
                "email",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sealed_url", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("level_words", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ok",
                "refused",
                "disabled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("last_code", sa.String(length=32), nullable=False),
        sa.Column("last_detail", sa.String(length=200), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=True),
        sa.Column("bucket_at", sa.DateTime(), nullable=True),
        sa.Column("not_before", sa.DateTime(), nullable=True),
        sa.Column("quiet_until", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(address) <= 254", name=op.f("ck_channel_address_length")),
        sa.CheckConstraint("length(last_code) <= 32", name=op.f("ck_channel_last_code_length")),
        sa.CheckConstraint(
            "length(last_detail) <= 200", name=op.f("ck_channel_last_detail_length")
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_channel_store_id_store"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_store_id"), ["store_id"], unique=False)

    op.create_table(
        "chat_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("external_chat_id", sa.String(length=100), nullable=True),
        sa.Column("member_count", sa.Integer(), nullable=True),
        sa.Column(
            "complaint_detection",
            sa.Enum(
                "off",
                "suggest",
                "open",
                name="complaint_detection",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_chat_group_name_length")),
        sa.CheckConstraint(
            "member_count IS NULL OR member_count BETWEEN 0 AND 5000",
            name=op.f("ck_chat_group_member_count_range"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["staff.id"],
            name=op.f("fk_chat_group_owner_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_chat_group_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_group")),
        sa.UniqueConstraint("external_chat_id", name=op.f("uq_chat_group_external_chat_id")),
    )
    with op.batch_alter_table("chat_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_group_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chat_group_store_id"), ["store_id"], unique=False)

    op.create_table(
        "column_choice",
        sa.Column("header_hash", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("chosen_by", sa.Integer(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chosen_by"],
            ["staff.id"],
            name=op.f("fk_column_choice_chosen_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("header_hash", name=op.f("pk_column_choice")),
    )
    with op.batch_alter_table("column_choice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_column_choice_chosen_by"), ["chosen_by"], unique=False)

    op.create_table(
        "complaint_keeping",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "days BETWEEN 30 AND 1825", name=op.f("ck_complaint_keeping_days_range")
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_complaint_keeping_one_row")),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["staff.id"],
            name=op.f("fk_complaint_keeping_changed_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_keeping")),
    )
    with op.batch_alter_table("complaint_keeping", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_complaint_keeping_changed_by"), ["changed_by"], unique=False
        )

    op.create_table(
        "complaint_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=12), nullable=False),
        sa.Column("is_added", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "length(word) BETWEEN 1 AND 12", name=op.f("ck_complaint_word_word_length")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["staff.id"],
            name=op.f("fk_complaint_word_changed_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_word")),
    )
    with op.batch_alter_table("complaint_word", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_complaint_word_changed_by"), ["changed_by"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_complaint_word_word"),
            ["word"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("nickname", sa.String(length=40), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.Column("phone_hint", sa.String(length=20), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("active_at", sa.DateTime(), nullable=False),
        sa.Column("do_not_contact_at", sa.DateTime(), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_contact_name_length")),
        sa.CheckConstraint("length(nickname) <= 40", name=op.f("ck_contact_nickname_length")),
        sa.CheckConstraint("length(phone_hint) <= 20", name=op.f("ck_contact_phone_hint_length")),
        sa.CheckConstraint("length(remark) <= 200", name=op.f("ck_contact_remark_length")),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_contact_merged_into_another")),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["staff.id"],
            name=op.f("fk_contact_created_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["contact.id"],
            name=op.f("fk_contact_merged_into_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_contact_owner_id_staff"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_contact_store_id_store"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_active_at_id"), ["active_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_contact_created_by"), ["created_by"], unique=False)
        batch_op.create_index(
            "ix_contact_merged_into_id",
            ["merged_into_id"],
            unique=False,
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_contact_name_store_id_id"), ["name", "store_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_contact_nickname"), ["nickname"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_contact_store_id_active_at_id"),
            ["store_id", "active_at", "id"],
            unique=False,
        )

    op.create_table(
        "contact_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=120), nullable=False),
        sa.Column(
            "layout",
            sa.Enum(
                "youzan",
                "wechat_shop",
                "wecom",
                "till",
                "other",
                name="layout",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column(
            "moved_kind",
            sa.Enum(
                "store",
                "group",
                "livestream",
                "shop",
                "referral",
                "other",
                name="moved_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "consent_basis",
            sa.Enum(
                "consent",
                "contract",
                "other",
                name="consent_basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "preview",
                "waiting",
                "running",
                "done",
                "expired",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "failure",
            sa.Enum(
                "wrong_key",
                "broken",
                name="failure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("parts_count", sa.Integer(), nullable=False),
        sa.Column("done_parts", sa.Integer(), nullable=False),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("errors_count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(failure IS NOT NULL) = (state = 'failed')",
            name=op.f("ck_contact_file_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (state = 'done')",
            name=op.f("ck_contact_file_done_has_time"),
        ),
        sa.CheckConstraint(
            "done_parts BETWEEN 0 AND parts_count AND done_count BETWEEN 0 AND lines_count",
            name=op.f("ck_contact_file_done_of_all"),
        ),
        sa.CheckConstraint("length(filename) <= 120", name=op.f("ck_contact_file_filename_length")),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_contact_file_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"],
            ["staff.id"],
            name=op.f("fk_contact_file_uploaded_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_file")),
    )
    with op.batch_alter_table("contact_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_file_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_file_store_id"), ["store_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_contact_file_uploaded_by"), ["uploaded_by"], unique=False
        )

    op.create_table(
        "day_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=True),
        sa.Column("end_minute", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(start_minute IS NULL) = (end_minute IS NULL)",
            name=op.f("ck_day_override_both_minutes"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_day_override_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_override")),
        sa.UniqueConstraint(
            "store_id",
            "on_date",
            "start_minute",
            name=op.f("uq_day_override_store_id_on_date_start_minute"),
        ),
    )
    with op.batch_alter_table("day_override", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_override_on_date"), ["on_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_day_override_store_id"), ["store_id"], unique=False)

    op.create_table(
        "duty_shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "duty", "lead", name="role", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(weekday IS NULL) <> (on_date IS NULL)", name=op.f("ck_duty_shift_one_rhythm")
        ),
        sa.CheckConstraint(
            "start_minute >= 0 AND end_minute > start_minute AND end_minute <= 2880",
            name=op.f("ck_duty_shift_minutes_in_order"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_duty_shift_weekday_range")),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_duty_shift_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_duty_shift_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shift")),
    )
    with op.batch_alter_table("duty_shift", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_shift_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_shift_store_id"), ["store_id"], unique=False)

    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("is_leaving", sa.Boolean(), nullable=False),
        sa.Column("is_single", sa.Boolean(), nullable=False),
        sa.Column("handed_at", sa.DateTime(), nullable=False),
        sa.Column("handed_by", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)",
            name=op.f("ck_hand_over_undone_by_somebody"),
        ),
        sa.CheckConstraint(
            "from_id IS NOT NULL OR is_single", name=op.f("ck_hand_over_from_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["from_id"], ["staff.id"], name=op.f("fk_hand_over_from_id_staff"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handed_by"],
            ["staff.id"],
            name=op.f("fk_hand_over_handed_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"],
            ["staff.id"],
            name=op.f("fk_hand_over_undone_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    with op.batch_alter_table("hand_over", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hand_over_from_id"), ["from_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hand_over_handed_by"), ["handed_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_hand_over_undone_by"), ["undone_by"], unique=False)

    op.create_table(
        "order_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=120), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "wechat_shop",
                "youzan",
                "weimob",
                "pos",
                "other",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "preview",
                "waiting",
                "running",
                "done",
                "expired",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "failure",
            sa.Enum(
                "wrong_key",
                "broken",
                name="failure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("orders_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("unmatched_count", sa.Integer(), nullable=False),
        sa.Column("unpaid_count", sa.Integer(), nullable=False),
        sa.Column("errors_count", sa.Integer(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("sample", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(content IS NULL) = (state IN ('done', 'expired'))",
            name=op.f("ck_order_file_content_while_needed"),
        ),
        sa.CheckConstraint(
            "(failure IS NOT NULL) = (state = 'failed')",
            name=op.f("ck_order_file_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (state = 'done')", name=op.f("ck_order_file_done_has_time")
        ),
        sa.CheckConstraint("length(filename) <= 120", name=op.f("ck_order_file_filename_length")),
        sa.CheckConstraint(
            "orders_count >= 0 AND done_count <= orders_count",
            name=op.f("ck_order_file_done_of_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_order_file_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"],
            ["staff.id"],
            name=op.f("fk_order_file_uploaded_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_file")),
    )
    with op.batch_alter_table("order_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_file_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_file_store_id"), ["store_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_order_file_uploaded_by"), ["uploaded_by"], unique=False
        )

    op.create_table(
        "privacy_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "access",
                "correction",
                "deletion",
                "withdrawal",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("fulfilled_at", sa.DateTime(), nullable=True),
        sa.Column("fulfilled_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(fulfilled_at IS NULL) = (fulfilled_by IS NULL)",
            name=op.f("ck_privacy_request_done_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfilled_by"],
            ["staff.id"],
            name=op.f("fk_privacy_request_fulfilled_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_privacy_request_complaint_id")),
    )
    with op.batch_alter_table("privacy_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_privacy_request_fulfilled_by"), ["fulfilled_by"], unique=False
        )

    op.create_table(
        "reply_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=True),
        sa.Column(
            "situation",
            sa.Enum(
                "wrong_item",
                "suspected_fake",
                "quality",
                "delivery",
                "refund",
                "general",
                "holding",
                "off_shift",
                "task_refund",
                "task_pickup",
                "task_resend",
                "outcome",
                name="situation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "public",
                "private",
                name="visibility",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 40", name=op.f("ck_reply_template_name_length")
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_reply_template_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["staff.id"],
            name=op.f("fk_reply_template_changed_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template")),
        sa.UniqueConstraint("slug", name=op.f("uq_reply_template_slug")),
    )
    with op.batch_alter_table("reply_template", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reply_template_changed_by"), ["changed_by"], unique=False
        )

    op.create_table(
        "shop_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("word_read", sa.String(length=80), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "block",
                "evidence",
                "hint",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("advice", sa.String(length=200), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(advice) <= 200", name=op.f("ck_shop_word_advice_length")),
        sa.CheckConstraint("length(word) BETWEEN 1 AND 40", name=op.f("ck_shop_word_word_length")),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["staff.id"],
            name=op.f("fk_shop_word_added_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_word")),
    )
    with op.batch_alter_table("shop_word", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shop_word_added_by"), ["added_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_shop_word_word_read"),
            ["word_read"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("spent_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_sign_in_link_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_link_token_hash")),
    )
    with op.batch_alter_table("sign_in_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_link_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "sla_policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["staff.id"],
            name=op.f("fk_sla_policy_version_created_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policy_version")),
    )
    with op.batch_alter_table("sla_policy_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sla_policy_version_created_by"), ["created_by"], unique=False
        )

    op.create_table(
        "staff_leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_staff_leave_days_in_order")),
        sa.CheckConstraint("staff_id <> substitute_id", name=op.f("ck_staff_leave_somebody_else")),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_staff_leave_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["staff.id"],
            name=op.f("fk_staff_leave_substitute_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_leave")),
    )
    with op.batch_alter_table("staff_leave", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_leave_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_staff_leave_substitute_id"), ["substitute_id"], unique=False
        )

    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_staff_session_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_store",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_staff_store_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_staff_store_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("staff_id", "store_id", name=op.f("pk_staff_store")),
    )
    with op.batch_alter_table("staff_store", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_store_store_id"), ["store_id"], unique=False)

    op.create_table(
        "store_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "staffed",
                "livestream",
                "desk",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "start_minute >= 0 AND end_minute > start_minute AND end_minute <= 2880",
            name=op.f("ck_store_window_minutes_in_order"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_store_window_weekday_range")),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_store_window_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_window")),
    )
    with op.batch_alter_table("store_window", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_store_window_store_id_kind"), ["store_id", "kind"], unique=False
        )

    op.create_table(
        "album_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_album_photo_digest_length")),
        sa.CheckConstraint("length(name) = 32", name=op.f("ck_album_photo_name_length")),
        sa.CheckConstraint("number > 0", name=op.f("ck_album_photo_number_positive")),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["staff.id"],
            name=op.f("fk_album_photo_added_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["album_id"],
            ["album.id"],
            name=op.f("fk_album_photo_album_id_album"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album_photo")),
        sa.UniqueConstraint("album_id", "digest", name=op.f("uq_album_photo_album_id_digest")),
        sa.UniqueConstraint("album_id", "number", name=op.f("uq_album_photo_album_id_number")),
        sa.UniqueConstraint("name", name=op.f("uq_album_photo_name")),
    )
    with op.batch_alter_table("album_photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_album_photo_added_by"), ["added_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_album_photo_removed_at"), ["removed_at"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "complaint",
                "spread",
                "unkept",
                "recap",
                "incident",
                "daily",
                "attention_over",
                "robot_refused",
                "broken",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("short_no", sa.Integer(), nullable=True),
        sa.Column(
            "level",
            sa.Enum(
                "W0",
                "W1",
                "W2",
                "L0",
                "L1",
                "L2",
                "R",
                "H",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("channel_id", sa.Integer(), nullable=True),
        sa.Column("fallback_for_id", sa.Integer(), nullable=True),
        sa.Column("dedupe_base", sa.String(length=100), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "leased",
                "sent",
                "suppressed",
                "superseded",
                "dead",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fire_at", sa.DateTime(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("lease_owner", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'leased') = (lease_owner IS NOT NULL)", name=op.f("ck_alert_leased_has_owner")
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_alert_sent_has_time")
        ),
        sa.CheckConstraint(
            "(staff_id IS NULL) <> (channel_id IS NULL)", name=op.f("ck_alert_one_recipient")
        ),
        sa.CheckConstraint("length(dedupe_base) <= 100", name=op.f("ck_alert_dedupe_base_length")),
        sa.CheckConstraint("length(dedupe_key) <= 160", name=op.f("ck_alert_dedupe_key_length")),
        sa.CheckConstraint("repeat >= 0", name=op.f("ck_alert_repeat_range")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_alert_severity_range")),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channel.id"],
            name=op.f("fk_alert_channel_id_channel"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["fallback_for_id"],
            ["alert.id"],
            name=op.f("fk_alert_fallback_for_id_alert"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_alert_staff_id_staff"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_alert_store_id_store"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_alert_dedupe_key")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_channel_id"), ["channel_id"], unique=False)
        batch_op.create_index(
            "ix_alert_dead",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("state = 'dead'"),
            postgresql_where=sa.text("state = 'dead'"),
        )
        batch_op.create_index(batch_op.f("ix_alert_dedupe_base"), ["dedupe_base"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_alert_fallback_for_id"), ["fallback_for_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_alert_kind_subject_id"), ["kind", "subject_id"], unique=False
        )
        batch_op.create_index(
            "ix_alert_next_at",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'leased')"),
            postgresql_where=sa.text("state IN ('pending', 'leased')"),
        )
        batch_op.create_index(
            batch_op.f("ix_alert_staff_id_created_at_id"),
            ["staff_id", "created_at", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_alert_store_id"), ["store_id"], unique=False)

    op.create_table(
        "campaign_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("exported_by", sa.Integer(), nullable=False),
        sa.Column("exported_at", sa.DateTime(), nullable=False),
        sa.Column(
            "door",
            sa.Enum(
                "page", "api", name="door", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_export_campaign_id_campaign"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["exported_by"],
            ["staff.id"],
            name=op.f("fk_campaign_export_exported_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_export")),
    )
    with op.batch_alter_table("campaign_export", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_export_campaign_id"), ["campaign_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_campaign_export_exported_by"), ["exported_by"], unique=False
        )

    op.create_table(
        "campaign_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "arm",
            sa.Enum(
                "treated",
                "holdout",
                name="arm",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "open_complaint",
                "complaint_cooloff",
                "contacted_lately",
                "time_at_cap",
                "opted_out",
                "just_bought",
                "in_other_list",
                "in_both_arms",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reason_until", sa.Date(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("window_ends_on", sa.Date(), nullable=True),
        sa.Column("orders_count", sa.Integer(), nullable=False),
        sa.Column("last_order_on", sa.Date(), nullable=True),
        sa.Column("task_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "arm = 'treated' OR task_key IS NULL",
            name=op.f("ck_campaign_member_holdout_has_no_task"),
        ),
        sa.CheckConstraint(
            "(arm IS NULL) = (planned_on IS NULL)", name=op.f("ck_campaign_member_arm_has_day")
        ),
        sa.CheckConstraint(
            "(arm IS NULL) = (reason IS NOT NULL)", name=op.f("ck_campaign_member_arm_or_reason")
        ),
        sa.CheckConstraint(
            "(planned_on IS NULL) = (window_ends_on IS NULL)",
            name=op.f("ck_campaign_member_day_has_window"),
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["staff.id"],
            name=op.f("fk_campaign_member_assignee_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_member_campaign_id_campaign"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_campaign_member_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_member")),
        sa.UniqueConstraint(
            "campaign_id", "contact_id", name=op.f("uq_campaign_member_campaign_id_contact_id")
        ),
        sa.UniqueConstraint("task_key", name=op.f("uq_campaign_member_task_key")),
    )
    with op.batch_alter_table("campaign_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_member_assignee_id"), ["assignee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_campaign_member_campaign_id_arm_planned_on"),
            ["campaign_id", "arm", "planned_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_campaign_member_contact_id_planned_on"),
            ["contact_id", "planned_on"],
            unique=False,
        )

    op.create_table(
        "campaign_store",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_store_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_campaign_store_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "store_id", name=op.f("pk_campaign_store")),
    )
    with op.batch_alter_table("campaign_store", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_store_store_id"), ["store_id"], unique=False)

    op.create_table(
        "cap_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 200", name=op.f("ck_cap_override_reason_length")
        ),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name=op.f("ck_cap_override_minutes_range")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_cap_override_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"],
            ["staff.id"],
            name=op.f("fk_cap_override_granted_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_override")),
    )
    with op.batch_alter_table("cap_override", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cap_override_contact_id_expires_at"),
            ["contact_id", "expires_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_cap_override_granted_by"), ["granted_by"], unique=False
        )

    op.create_table(
        "chat_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "paste",
                "file",
                "api",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("duplicate_count", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)",
            name=op.f("ck_chat_import_undone_by_somebody"),
        ),
        sa.CheckConstraint("length(format) <= 16", name=op.f("ck_chat_import_format_length")),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["staff.id"],
            name=op.f("fk_chat_import_actor_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_chat_import_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"],
            ["staff.id"],
            name=op.f("fk_chat_import_undone_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_import")),
    )
    with op.batch_alter_table("chat_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_import_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chat_import_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chat_import_undone_by"), ["undone_by"], unique=False)

    op.create_table(
        "complaint_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("short_no", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("incident_no", sa.Integer(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "group",
                "private",
                "shop_support",
                "livestream_comment",
                "phone",
                "counter",
                "platform_aftersale",
                "platform_dispute",
                "regulator",
                "privacy_request",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "wrong_item",
                "suspected_fake",
                "quality",
                "safety",
                "refund",
                "delivery",
                "service",
                "ad_claim",
                "enquiry",
                "praise",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "acknowledged",
                "answered",
                "waiting",
                "resolved",
                "closed",
                "merged",
                "voided",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(), nullable=False),
        sa.Column("logged_at", sa.DateTime(), nullable=False),
        sa.Column("first_response_at", sa.DateTime(), nullable=True),
        sa.Column("waited_seconds", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("spread_at", sa.DateTime(), nullable=True),
        sa.Column("onlooker_count", sa.Integer(), nullable=False),
        sa.Column("me_too_count", sa.Integer(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("clocks", sa.JSON(), nullable=False),
        sa.Column("replies_count", sa.Integer(), nullable=False),
        sa.Column("replies_backdated", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_complaint_figure_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_complaint_figure_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_figure")),
        sa.UniqueConstraint("short_no", name=op.f("uq_complaint_figure_short_no")),
    )
    with op.batch_alter_table("complaint_figure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_complaint_figure_group_id"), ["group_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_complaint_figure_store_id_occurred_at"),
            ["store_id", "occurred_at"],
            unique=False,
        )

    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "consent",
                "contract",
                "other",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(note) <= 200", name=op.f("ck_consent_note_length")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at",
            name=op.f("ck_consent_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_consent_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["staff.id"],
            name=op.f("fk_consent_recorded_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consent_recorded_by"), ["recorded_by"], unique=False)

    op.create_table(
        "contact_file_part",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["contact_file.id"],
            name=op.f("fk_contact_file_part_file_id_contact_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_contact_file_part")),
    )
    op.create_table(
        "contact_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "phone",
                "wechat_id",
                "external_userid",
                "unionid",
                "member_no",
                "file_line",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value_encrypted", sa.Text(), nullable=False),
        sa.Column("value_hash", sa.String(length=64), nullable=False),
        sa.Column("tail_hash", sa.String(length=64), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'phone') = (tail_hash IS NOT NULL)",
            name=op.f("ck_contact_identity_phone_has_tail"),
        ),
        sa.CheckConstraint("rank >= 0", name=op.f("ck_contact_identity_rank_counts")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_identity_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_identity")),
        sa.UniqueConstraint(
            "contact_id",
            "kind",
            "value_hash",
            name=op.f("uq_contact_identity_contact_id_kind_value_hash"),
        ),
        sa.UniqueConstraint(
            "kind", "value_hash", "rank", name=op.f("uq_contact_identity_kind_value_hash_rank")
        ),
    )
    with op.batch_alter_table("contact_identity", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_identity_tail_hash"), ["tail_hash"], unique=False
        )

    op.create_table(
        "contact_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("merged_at", sa.DateTime(), nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("carried", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)",
            name=op.f("ck_contact_merge_undone_by_somebody"),
        ),
        sa.CheckConstraint("kept_id <> other_id", name=op.f("ck_contact_merge_two_contacts")),
        sa.CheckConstraint(
            "undone_at IS NULL OR carried IS NULL",
            name=op.f("ck_contact_merge_carried_until_undone"),
        ),
        sa.ForeignKeyConstraint(
            ["kept_id"],
            ["contact.id"],
            name=op.f("fk_contact_merge_kept_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merged_by"],
            ["staff.id"],
            name=op.f("fk_contact_merge_merged_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["contact.id"],
            name=op.f("fk_contact_merge_other_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"],
            ["staff.id"],
            name=op.f("fk_contact_merge_undone_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merge")),
    )
    with op.batch_alter_table("contact_merge", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_merge_kept_id_id"), ["kept_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_contact_merge_merged_by"), ["merged_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_contact_merge_other_id_id"), ["other_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_contact_merge_undone_by"), ["undone_by"], unique=False)
        batch_op.create_index(
            "uq_contact_merge_other_id_live",
            ["other_id"],
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    op.create_table(
        "contact_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "store",
                "group",
                "livestream",
                "shop",
                "referral",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_store_id", sa.Integer(), nullable=True),
        sa.Column("from_group_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.String(length=80), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.Column("moved_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(detail) <= 80", name=op.f("ck_contact_move_detail_length")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_move_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["from_group_id"],
            ["chat_group.id"],
            name=op.f("fk_contact_move_from_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["from_store_id"],
            ["store.id"],
            name=op.f("fk_contact_move_from_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["moved_by"],
            ["staff.id"],
            name=op.f("fk_contact_move_moved_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_move")),
    )
    with op.batch_alter_table("contact_move", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_move_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contact_move_from_group_id"), ["from_group_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contact_move_from_store_id"), ["from_store_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_contact_move_moved_by"), ["moved_by"], unique=False)

    op.create_table(
        "contact_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_name", sa.String(length=40), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "length(author_name) <= 40", name=op.f("ck_contact_note_author_name_length")
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_contact_note_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_note_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["staff.id"],
            name=op.f("fk_contact_note_recorded_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_note")),
    )
    with op.batch_alter_table("contact_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_note_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contact_note_recorded_by"), ["recorded_by"], unique=False
        )

    op.create_table(
        "contact_tag",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=20), nullable=False),
        sa.Column("tagged_by", sa.Integer(), nullable=True),
        sa.Column("tagged_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(tag) BETWEEN 1 AND 20", name=op.f("ck_contact_tag_tag_length")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_tag_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["tagged_by"],
            ["staff.id"],
            name=op.f("fk_contact_tag_tagged_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("contact_id", "tag", name=op.f("pk_contact_tag")),
    )
    with op.batch_alter_table("contact_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_tag_tag"), ["tag"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_tag_tagged_by"), ["tagged_by"], unique=False)

    op.create_table(
        "group_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("nickname", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("joined_at", sa.DateTime(), nullable=True),
        sa.Column("left_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "contact_id IS NULL OR staff_id IS NULL", name=op.f("ck_group_member_one_person")
        ),
        sa.CheckConstraint(
            "length(nickname) BETWEEN 1 AND 64", name=op.f("ck_group_member_nickname_length")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_group_member_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_group_member_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_group_member_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
    )
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_group_member_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_group_member_group_id_nickname"), ["group_id", "nickname"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_group_member_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "hand_over_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hand_over_id", sa.Integer(), nullable=False),
        sa.Column(
            "thing",
            sa.Enum(
                "contact",
                "follow_up",
                "task",
                "complaint",
                "group",
                name="thing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column(
            "obstacle",
            sa.Enum(
                "not_chosen",
                "not_here",
                name="obstacle",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "back",
            sa.Enum(
                "returned",
                "changed",
                "out_of_reach",
                name="back",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(to_id IS NULL) = (obstacle IS NOT NULL)",
            name=op.f("ck_hand_over_item_taken_or_why_not"),
        ),
        sa.ForeignKeyConstraint(
            ["hand_over_id"],
            ["hand_over.id"],
            name=op.f("fk_hand_over_item_hand_over_id_hand_over"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["staff.id"], name=op.f("fk_hand_over_item_to_id_staff"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_item")),
        sa.UniqueConstraint(
            "hand_over_id",
            "thing",
            "subject_id",
            name=op.f("uq_hand_over_item_hand_over_id_thing_subject_id"),
        ),
    )
    with op.batch_alter_table("hand_over_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hand_over_item_thing_subject_id"), ["thing", "subject_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_hand_over_item_to_id"), ["to_id"], unique=False)

    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["api_token.id"],
            name=op.f("fk_idempotency_key_token_id_api_token"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_idempotency_key_token_id_key")),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_idempotency_key_created_at"), ["created_at"], unique=False
        )

    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("product_ref", sa.String(length=64), nullable=False),
        sa.Column("order_ref", sa.String(length=64), nullable=False),
        sa.Column("batch_ref", sa.String(length=64), nullable=False),
        sa.Column("packer_ref", sa.String(length=64), nullable=False),
        sa.Column("bought_from", sa.Date(), nullable=True),
        sa.Column("bought_until", sa.Date(), nullable=True),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("reached_at", sa.DateTime(), nullable=True),
        sa.Column("told_mark", sa.String(length=16), nullable=False),
        sa.Column("update_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(batch_ref) <= 64", name=op.f("ck_incident_batch_ref_length")),
        sa.CheckConstraint("length(order_ref) <= 64", name=op.f("ck_incident_order_ref_length")),
        sa.CheckConstraint("length(packer_ref) <= 64", name=op.f("ck_incident_packer_ref_length")),
        sa.CheckConstraint(
            "length(product_ref) <= 64", name=op.f("ck_incident_product_ref_length")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_incident_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_incident_store_id_store"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_update_at"), ["update_at"], unique=False)

    op.create_table(
        "loyalty_stat",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("occasions", sa.Integer(), nullable=False),
        sa.Column("orders_count", sa.Integer(), nullable=False),
        sa.Column("spend_fen", sa.BigInteger(), nullable=False),
        sa.Column("median_gap_days", sa.Double(), nullable=True),
        sa.Column("loyal_count", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "early",
                "due",
                "lapsing",
                "lost",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(median_gap_days IS NULL) = (occasions = 1)",
            name=op.f("ck_loyalty_stat_gap_from_second"),
        ),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_loyalty_stat_days_in_order")),
        sa.CheckConstraint(
            "occasions > 0 AND orders_count >= occasions", name=op.f("ck_loyalty_stat_has_bought")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_loyalty_stat_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["loyalty_model.id"],
            name=op.f("fk_loyalty_stat_model_id_loyalty_model"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_loyalty_stat")),
    )
    with op.batch_alter_table("loyalty_stat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loyalty_stat_last_on"), ["last_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_loyalty_stat_model_id"), ["model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loyalty_stat_next_at"), ["next_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_loyalty_stat_state_last_on"), ["state", "last_on"], unique=False
        )

    op.create_table(
        "move_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "invited",
                "added",
                "joined_group",
                "first_order",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("step <> 'first_order'", name=op.f("ck_move_step_orders_tell_orders")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_move_step_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["staff.id"],
            name=op.f("fk_move_step_recorded_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_step")),
    )
    with op.batch_alter_table("move_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_move_step_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_move_step_recorded_by"), ["recorded_by"], unique=False)

    op.create_table(
        "not_the_same",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_not_the_same_in_order")),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff.id"],
            name=op.f("fk_not_the_same_decided_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["first_id"],
            ["contact.id"],
            name=op.f("fk_not_the_same_first_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["second_id"],
            ["contact.id"],
            name=op.f("fk_not_the_same_second_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_not_the_same")),
    )
    with op.batch_alter_table("not_the_same", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_not_the_same_decided_by"), ["decided_by"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_not_the_same_second_id"), ["second_id"], unique=False)

    op.create_table(
        "order_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_order_change_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change")),
    )
    with op.batch_alter_table("order_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_order_change_contact_id"), ["contact_id"], unique=False
        )

    op.create_table(
        "rule_tag",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "tag",
            sa.Enum(
                "new",
                "one_timer_lapsed",
                "second_order",
                "loyal_not_due",
                "loyal_due",
                "loyal_overdue",
                "repeat_lapsed",
                "loyal",
                name="tag",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_rule_tag_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("contact_id", "tag", name=op.f("pk_rule_tag")),
    )
    with op.batch_alter_table("rule_tag", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rule_tag_tag_contact_id"), ["tag", "contact_id"], unique=False
        )

    op.create_table(
        "shop_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "wechat_shop",
                "youzan",
                "weimob",
                "pos",
                "other",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("order_no", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(), nullable=False),
        sa.Column("paid_at", sa.DateTime(), nullable=True),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "paid",
                "shipped",
                "completed",
                "cancelled",
                "refunded",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_text", sa.String(length=40), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("external_hash", sa.String(length=64), nullable=True),
        sa.Column("unionid_hash", sa.String(length=64), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("phone_hint", sa.String(length=20), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "length(order_no) BETWEEN 1 AND 64", name=op.f("ck_shop_order_order_no_length")
        ),
        sa.CheckConstraint(
            "length(phone_hint) <= 20", name=op.f("ck_shop_order_phone_hint_length")
        ),
        sa.CheckConstraint(
            "length(status_text) <= 40", name=op.f("ck_shop_order_status_text_length")
        ),
        sa.CheckConstraint(
            "net_fen BETWEEN 0 AND paid_fen - refunded_fen", name=op.f("ck_shop_order_net_is_left")
        ),
        sa.CheckConstraint("paid_fen >= 0", name=op.f("ck_shop_order_paid_counts")),
        sa.CheckConstraint(
            "refunded_fen BETWEEN 0 AND paid_fen", name=op.f("ck_shop_order_refunded_within_paid")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_shop_order_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_shop_order_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_order")),
        sa.UniqueConstraint("channel", "order_no", name=op.f("uq_shop_order_channel_order_no")),
    )
    with op.batch_alter_table("shop_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shop_order_bought_on"), ["bought_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_shop_order_contact_id_bought_on_net_fen"),
            ["contact_id", "bought_on", "net_fen"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_shop_order_external_hash"), ["external_hash"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_shop_order_phone_hash"), ["phone_hash"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_shop_order_phone_hint_contact_id"),
            ["phone_hint", "contact_id"],
            unique=False,
            sqlite_where=sa.text("phone_hint IS NOT NULL"),
            postgresql_where=sa.text("phone_hint IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_shop_order_store_id_bought_on"), ["store_id", "bought_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_shop_order_unionid_hash"), ["unionid_hash"], unique=False
        )

    op.create_table(
        "touch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "chat",
                "photo",
                "voice",
                "store",
                "phone",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "topic",
            sa.Enum(
                "pre_sale",
                "photo_round",
                "order",
                "greeting",
                "complaint",
                "after_sales",
                "access_help",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=True),
        sa.Column("client_key", sa.String(length=64), nullable=False),
        sa.Column("happened_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("over_asked_at", sa.DateTime(), nullable=True),
        sa.Column(
            "over_reason",
            sa.Enum(
                "order_in_progress",
                "hand_over",
                "owner_approved",
                "office_hour",
                name="over_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("length(note) <= 500", name=op.f("ck_touch_note_length")),
        sa.CheckConstraint(
            "over_reason IS NULL OR over_asked_at IS NOT NULL",
            name=op.f("ck_touch_reason_was_asked"),
        ),
        sa.CheckConstraint("seconds BETWEEN 1 AND 28800", name=op.f("ck_touch_seconds_range")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_touch_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_touch_staff_id_staff"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
        sa.UniqueConstraint("staff_id", "client_key", name=op.f("uq_touch_staff_id_client_key")),
    )
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_touch_complaint_id"), ["complaint_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_touch_contact_id_happened_at"),
            ["contact_id", "happened_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_touch_over_asked_at",
            ["over_asked_at"],
            unique=False,
            sqlite_where=sa.text("over_asked_at IS NOT NULL"),
            postgresql_where=sa.text("over_asked_at IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_touch_staff_id_happened_at"), ["staff_id", "happened_at"], unique=False
        )
        batch_op.create_index(
            "ix_touch_staff_id_over_asked_at",
            ["staff_id", "over_asked_at"],
            unique=False,
            sqlite_where=sa.text("over_asked_at IS NOT NULL"),
            postgresql_where=sa.text("over_asked_at IS NOT NULL"),
        )

    op.create_table(
        "alert_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "delivered",
                "temporary",
                "refused",
                name="result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "(result IS NULL) = (ended_at IS NULL)", name=op.f("ck_alert_attempt_result_has_end")
        ),
        sa.CheckConstraint("length(code) <= 32", name=op.f("ck_alert_attempt_code_length")),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alert.id"],
            name=op.f("fk_alert_attempt_alert_id_alert"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_attempt")),
        sa.UniqueConstraint("alert_id", "number", name=op.f("uq_alert_attempt_alert_id_number")),
    )
    op.create_table(
        "alert_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "acknowledged_at IS NULL OR seen_at IS NOT NULL",
            name=op.f("ck_alert_receipt_known_is_seen"),
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alert.id"],
            name=op.f("fk_alert_receipt_alert_id_alert"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_alert_receipt_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_receipt")),
        sa.UniqueConstraint(
            "alert_id", "staff_id", name=op.f("uq_alert_receipt_alert_id_staff_id")
        ),
    )
    with op.batch_alter_table("alert_receipt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_alert_receipt_staff_id_alert_id"), ["staff_id", "alert_id"], unique=False
        )
        batch_op.create_index(
            "ix_alert_receipt_unseen",
            ["staff_id"],
            unique=False,
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        )

    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "next_step",
                "repurchase",
                "greeting",
                "after_sales",
                "campaign",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "chat",
                "photo",
                "voice",
                "store",
                "phone",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=80), nullable=False),
        sa.Column("made_by_touch_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("touch_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (touch_id IS NULL)", name=op.f("ck_follow_up_done_by_touch")
        ),
        sa.CheckConstraint(
            "done_at IS NULL OR cancelled_at IS NULL", name=op.f("ck_follow_up_one_end")
        ),
        sa.CheckConstraint(
            "planned_minutes BETWEEN 1 AND 480", name=op.f("ck_follow_up_minutes_range")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_follow_up_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by_touch_id"],
            ["touch.id"],
            name=op.f("fk_follow_up_made_by_touch_id_touch"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_follow_up_staff_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["touch_id"],
            ["touch.id"],
            name=op.f("fk_follow_up_touch_id_touch"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_follow_up_dedupe_key")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_follow_up_contact_id_due_on"), ["contact_id", "due_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_follow_up_made_by_touch_id"), ["made_by_touch_id"], unique=False
        )
        batch_op.create_index(
            "ix_follow_up_open_due_on",
            ["due_on"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
        )
        batch_op.create_index(
            "ix_follow_up_open_staff_id_due_on",
            ["staff_id", "due_on"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_follow_up_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_follow_up_touch_id"), ["touch_id"], unique=False)

    op.create_table(
        "incident_buyer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.Column("told_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_incident_buyer_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_buyer_incident_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["told_by"],
            ["staff.id"],
            name=op.f("fk_incident_buyer_told_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_buyer")),
        sa.UniqueConstraint(
            "incident_id", "contact_id", name=op.f("uq_incident_buyer_incident_id_contact_id")
        ),
    )
    with op.batch_alter_table("incident_buyer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_buyer_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_incident_buyer_told_by"), ["told_by"], unique=False)

    op.create_table(
        "order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_fen >= 0 AND refunded_fen >= 0", name=op.f("ck_order_line_amounts_count")
        ),
        sa.CheckConstraint("length(category) <= 40", name=op.f("ck_order_line_category_length")),
        sa.CheckConstraint("length(product) <= 200", name=op.f("ck_order_line_product_length")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity_counts")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["shop_order.id"],
            name=op.f("fk_order_line_order_id_shop_order"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_line_category"), ["category"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_line_order_id"), ["order_id"], unique=False)

    op.create_table(
        "unanswered_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("binding", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "followed",
                "answered",
                "not_needed",
                "complaint",
                "staff",
                "undone",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at IS NULL)",
            name=op.f("ck_unanswered_item_settled_has_time"),
        ),
        sa.CheckConstraint("asked_at <= last_at", name=op.f("ck_unanswered_item_in_order")),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_unanswered_item_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["group_member.id"],
            name=op.f("fk_unanswered_item_member_id_group_member"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"],
            ["staff.id"],
            name=op.f("fk_unanswered_item_settled_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unanswered_item")),
    )
    with op.batch_alter_table("unanswered_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unanswered_item_group_id_state_asked_at"),
            ["group_id", "state", "asked_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_unanswered_item_member_id"), ["member_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_unanswered_item_settled_by"), ["settled_by"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_unanswered_item_state_due_at"), ["state", "due_at"], unique=False
        )

    op.create_table(
        "group_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("answers_item_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "message",
                "system",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("binds", sa.Boolean(), nullable=False),
        sa.Column("hidden_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(quote) <= 50000", name=op.f("ck_group_message_quote_length")),
        sa.CheckConstraint("length(sender) <= 64", name=op.f("ck_group_message_sender_length")),
        sa.CheckConstraint("length(text) <= 50000", name=op.f("ck_group_message_text_length")),
        sa.CheckConstraint(
            "score IS NULL OR score BETWEEN 0 AND 1", name=op.f("ck_group_message_score_range")
        ),
        sa.ForeignKeyConstraint(
            ["answers_item_id"],
            ["unanswered_item.id"],
            name=op.f("fk_group_message_answers_item_id_unanswered_item"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_group_message_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["chat_import.id"],
            name=op.f("fk_group_message_import_id_chat_import"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["unanswered_item.id"],
            name=op.f("fk_group_message_item_id_unanswered_item"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["group_member.id"],
            name=op.f("fk_group_message_member_id_group_member"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_message")),
        sa.UniqueConstraint(
            "group_id", "external_id", name=op.f("uq_group_message_group_id_external_id")
        ),
    )
    with op.batch_alter_table("group_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_group_message_answers_item_id"), ["answers_item_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_group_message_group_id_sent_at_id"),
            ["group_id", "sent_at", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_group_message_import_id"), ["import_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group_message_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group_message_member_id"), ["member_id"], unique=False)

    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("short_no", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("reporter_alias", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "group",
                "private",
                "shop_support",
                "livestream_comment",
                "phone",
                "counter",
                "platform_aftersale",
                "platform_dispute",
                "regulator",
                "privacy_request",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "public",
                "private",
                name="visibility",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "wrong_item",
                "suspected_fake",
                "quality",
                "safety",
                "refund",
                "delivery",
                "service",
                "ad_claim",
                "enquiry",
                "praise",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("order_ref", sa.String(length=64), nullable=False),
        sa.Column("parcel_ref", sa.String(length=64), nullable=False),
        sa.Column("product_ref", sa.String(length=64), nullable=False),
        sa.Column("batch_ref", sa.String(length=64), nullable=False),
        sa.Column("packer_ref", sa.String(length=64), nullable=False),
        sa.Column("audience_size", sa.Integer(), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "wrong_parcel",
                "batch_defect",
                "damaged",
                "description",
                "size",
                "courier",
                "slow_answer",
                "misunderstanding",
                "other",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("occurred_at", sa.DateTime(), nullable=False),
        sa.Column("logged_at", sa.DateTime(), nullable=False),
        sa.Column("logged_by", sa.Integer(), nullable=True),
        sa.Column("client_key", sa.String(length=64), nullable=True),
        sa.Column("policy_version_id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "acknowledged",
                "answered",
                "waiting",
                "resolved",
                "closed",
                "merged",
                "voided",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("owes_answer", sa.Boolean(), nullable=False),
        sa.Column("chase_count", sa.Integer(), nullable=False),
        sa.Column("thread_until", sa.DateTime(), nullable=False),
        sa.Column("onlooker_count", sa.Integer(), nullable=False),
        sa.Column("me_too_count", sa.Integer(), nullable=False),
        sa.Column("spread_at", sa.DateTime(), nullable=True),
        sa.Column("public_ack_due_at", sa.DateTime(), nullable=True),
        sa.Column("first_response_due_at", sa.DateTime(), nullable=True),
        sa.Column("next_response_due_at", sa.DateTime(), nullable=True),
        sa.Column("resolution_due_at", sa.DateTime(), nullable=True),
        sa.Column("public_closure_due_at", sa.DateTime(), nullable=True),
        sa.Column("next_due_at", sa.DateTime(), nullable=True),
        sa.Column(
            "lead_kind",
            sa.Enum(
                "public_ack",
                "first_response",
                "next_response",
                "resolution",
                "public_closure",
                "promise",
                "external",
                name="lead_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("lead_due_at", sa.DateTime(), nullable=True),
        sa.Column("at_risk_at", sa.DateTime(), nullable=True),
        sa.Column("breached_at", sa.DateTime(), nullable=True),
        sa.Column("automatic_at", sa.DateTime(), nullable=True),
        sa.Column("pause_until", sa.DateTime(), nullable=True),
        sa.Column("first_response_at", sa.DateTime(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_complaint_closed_has_time"),
        ),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)",
            name=op.f("ck_complaint_merged_names_it"),
        ),
        sa.CheckConstraint(
            "audience_size BETWEEN 0 AND 1000000", name=op.f("ck_complaint_audience_size_range")
        ),
        sa.CheckConstraint("cycle >= 1", name=op.f("ck_complaint_cycle_range")),
        sa.CheckConstraint("length(batch_ref) <= 64", name=op.f("ck_complaint_batch_ref_length")),
        sa.CheckConstraint("length(order_ref) <= 64", name=op.f("ck_complaint_order_ref_length")),
        sa.CheckConstraint("length(packer_ref) <= 64", name=op.f("ck_complaint_packer_ref_length")),
        sa.CheckConstraint("length(parcel_ref) <= 64", name=op.f("ck_complaint_parcel_ref_length")),
        sa.CheckConstraint(
            "length(product_ref) <= 64", name=op.f("ck_complaint_product_ref_length")
        ),
        sa.CheckConstraint(
            "length(reporter_alias) <= 40", name=op.f("ck_complaint_reporter_alias_length")
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_complaint_text_length")
        ),
        sa.CheckConstraint(
            "occurred_at <= logged_at", name=op.f("ck_complaint_occurred_before_logged")
        ),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_complaint_severity_range")),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["staff.id"],
            name=op.f("fk_complaint_assignee_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["sla_calendar.id"],
            name=op.f("fk_complaint_calendar_id_sla_calendar"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_complaint_contact_id_contact"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_complaint_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_complaint_incident_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["logged_by"],
            ["staff.id"],
            name=op.f("fk_complaint_logged_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_merged_into_id_complaint"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["group_message.id"],
            name=op.f("fk_complaint_message_id_group_message"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["sla_policy_version.id"],
            name=op.f("fk_complaint_policy_version_id_sla_policy_version"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_previous_id_complaint"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
            name=op.f("fk_complaint_store_id_store"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint(
            "logged_by", "client_key", name=op.f("uq_complaint_logged_by_client_key")
        ),
        sa.UniqueConstraint("short_no", name=op.f("uq_complaint_short_no")),
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index(
            "ix_complaint_automatic_at",
            ["automatic_at"],
            unique=False,
            sqlite_where=sa.text("automatic_at IS NOT NULL"),
            postgresql_where=sa.text("automatic_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_complaint_calendar_id"), ["calendar_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_complaint_contact_id_state"), ["contact_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_complaint_group_id_state"), ["group_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_complaint_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_complaint_merged_into_id"), ["merged_into_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_complaint_message_id"), ["message_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_complaint_policy_version_id"), ["policy_version_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_complaint_previous_id"), ["previous_id"], unique=False)
        batch_op.create_index(
            "ix_complaint_running_hours",
            ["store_id", "calendar_id"],
            unique=False,
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_complaint_state_next_due_at"), ["state", "next_due_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_complaint_store_id_state_next_due_at"),
            ["store_id", "state", "next_due_at"],
            unique=False,
        )

    op.create_table(
        "suspicion_tap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("is_complaint", sa.Boolean(), nullable=False),
        sa.Column("tapped_at", sa.DateTime(), nullable=False),
        sa.Column("tapped_by", sa.Integer(), nullable=False),
        sa.Column("by_lead", sa.Boolean(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["group_message.id"],
            name=op.f("fk_suspicion_tap_message_id_group_message"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["scorer_model.id"],
            name=op.f("fk_suspicion_tap_model_id_scorer_model"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["tapped_by"],
            ["staff.id"],
            name=op.f("fk_suspicion_tap_tapped_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspicion_tap")),
    )
    with op.batch_alter_table("suspicion_tap", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_suspicion_tap_message_id_id"), ["message_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_suspicion_tap_model_id"), ["model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suspicion_tap_tapped_at"), ["tapped_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_suspicion_tap_tapped_by"), ["tapped_by"], unique=False)

    op.create_table(
        "complaint_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "logged",
                "customer_message",
                "holding_reply",
                "public_reply",
                "private_reply",
                "onlooker_signal",
                "acknowledged",
                "ack_timed_out",
                "handed_over",
                "paused",
                "resumed",
                "promised",
                "promise_kept",
                "resolution_offered",
                "customer_confirmed",
                "public_closure",
                "closure_waived",
                "external_met",
                "severity_changed",
                "deadline_changed",
                "extended",
                "merged",
                "reopened",
                "resolved",
                "closed",
                "voided",
                "undone",
                name="type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column(
            "visibility",
            sa.Enum(
                "public",
                "private",
                name="visibility",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(text) <= 2000", name=op.f("ck_complaint_event_text_length")),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_complaint_event_seq_range")),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["staff.id"],
            name=op.f("fk_complaint_event_actor_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_event_complaint_id_complaint"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_event")),
        sa.UniqueConstraint(
            "complaint_id", "seq", name=op.f("uq_complaint_event_complaint_id_seq")
        ),
    )
    with op.batch_alter_table("complaint_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_event_actor_id"), ["actor_id"], unique=False)

    op.create_table(
        "onlooker_told",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 40", name=op.f("ck_onlooker_told_name_length")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["staff.id"],
            name=op.f("fk_onlooker_told_actor_id_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_onlooker_told_complaint_id_complaint"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onlooker_told")),
    )
    with op.batch_alter_table("onlooker_told", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_onlooker_told_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_onlooker_told_complaint_id_id"), ["complaint_id", "id"], unique=False
        )

    op.create_table(
        "sla_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "public_ack",
                "first_response",
                "next_response",
                "resolution",
                "public_closure",
                "promise",
                "external",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("complaint_cycle", sa.Integer(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "wall",
                "business_hours",
                "workdays",
                "external",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("target_seconds", sa.BigInteger(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("at_risk_at", sa.DateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "paused",
                "met",
                "met_late",
                "missed_closed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("offered_at", sa.DateTime(), nullable=True),
        sa.Column("met_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("breached_at", sa.DateTime(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("task", sa.String(length=64), nullable=True),
        sa.Column(
            "passed_level",
            sa.Enum(
                "W0",
                "W1",
                "W2",
                "L0",
                "L1",
                "L2",
                "R",
                "H",
                name="passed_level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("passed_repeat", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('met', 'met_late')) = (met_at IS NOT NULL)",
            name=op.f("ck_sla_clock_met_has_time"),
        ),
        sa.CheckConstraint(
            "cycle >= 1 AND complaint_cycle >= 1", name=op.f("ck_sla_clock_cycle_range")
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["sla_calendar.id"],
            name=op.f("fk_sla_clock_calendar_id_sla_calendar"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_sla_clock_complaint_id_complaint"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clock")),
        sa.UniqueConstraint(
            "complaint_id", "kind", "cycle", name=op.f("uq_sla_clock_complaint_id_kind_cycle")
        ),
    )
    with op.batch_alter_table("sla_clock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sla_clock_calendar_id"), ["calendar_id"], unique=False)
        batch_op.create_index(
            "ix_sla_clock_task",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("task IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("task IS NOT NULL AND ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_sla_clock_ticking",
            ["complaint_id"],
            unique=False,
            sqlite_where=sa.text("state = 'running' AND offered_at IS NULL"),
            postgresql_where=sa.text("state = 'running' AND offered_at IS NULL"),
        )

    op.create_table(
        "suspicion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "opened",
                "dismissed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("complaint_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'opened') = (complaint_id IS NOT NULL)",
            name=op.f("ck_suspicion_opened_names_it"),
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_suspicion_score_range")),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_suspicion_complaint_id_complaint"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff.id"],
            name=op.f("fk_suspicion_decided_by_staff"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["chat_group.id"],
            name=op.f("fk_suspicion_group_id_chat_group"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["group_message.id"],
            name=op.f("fk_suspicion_message_id_group_message"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspicion")),
        sa.UniqueConstraint("message_id", name=op.f("uq_suspicion_message_id")),
    )
    with op.batch_alter_table("suspicion", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_suspicion_complaint_id"), ["complaint_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_suspicion_decided_by"), ["decided_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_suspicion_group_id_state"), ["group_id", "state"], unique=False
        )

    op.create_table(
        "alert_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clock_id", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "W0",
                "W1",
                "W2",
                "L0",
                "L1",
                "L2",
                "R",
                "H",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("repeat_no", sa.Integer(), nullable=False),
        sa.Column("fire_at", sa.DateTime(), nullable=False),
        sa.Column("wake_at", sa.DateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "fired",
                "superseded",
                "cancelled",
                "error",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fired_at", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clock_id"],
            ["sla_clock.id"],
            name=op.f("fk_alert_step_clock_id_sla_clock"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_step")),
        sa.UniqueConstraint(
            "clock_id", "level", "repeat_no", name=op.f("uq_alert_step_clock_id_level_repeat_no")
        ),
    )
    with op.batch_alter_table("alert_step", schema=None) as batch_op:
        batch_op.create_index(
            "ix_alert_step_error",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'error'"),
            postgresql_where=sa.text("state = 'error'"),
        )
        batch_op.create_index(
            "ix_alert_step_pending",
            ["clock_id"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            "ix_alert_step_wake_at",
            ["wake_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("alert_step", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alert_step_wake_at",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index(
            "ix_alert_step_pending",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index(
            "ix_alert_step_error",
            sqlite_where=sa.text("state = 'error'"),
            postgresql_where=sa.text("state = 'error'"),
        )

    op.drop_table("alert_step")
    with op.batch_alter_table("suspicion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suspicion_group_id_state"))
        batch_op.drop_index(batch_op.f("ix_suspicion_decided_by"))
        batch_op.drop_index(batch_op.f("ix_suspicion_complaint_id"))

    op.drop_table("suspicion")
    with op.batch_alter_table("sla_clock", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_sla_clock_ticking",
            sqlite_where=sa.text("state = 'running' AND offered_at IS NULL"),
            postgresql_where=sa.text("state = 'running' AND offered_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_sla_clock_task",
            sqlite_where=sa.text("task IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("task IS NOT NULL AND ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_sla_clock_calendar_id"))

    op.drop_table("sla_clock")
    with op.batch_alter_table("onlooker_told", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_onlooker_told_complaint_id_id"))
        batch_op.drop_index(batch_op.f("ix_onlooker_told_actor_id"))

    op.drop_table("onlooker_told")
    with op.batch_alter_table("complaint_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_event_actor_id"))

    op.drop_table("complaint_event")
    with op.batch_alter_table("suspicion_tap", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suspicion_tap_tapped_by"))
        batch_op.drop_index(batch_op.f("ix_suspicion_tap_tapped_at"))
        batch_op.drop_index(batch_op.f("ix_suspicion_tap_model_id"))
        batch_op.drop_index(batch_op.f("ix_suspicion_tap_message_id_id"))

    op.drop_table("suspicion_tap")
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_store_id_state_next_due_at"))
        batch_op.drop_index(batch_op.f("ix_complaint_state_next_due_at"))
        batch_op.drop_index(
            "ix_complaint_running_hours",
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_complaint_previous_id"))
        batch_op.drop_index(batch_op.f("ix_complaint_policy_version_id"))
        batch_op.drop_index(batch_op.f("ix_complaint_message_id"))
        batch_op.drop_index(batch_op.f("ix_complaint_merged_into_id"))
        batch_op.drop_index(batch_op.f("ix_complaint_incident_id"))
        batch_op.drop_index(batch_op.f("ix_complaint_group_id_state"))
        batch_op.drop_index(batch_op.f("ix_complaint_contact_id_state"))
        batch_op.drop_index(batch_op.f("ix_complaint_closed_at"))
        batch_op.drop_index(batch_op.f("ix_complaint_calendar_id"))
        batch_op.drop_index(
            "ix_complaint_automatic_at",
            sqlite_where=sa.text("automatic_at IS NOT NULL"),
            postgresql_where=sa.text("automatic_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_complaint_assignee_id"))

    op.drop_table("complaint")
    with op.batch_alter_table("group_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_message_member_id"))
        batch_op.drop_index(batch_op.f("ix_group_message_item_id"))
        batch_op.drop_index(batch_op.f("ix_group_message_import_id"))
        batch_op.drop_index(batch_op.f("ix_group_message_group_id_sent_at_id"))
        batch_op.drop_index(batch_op.f("ix_group_message_answers_item_id"))

    op.drop_table("group_message")
    with op.batch_alter_table("unanswered_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unanswered_item_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_unanswered_item_settled_by"))
        batch_op.drop_index(batch_op.f("ix_unanswered_item_member_id"))
        batch_op.drop_index(batch_op.f("ix_unanswered_item_group_id_state_asked_at"))

    op.drop_table("unanswered_item")
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_line_order_id"))
        batch_op.drop_index(batch_op.f("ix_order_line_category"))

    op.drop_table("order_line")
    with op.batch_alter_table("incident_buyer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_buyer_told_by"))
        batch_op.drop_index(batch_op.f("ix_incident_buyer_contact_id"))

    op.drop_table("incident_buyer")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_up_touch_id"))
        batch_op.drop_index(batch_op.f("ix_follow_up_staff_id"))
        batch_op.drop_index(
            "ix_follow_up_open_staff_id_due_on",
            sqlite_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_follow_up_open_due_on",
            sqlite_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL AND cancelled_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_follow_up_made_by_touch_id"))
        batch_op.drop_index(batch_op.f("ix_follow_up_contact_id_due_on"))

    op.drop_table("follow_up")
    with op.batch_alter_table("alert_receipt", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alert_receipt_unseen",
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_alert_receipt_staff_id_alert_id"))

    op.drop_table("alert_receipt")
    op.drop_table("alert_attempt")
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_touch_staff_id_over_asked_at",
            sqlite_where=sa.text("over_asked_at IS NOT NULL"),
            postgresql_where=sa.text("over_asked_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_touch_staff_id_happened_at"))
        batch_op.drop_index(
            "ix_touch_over_asked_at",
            sqlite_where=sa.text("over_asked_at IS NOT NULL"),
            postgresql_where=sa.text("over_asked_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_touch_contact_id_happened_at"))
        batch_op.drop_index(batch_op.f("ix_touch_complaint_id"))

    op.drop_table("touch")
    with op.batch_alter_table("shop_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shop_order_unionid_hash"))
        batch_op.drop_index(batch_op.f("ix_shop_order_store_id_bought_on"))
        batch_op.drop_index(
            batch_op.f("ix_shop_order_phone_hint_contact_id"),
            sqlite_where=sa.text("phone_hint IS NOT NULL"),
            postgresql_where=sa.text("phone_hint IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_shop_order_phone_hash"))
        batch_op.drop_index(batch_op.f("ix_shop_order_external_hash"))
        batch_op.drop_index(batch_op.f("ix_shop_order_contact_id_bought_on_net_fen"))
        batch_op.drop_index(batch_op.f("ix_shop_order_bought_on"))

    op.drop_table("shop_order")
    with op.batch_alter_table("rule_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_tag_tag_contact_id"))

    op.drop_table("rule_tag")
    with op.batch_alter_table("order_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_change_contact_id"))

    op.drop_table("order_change")
    with op.batch_alter_table("not_the_same", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_not_the_same_second_id"))
        batch_op.drop_index(batch_op.f("ix_not_the_same_decided_by"))

    op.drop_table("not_the_same")
    with op.batch_alter_table("move_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_move_step_recorded_by"))
        batch_op.drop_index(batch_op.f("ix_move_step_contact_id"))

    op.drop_table("move_step")
    with op.batch_alter_table("loyalty_stat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loyalty_stat_state_last_on"))
        batch_op.drop_index(batch_op.f("ix_loyalty_stat_next_at"))
        batch_op.drop_index(batch_op.f("ix_loyalty_stat_model_id"))
        batch_op.drop_index(batch_op.f("ix_loyalty_stat_last_on"))

    op.drop_table("loyalty_stat")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_update_at"))
        batch_op.drop_index(batch_op.f("ix_incident_store_id"))
        batch_op.drop_index(batch_op.f("ix_incident_group_id"))

    op.drop_table("incident")
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_key_created_at"))

    op.drop_table("idempotency_key")
    with op.batch_alter_table("hand_over_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hand_over_item_to_id"))
        batch_op.drop_index(batch_op.f("ix_hand_over_item_thing_subject_id"))

    op.drop_table("hand_over_item")
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_member_staff_id"))
        batch_op.drop_index(batch_op.f("ix_group_member_group_id_nickname"))
        batch_op.drop_index(batch_op.f("ix_group_member_contact_id"))

    op.drop_table("group_member")
    with op.batch_alter_table("contact_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_tag_tagged_by"))
        batch_op.drop_index(batch_op.f("ix_contact_tag_tag"))

    op.drop_table("contact_tag")
    with op.batch_alter_table("contact_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_note_recorded_by"))
        batch_op.drop_index(batch_op.f("ix_contact_note_contact_id"))

    op.drop_table("contact_note")
    with op.batch_alter_table("contact_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_move_moved_by"))
        batch_op.drop_index(batch_op.f("ix_contact_move_from_store_id"))
        batch_op.drop_index(batch_op.f("ix_contact_move_from_group_id"))
        batch_op.drop_index(batch_op.f("ix_contact_move_contact_id"))

    op.drop_table("contact_move")
    with op.batch_alter_table("contact_merge", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_merge_other_id_live",
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_contact_merge_undone_by"))
        batch_op.drop_index(batch_op.f("ix_contact_merge_other_id_id"))
        batch_op.drop_index(batch_op.f("ix_contact_merge_merged_by"))
        batch_op.drop_index(batch_op.f("ix_contact_merge_kept_id_id"))

    op.drop_table("contact_merge")
    with op.batch_alter_table("contact_identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_identity_tail_hash"))

    op.drop_table("contact_identity")
    op.drop_table("contact_file_part")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_recorded_by"))
        batch_op.drop_index(batch_op.f("ix_consent_contact_id"))

    op.drop_table("consent")
    with op.batch_alter_table("complaint_figure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_figure_store_id_occurred_at"))
        batch_op.drop_index(batch_op.f("ix_complaint_figure_group_id"))

    op.drop_table("complaint_figure")
    with op.batch_alter_table("chat_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chat_import_undone_by"))
        batch_op.drop_index(batch_op.f("ix_chat_import_group_id"))
        batch_op.drop_index(batch_op.f("ix_chat_import_actor_id"))

    op.drop_table("chat_import")
    with op.batch_alter_table("cap_override", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cap_override_granted_by"))
        batch_op.drop_index(batch_op.f("ix_cap_override_contact_id_expires_at"))

    op.drop_table("cap_override")
    with op.batch_alter_table("campaign_store", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_store_store_id"))

    op.drop_table("campaign_store")
    with op.batch_alter_table("campaign_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_member_contact_id_planned_on"))
        batch_op.drop_index(batch_op.f("ix_campaign_member_campaign_id_arm_planned_on"))
        batch_op.drop_index(batch_op.f("ix_campaign_member_assignee_id"))

    op.drop_table("campaign_member")
    with op.batch_alter_table("campaign_export", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_export_exported_by"))
        batch_op.drop_index(batch_op.f("ix_campaign_export_campaign_id"))

    op.drop_table("campaign_export")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_store_id"))
        batch_op.drop_index(batch_op.f("ix_alert_staff_id_created_at_id"))
        batch_op.drop_index(
            "ix_alert_next_at",
            sqlite_where=sa.text("state IN ('pending', 'leased')"),
            postgresql_where=sa.text("state IN ('pending', 'leased')"),
        )
        batch_op.drop_index(batch_op.f("ix_alert_kind_subject_id"))
        batch_op.drop_index(batch_op.f("ix_alert_fallback_for_id"))
        batch_op.drop_index(batch_op.f("ix_alert_dedupe_base"))
        batch_op.drop_index(
            "ix_alert_dead",
            sqlite_where=sa.text("state = 'dead'"),
            postgresql_where=sa.text("state = 'dead'"),
        )
        batch_op.drop_index(batch_op.f("ix_alert_channel_id"))

    op.drop_table("alert")
    with op.batch_alter_table("album_photo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_album_photo_removed_at"))
        batch_op.drop_index(batch_op.f("ix_album_photo_added_by"))

    op.drop_table("album_photo")
    with op.batch_alter_table("store_window", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_store_window_store_id_kind"))

    op.drop_table("store_window")
    with op.batch_alter_table("staff_store", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_store_store_id"))

    op.drop_table("staff_store")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("staff_leave", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_leave_substitute_id"))
        batch_op.drop_index(batch_op.f("ix_staff_leave_staff_id"))

    op.drop_table("staff_leave")
    with op.batch_alter_table("sla_policy_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sla_policy_version_created_by"))

    op.drop_table("sla_policy_version")
    with op.batch_alter_table("sign_in_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_link_staff_id"))

    op.drop_table("sign_in_link")
    with op.batch_alter_table("shop_word", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_shop_word_word_read"),
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_shop_word_added_by"))

    op.drop_table("shop_word")
    with op.batch_alter_table("reply_template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_template_changed_by"))

    op.drop_table("reply_template")
    with op.batch_alter_table("privacy_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_privacy_request_fulfilled_by"))

    op.drop_table("privacy_request")
    with op.batch_alter_table("order_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_file_uploaded_by"))
        batch_op.drop_index(batch_op.f("ix_order_file_store_id"))
        batch_op.drop_index(batch_op.f("ix_order_file_state_id"))

    op.drop_table("order_file")
    with op.batch_alter_table("hand_over", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hand_over_undone_by"))
        batch_op.drop_index(batch_op.f("ix_hand_over_handed_by"))
        batch_op.drop_index(batch_op.f("ix_hand_over_from_id"))

    op.drop_table("hand_over")
    with op.batch_alter_table("duty_shift", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_shift_store_id"))
        batch_op.drop_index(batch_op.f("ix_duty_shift_staff_id"))

    op.drop_table("duty_shift")
    with op.batch_alter_table("day_override", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_override_store_id"))
        batch_op.drop_index(batch_op.f("ix_day_override_on_date"))

    op.drop_table("day_override")
    with op.batch_alter_table("contact_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_file_uploaded_by"))
        batch_op.drop_index(batch_op.f("ix_contact_file_store_id"))
        batch_op.drop_index(batch_op.f("ix_contact_file_state_id"))

    op.drop_table("contact_file")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_store_id_active_at_id"))
        batch_op.drop_index(batch_op.f("ix_contact_owner_id"))
        batch_op.drop_index(batch_op.f("ix_contact_nickname"))
        batch_op.drop_index(batch_op.f("ix_contact_name_store_id_id"))
        batch_op.drop_index(
            "ix_contact_merged_into_id",
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_contact_created_by"))
        batch_op.drop_index(batch_op.f("ix_contact_active_at_id"))

    op.drop_table("contact")
    with op.batch_alter_table("complaint_word", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_complaint_word_word"),
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_complaint_word_changed_by"))

    op.drop_table("complaint_word")
    with op.batch_alter_table("complaint_keeping", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_keeping_changed_by"))

    op.drop_table("complaint_keeping")
    with op.batch_alter_table("column_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_column_choice_chosen_by"))

    op.drop_table("column_choice")
    with op.batch_alter_table("chat_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chat_group_store_id"))
        batch_op.drop_index(batch_op.f("ix_chat_group_owner_id"))

    op.drop_table("chat_group")
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channel_store_id"))

    op.drop_table("channel")
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_state_created_at"))
        batch_op.drop_index(batch_op.f("ix_campaign_created_by"))
        batch_op.drop_index(batch_op.f("ix_campaign_approved_by"))

    op.drop_table("campaign")
    with op.batch_alter_table("calendar_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_edit_year"))
        batch_op.drop_index(batch_op.f("ix_calendar_edit_created_by"))

    op.drop_table("calendar_edit")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_actor_id"))

    op.drop_table("audit_entry")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_staff_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("album", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_album_store_id_made_at"))
        batch_op.drop_index(batch_op.f("ix_album_removed_at"))

    op.drop_table("album")
    with op.batch_alter_table("worker_heartbeat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_worker_heartbeat_ticked_at"))

    op.drop_table("worker_heartbeat")
    op.drop_table("store")
    op.drop_table("staff")
    op.drop_table("sla_calendar")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_failure_login_hash_at"))

    op.drop_table("sign_in_failure")
    op.drop_table("shop")
    with op.batch_alter_table("scorer_model", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_scorer_model_digest"),
            sqlite_where=sa.text("digest <> ''"),
            postgresql_where=sa.text("digest <> ''"),
        )

    op.drop_table("scorer_model")
    op.drop_table("outside_ping")
    op.drop_table("order_match_mark")
    op.drop_table("loyalty_model")
    op.drop_table("forgotten_identity")
    op.drop_table("detection_setting")
    op.drop_table("deadline_preset")
    op.drop_table("calendar_day")
    op.drop_table("attention_policy")
