"""The quick log: shape and wording. Defaults make a plain save valid for a known contact."""

from datetime import date, datetime
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Optional, ValidationError

from crm.accounts.forms import PageForm
from crm.attention.rules import (
    DEFAULT_MINUTES,
    MINUTE_CHOICES,
    MINUTES_MAX,
    NEXT_STEP_MAX,
    NOTE_MAX,
    LogTouch,
    TouchKind,
)
from crm.contacts.forms import CHOICE, DATE, TYPED_MAX, PhoneMixin, listed, too_long
from crm.contacts.rules import NAME_MAX, IdentityKind, NewContact, many_lines, one_line
from crm.i18n import _, _l
from crm.web.pages import ROW_MAX
from crm.workbench.rules import client_key, happened_at

HOW: dict[str, Any] = {"invalid_choice_message": _l("workbench.how_missing")}
ID_DIGITS = 18
"""More digits cannot be an id of either database."""


def typed_id(text: Any) -> int | None:
    """Return a typed id, None for anything else."""
    text = str(text or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= ID_DIGITS):
        return None
    return int(text) if int(text) <= ROW_MAX else None


class LogForm(PhoneMixin, PageForm):
    """POST /log: a touch with a known contact, or with a new one in the same go."""

    who = StringField(_l("workbench.who"))
    new = HiddenField()
    name = StringField(_l("contacts.name"), [too_long(NAME_MAX)], filters=[one_line])
    phone = TelField(_l("contacts.phone"), [too_long(TYPED_MAX)])
    store_id = SelectField(
        _l("contacts.store"), [Optional()], coerce=int, validate_choice=False, **CHOICE
    )
    anyway = BooleanField(_l("contacts.create_anyway"))
    kind = RadioField(
        _l("workbench.how"),
        choices=[
            SelectChoice(kind.value, _l(f"attention.kind_{kind.value}")) for kind in TouchKind
        ],
        default=TouchKind.CHAT.value,
        **HOW,
    )
    minutes = RadioField(
        _l("workbench.how_long"),
        choices=[SelectChoice(str(n), _l("fmt.minutes", n=n)) for n in MINUTE_CHOICES],
        default=str(DEFAULT_MINUTES[TouchKind.CHAT]),
        validate_choice=False,
    )
    note = TextAreaField(_l("workbench.note"), [too_long(NOTE_MAX)], filters=[many_lines])
    next_step = StringField(
        _l("workbench.next_step"), [too_long(NEXT_STEP_MAX)], filters=[one_line]
    )
    next_date = DateField(_l("workbench.next_date"), [Optional()], **DATE)
    idempotency_key = HiddenField(filters=[one_line])
    happened_at = HiddenField()
    follow_up = HiddenField()
    back = HiddenField()

    def __init__(
        self, *args: Any, stores: list[tuple[int, str]], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.store_id.choices = listed(stores)
        self.stores = [store_id for store_id, _name in stores]
        self.today = today

    def fill_minutes(self) -> None:
        """One tap says how, not how long: each kind has its usual minutes."""
        if not self.minutes.raw_data and self.kind.data in DEFAULT_MINUTES:
            self.minutes.data = str(DEFAULT_MINUTES[TouchKind(self.kind.data)])

    @property
    def is_new(self) -> bool:
        """Whether a new contact is meant: nobody chosen, and something typed."""
        return not self.who.data and bool(self.new.data or self.name.data or self.phone.data)

    def validate_who(self, field: StringField) -> None:
        """Somebody known, unless a new contact is meant."""
        if not self.is_new and typed_id(field.data) is None:
            raise ValidationError(_("workbench.who_missing"))

    def validate_name(self, field: StringField) -> None:
        """A new contact has a name."""
        if self.is_new and not field.data:
            raise ValidationError(_("contacts.name_missing"))

    def validate_store_id(self, _field: SelectField) -> None:
        """A new contact lies in one of the actor's stores."""
        if self.is_new and self._store() is None:
            raise ValidationError(_("workbench.store_missing"))

    def validate_minutes(self, field: RadioField) -> None:
        """Whole minutes of one day at most."""
        minutes = typed_id(field.data)
        if minutes is None or not 1 <= minutes <= MINUTES_MAX:
            raise ValidationError(_("workbench.minutes_range", n=MINUTES_MAX))

    def validate_next_date(self, field: DateField) -> None:
        """A day that is still to come."""
        if field.data is not None and field.data < self.today:
            raise ValidationError(_("workbench.next_date_past"))

    def _store(self) -> int | None:
        wanted = self.store_id.data
        if wanted is None:
            return self.stores[0] if self.stores else None
        return wanted if wanted in self.stores else None

    def to_contact(self) -> NewContact:
        """Return the new contact."""
        phone = str(self.phone.data or "").strip()
        return NewContact(
            store_id=self._store() or 0,
            name=str(self.name.data),
            identities=((IdentityKind.PHONE, phone),) if phone else (),
            share_identity=self.anyway.data,
        )

    def to_command(self, *, key: str, now: datetime) -> LogTouch:
        """Return the touch; without a known contact its id is filled in by the service."""
        return LogTouch(
            contact_id=typed_id(self.who.data) or 0,
            kind=TouchKind(self.kind.data),
            minutes=typed_id(self.minutes.data) or 1,
            happened_at=happened_at(self._reported(), now),
            client_key=client_key(key),
            note=str(self.note.data or ""),
            follow_up_id=typed_id(self.follow_up.data),
            next_step=str(self.next_step.data or ""),
            next_on=self.next_date.data,
        )

    def _reported(self) -> datetime | None:
        """What the phone says; a text that is no time with a zone says nothing."""
        try:
            moment = datetime.fromisoformat(str(self.happened_at.data or ""))
        except ValueError:
            return None
        return moment if moment.tzinfo is not None else None
