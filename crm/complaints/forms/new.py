"""The form that logs a complaint by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    Length,
    ValidationError,
)

from crm.accounts.forms import stripped
from crm.complaints.forms.moments import CHOICE, RefusableForm, is_readable, typed_moment
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.guess import category_of
from crm.complaints.rules.privacy import RequestKind
from crm.complaints.rules.words import (
    ALIAS_MAX,
    CLIENT_KEY_MAX,
    PLATFORM_CHANNELS,
    REF_MAX,
    TEXT_MAX,
    Category,
    Channel,
)
from crm.contacts.rules import many_lines
from crm.i18n import _, _l
from crm.web.pages import row_id

NOBODY = 0
BY_ITS_WORDS = ""


def _line(label: Any, limit: int) -> StringField:
    words = _l("complaints.error.too_long", limit=limit)
    return StringField(label, filters=[stripped], validators=[Length(max=limit, message=words)])


class NewComplaintForm(RefusableForm):
    """A complaint that a member of staff logs."""

    channel = RadioField(_l("complaints.channel"), default=Channel.GROUP.value, **CHOICE)
    store_id = SelectField(_l("complaints.store"), coerce=int, **CHOICE)
    group_id = SelectField(_l("complaints.group"), coerce=int, default=NOBODY, **CHOICE)
    category = SelectField(_l("complaints.kind"), default=BY_ITS_WORDS, **CHOICE)
    contact_id = RadioField(
        _l("complaints.who"), coerce=row_id, default=NOBODY, validate_choice=False, **CHOICE
    )
    text = TextAreaField(
        _l("complaints.what"),
        filters=[many_lines],
        validators=[
            DataRequired(message=_l("complaints.error.text_needed")),
            Length(max=TEXT_MAX, message=_l("complaints.error.too_long", limit=TEXT_MAX)),
        ],
    )
    occurred_at = StringField(_l("complaints.when"), validators=[is_readable])
    reporter_name = _line(_l("complaints.reporter_name"), ALIAS_MAX)
    order_no = _line(_l("complaints.order_ref"), REF_MAX)
    product_ref = _line(_l("complaints.product_ref"), REF_MAX)
    external_due_at = StringField(_l("complaints.external_due"), validators=[is_readable])
    preset_id = SelectField(
        _l("complaints.external_preset"), coerce=row_id, default=NOBODY, **CHOICE
    )
    request_kind = RadioField(_l("complaints.request_kind"), validate_choice=False)
    client_key = HiddenField(filters=[stripped], validators=[Length(max=CLIENT_KEY_MAX)])

    def __init__(
        self,
        data: Any,
        *,
        stores: list[tuple[int, str]],
        groups: list[tuple[int, str, int]],
        presets: list[tuple[int, str]],
        now: datetime,
        **given: Any,
    ) -> None:
        super().__init__(data, **given)
        self.now = now
        self._store_of = {group_id: store_id for group_id, _name, store_id in groups}
        nobody = SelectChoice(NOBODY, _("complaints.no_group"))
        self.channel.choices = [
            SelectChoice(channel.value, _(f"complaints.channel_{channel.value}"))
            for channel in Channel
        ]
        self.request_kind.choices = [
            SelectChoice(kind.value, _(f"complaints.request_{kind.value}")) for kind in RequestKind
        ]
        self.store_id.choices = [SelectChoice(*store) for store in stores]
        self.group_id.choices = [nobody, *(SelectChoice(g[0], g[1]) for g in groups)]
        nothing = SelectChoice(NOBODY, _("complaints.no_preset"))
        self.preset_id.choices = [nothing, *(SelectChoice(*preset) for preset in presets)]
        self.category.choices = [
            SelectChoice(BY_ITS_WORDS, _("complaints.kind_by_its_words")),
            *(
                SelectChoice(kind.value, _(f"complaints.category_{kind.value}"))
                for kind in Category
            ),
        ]

    def validate_group_id(self, field: SelectField) -> None:
        """A complaint in a group needs the group."""
        if self.channel.data == Channel.GROUP.value and not field.data:
            raise ValidationError(_("complaints.error.group_needed"))

    def validate_request_kind(self, field: RadioField) -> None:
        """A request about her own data says what she wants; of others nothing is asked."""
        known = {kind.value for kind in RequestKind}
        if self.channel.data == Channel.PRIVACY_REQUEST.value and field.data not in known:
            raise ValidationError(_("complaints.error.request_kind_needed"))

    @property
    def said_at(self) -> datetime:
        """When the customer said it: now, unless another time was typed."""
        return typed_moment(self, self.occurred_at) or self.now

    def to_command(
        self, contact_store_id: int | None, preset_due_at: datetime | None
    ) -> LogComplaint:
        """Return the complaint; a group, else the contact decides the store.

        A deadline that was typed wins over the one that a known rule gives.
        """
        channel = Channel(self.channel.data)
        group_id = self.group_id.data if channel is Channel.GROUP else None
        by_rule = preset_due_at if channel in PLATFORM_CHANNELS else None
        is_request = channel is Channel.PRIVACY_REQUEST
        text, kind = str(self.text.data), self.category.data
        return LogComplaint(
            channel=channel,
            text=text,
            occurred_at=self.said_at,
            store_id=self._store_of.get(group_id or NOBODY)
            or contact_store_id
            or int(self.store_id.data),
            group_id=group_id,
            contact_id=self.contact_id.data or None,
            reporter_name=self.reporter_name.data or "",
            category=category_of(text) if kind == BY_ITS_WORDS else Category(kind),
            order_no=self.order_no.data or "",
            product_ref=self.product_ref.data or "",
            external_due_at=typed_moment(self, self.external_due_at) or by_rule,
            request_kind=RequestKind(self.request_kind.data) if is_request else None,
            client_key=self.client_key.data or None,
        )
