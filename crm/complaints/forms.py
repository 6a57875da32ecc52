"""Shape and wording of the forms about complaints. What was typed stays as typed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from crm.accounts.forms import PageForm
from crm.complaints.rules.commands import LogComplaint, NewEvent
from crm.complaints.rules.policy import (
    TARGET_HOURS_MAX,
    TARGET_MINUTES_MAX,
    LevelTimes,
    Preset,
)
from crm.complaints.rules.words import (
    CLIENT_KEY_MAX,
    PLATFORM_CHANNELS,
    REASON_MAX,
    TEXT_MAX,
    BadEvent,
    Category,
    Channel,
    EventType,
)
from crm.contacts.rules import many_lines
from crm.i18n import _, _l
from crm.web.pages import row_id

NOBODY = 0
LOGGED_BY_HAND = [
    channel
    for channel in Channel
    if channel not in PLATFORM_CHANNELS and channel is not Channel.PRIVACY_REQUEST
]
PAUSE_REASONS = ("photos", "warehouse")
PAUSE_FOR = timedelta(hours=24)
"""A pause ends by itself after a day; she can be asked again."""
CHOICE = {
    "invalid_choice_message": _l("complaints.error.choose"),
    "invalid_value_message": _l("complaints.error.choose"),
}
_WHEN = re.compile(
    r"(?:(?:(?P<year>\d{4})[-/.年 ]+)?(?P<month>\d{1,2})[-/.月 ]+(?P<day>\d{1,2})日?[ ,T]*)?"
    r"(?P<hour>\d{1,2})[:点 ](?P<minute>\d{1,2})"
)
_PLAIN = str.maketrans("０１２３４５６７８９：－／．　", "0123456789:-/. ")


def read_moment(text: str, now: datetime) -> datetime | None:
    """Read 20:14, 6-18 20:14 or 2025-06-18 20:14 in the zone of `now`; None where it is no time."""
    found = _WHEN.fullmatch(text.translate(_PLAIN).strip())
    if found is None:
        return None
    parts = {name: int(value) for name, value in found.groupdict().items() if value}
    try:
        moment = now.replace(**parts, second=0, microsecond=0)  # type: ignore[arg-type]
        # In January 12-31 is a day of last year.
        is_last_year = "year" not in parts and moment - now > timedelta(days=180)
        return moment.replace(year=now.year - 1) if is_last_year else moment
    except ValueError:
        return None


class NewComplaintForm(PageForm):
    """A complaint that a member of staff logs."""

    channel = RadioField(_l("complaints.channel"), default=Channel.GROUP.value, **CHOICE)
    store_id = SelectField(_l("complaints.store"), coerce=int, **CHOICE)
    group_id = SelectField(_l("complaints.group"), coerce=int, default=NOBODY, **CHOICE)
    category = SelectField(_l("complaints.kind"), default=Category.OTHER.value, **CHOICE)
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
    occurred_at = StringField(_l("complaints.when"))
    client_key = HiddenField(validators=[Length(max=CLIENT_KEY_MAX)])

    def __init__(
        self,
        data: Any,
        *,
        stores: list[tuple[int, str]],
        groups: list[tuple[int, str, int]],
        now: datetime,
        **given: Any,
    ) -> None:
        super().__init__(data, **given)
        self._now = now
        self._store_of = {group_id: store_id for group_id, _name, store_id in groups}
        nobody = SelectChoice(NOBODY, _("complaints.no_group"))
        self.channel.choices = [
            SelectChoice(channel.value, _(f"complaints.channel_{channel.value}"))
            for channel in LOGGED_BY_HAND
        ]
        self.store_id.choices = [SelectChoice(*store) for store in stores]
        self.group_id.choices = [nobody, *(SelectChoice(g[0], g[1]) for g in groups)]
        self.category.choices = [
            SelectChoice(kind.value, _(f"complaints.category_{kind.value}")) for kind in Category
        ]

    def validate_group_id(self, field: SelectField) -> None:
        """A complaint in a group needs the group."""
        if self.channel.data == Channel.GROUP.value and not field.data:
            raise ValidationError(_("complaints.error.group_needed"))

    def validate_occurred_at(self, field: StringField) -> None:
        """Now, or a time that can be read."""
        if (field.data or "").strip() and read_moment(str(field.data), self._now) is None:
            raise ValidationError(_("complaints.error.when_shape"))

    def explain(self, error: BadEvent) -> None:
        """Show what the service refused beside its field."""
        field = self[error.field if error.field in self else "text"]
        field.errors = [*field.errors, _(error.key, **error.values)]

    def to_command(self, contact_store_id: int | None) -> LogComplaint:
        """Return the complaint; a group, else the contact decides the store."""
        channel = Channel(self.channel.data)
        group_id = self.group_id.data if channel is Channel.GROUP else None
        typed = (self.occurred_at.data or "").strip()
        return LogComplaint(
            channel=channel,
            text=str(self.text.data),
            occurred_at=(read_moment(typed, self._now) if typed else None) or self._now,
            store_id=self._store_of.get(group_id or NOBODY)
            or contact_store_id
            or int(self.store_id.data),
            group_id=group_id,
            contact_id=self.contact_id.data or None,
            category=Category(self.category.data),
            client_key=self.client_key.data or None,
        )


class EventForm(PageForm):
    """Something that happened to a complaint, one button each."""

    type = SelectField(choices=[SelectChoice(e.value, e.value) for e in EventType], **CHOICE)
    version = IntegerField(validators=[Optional()])
    text = TextAreaField(
        _l("complaints.reply_text"),
        filters=[many_lines],
        validators=[Length(max=TEXT_MAX, message=_l("complaints.error.too_long", limit=TEXT_MAX))],
    )
    to_id = IntegerField(validators=[Optional()])
    reason = StringField(
        _l("complaints.reason"),
        validators=[
            Length(max=REASON_MAX, message=_l("complaints.error.too_long", limit=REASON_MAX))
        ],
    )

    def to_command(self, now: datetime) -> NewEvent:
        """Return the event with the parts that its type has."""
        kind = EventType(self.type.data)
        data: dict[str, Any] = {}
        if kind is EventType.HANDED_OVER:
            data["to_id"] = self.to_id.data
        if kind is EventType.PAUSED:
            data |= {"reason": self.reason.data, "until": now + PAUSE_FOR}
        if kind in {EventType.VOIDED, EventType.CLOSURE_WAIVED}:
            data["reason"] = self.reason.data
        return NewEvent(
            kind,
            text=(self.text.data or "") if kind in QUOTED else "",
            data=data,
            version=self.version.data,
            careful=kind in _CAREFUL,
        )


QUOTED = frozenset({EventType.PUBLIC_REPLY, EventType.PRIVATE_REPLY, EventType.PUBLIC_CLOSURE})
"""Acts for which the words in the reply box are the proof."""
_CAREFUL = frozenset(
    {
        EventType.HANDED_OVER,
        EventType.PAUSED,
        EventType.RESUMED,
        EventType.RESOLUTION_OFFERED,
        EventType.CUSTOMER_CONFIRMED,
        EventType.PUBLIC_CLOSURE,
        EventType.CLOSURE_WAIVED,
        EventType.VOIDED,
    }
)
"""Acts that wait when somebody else acted meanwhile; an answer never waits."""


def _minutes(label: Any, *, needed: bool) -> IntegerField:
    words = _l("complaints.error.minutes", most=TARGET_MINUTES_MAX)
    first = InputRequired(message=words) if needed else Optional()
    limit = NumberRange(min=1, max=TARGET_MINUTES_MAX, message=words)
    return IntegerField(label, validators=[first, limit])


def _hours(label: Any) -> IntegerField:
    words = _l("complaints.error.hours", most=TARGET_HOURS_MAX)
    limit = NumberRange(min=1, max=TARGET_HOURS_MAX, message=words)
    return IntegerField(label, validators=[InputRequired(message=words), limit])


class DeadlinesForm(PageForm):
    """The two presets, and the shop's own times in the one that it uses."""

    preset = RadioField(_l("complaints.preset"), **CHOICE)
    urgent_first = _minutes(_l("complaints.urgent_first"), needed=True)
    urgent_solve = _hours(_l("complaints.urgent_solve"))
    urgent_live = _minutes(_l("complaints.urgent_live"), needed=False)
    normal_first = _minutes(_l("complaints.normal_first"), needed=True)
    normal_solve = _hours(_l("complaints.normal_solve"))
    normal_live = _minutes(_l("complaints.normal_live"), needed=False)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.preset.choices = [
            SelectChoice(preset.value, _(f"complaints.preset_{preset.value}"))
            for preset in (Preset.TWO_LEVEL, Preset.FULL)
        ]

    @staticmethod
    def data_of(preset: Preset, urgent: LevelTimes, normal: LevelTimes) -> dict[str, Any]:
        """Return a policy as the form edits it."""
        return {
            "preset": preset.value,
            "urgent_first": urgent.first_minutes,
            "urgent_solve": urgent.solve_hours,
            "urgent_live": urgent.live_minutes,
            "normal_first": normal.first_minutes,
            "normal_solve": normal.solve_hours,
            "normal_live": normal.live_minutes,
        }

    def chosen(self, before: dict[str, Any]) -> tuple[Preset, dict[int, LevelTimes] | None]:
        """Return the preset and the times; another preset with untouched times brings its own."""
        preset = Preset(self.preset.data)
        untouched = all(self.data[name] == before[name] for name in before if name != "preset")
        if preset.value != before["preset"] and untouched:
            return preset, None
        return preset, {1: self._times("urgent"), 2: self._times("normal")}

    def _times(self, level: str) -> LevelTimes:
        live = self[f"{level}_live"].data
        return LevelTimes(int(self[f"{level}_first"].data), int(self[f"{level}_solve"].data), live)
