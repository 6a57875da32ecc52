"""Shape and wording of the forms about groups. Pasted text stays as it was pasted."""

import datetime as dt
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    DateField,
    FileField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from crm.accounts.forms import PageForm, left_to_range
from crm.groups.rules import GROUP_NAME_MAX, MEMBERS_MAX, PASTE_MAX, Detection, NewGroup
from crm.i18n import _, _l
from crm.integrations.formats.chat import ChatFormat, Missing, normalised
from crm.integrations.formats.decoding import decoded

NOBODY = 0
"""The choice of no member of staff."""
OLDEST = dt.date(2011, 1, 1)
"""WeChat did not exist before."""


def one_line(text: str | None) -> str:
    """Return a name without control characters and double spaces."""
    return " ".join(normalised(text or "").split())


class GroupForm(PageForm):
    """Add or change a group; stores and staff are passed in."""

    name = StringField(
        _l("groups.name"),
        [
            DataRequired(_l("groups.name_missing")),
            Length(max=GROUP_NAME_MAX, message=_l("groups.name_too_long", n=GROUP_NAME_MAX)),
        ],
        filters=[one_line],
    )
    store_id = SelectField(
        _l("groups.store"),
        coerce=int,
        invalid_choice_message=_l("groups.store_missing"),  # type: ignore[call-arg]
        invalid_value_message=_l("groups.store_missing"),
    )
    owner_id = SelectField(
        _l("groups.owner"),
        coerce=int,
        default=NOBODY,
        invalid_choice_message=_l("groups.owner_unknown"),  # type: ignore[call-arg]
        invalid_value_message=_l("groups.owner_unknown"),
    )
    member_count = IntegerField(
        _l("groups.member_count"),
        [
            Optional(),
            left_to_range,
            NumberRange(0, MEMBERS_MAX, _l("groups.member_count_range", n=MEMBERS_MAX)),
        ],
    )
    complaint_detection = RadioField(
        _l("groups.detection"),
        choices=[SelectChoice(one.value, _l(f"groups.detection_{one.value}")) for one in Detection],
        default=Detection.OPEN.value,
        validate_choice=False,
    )

    def __init__(
        self,
        *args: Any,
        stores: list[tuple[int, str]],
        staff: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.store_id.choices = [SelectChoice(*store) for store in stores]
        self.owner_id.choices = [
            SelectChoice(*one) for one in ((NOBODY, _("groups.no_owner")), *staff)
        ]

    def validate_complaint_detection(self, field: RadioField) -> None:
        """One of the three."""
        if field.data not in set(Detection):
            raise ValidationError(_("groups.detection_missing"))

    def to_command(self) -> NewGroup:
        """Return what the service takes."""
        return NewGroup(
            name=str(self.name.data),
            store_id=self.store_id.data,
            owner_id=self.owner_id.data or None,
            member_count=self.member_count.data,
            complaint_detection=Detection(self.complaint_detection.data),
        )


class PasteForm(PageForm):
    """A pasted chat. Day and hour are asked for only where the text has none."""

    text = TextAreaField(_l("groups.chat_text"), filters=[lambda text: normalised(text or "")])
    file = FileField(_l("groups.chat_file"))
    date = DateField(_l("groups.date"), [Optional()])
    about = TimeField(_l("groups.about"), [Optional()])
    format = SelectField(
        _l("groups.format"),
        choices=[SelectChoice(one.value, _l(f"formats.{one.value}")) for one in ChatFormat],
        default=ChatFormat.AUTO.value,
        validate_choice=False,
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.has_bad_file = False

    @property
    def chat_format(self) -> ChatFormat:
        """The layout picked; an unknown word is read as "find out"."""
        known = {one.value for one in ChatFormat}
        return ChatFormat(self.format.data) if self.format.data in known else ChatFormat.AUTO

    def take_file(self, content: bytes) -> None:
        """Put the text of a file in place of what was pasted; what is no text changes nothing."""
        try:
            text = normalised(decoded(content)[0])
        except UnicodeDecodeError:
            text = ""
        self.has_bad_file = not text.strip()
        if not self.has_bad_file:
            self.text.data = text

    def validate_file(self, _field: FileField) -> None:
        """Pictures come easily from a phone."""
        if self.has_bad_file:
            raise ValidationError(_("groups.file_without_text"))

    def validate_text(self, field: TextAreaField) -> None:
        """Something, and not a book."""
        text = str(field.data)
        if not text.strip():
            raise ValidationError(_("groups.text_missing"))
        if len(text) > PASTE_MAX:
            raise ValidationError(_("groups.text_too_long", n=PASTE_MAX, now=len(text)))

    def validate_date(self, field: DateField) -> None:
        """A day on which people chatted."""
        if field.data is not None and not OLDEST <= field.data <= self.today:
            raise ValidationError(_("groups.date_range"))

    def ask_for(self, missing: Missing) -> None:
        """Say at the right field what the text leaves open."""
        if self.date.data is None:
            self.date.errors = [_(f"groups.missing_{missing.value}")]
        elif missing is Missing.TIME:
            self.about.errors = [_("groups.missing_hour")]
        else:
            self.date.errors = [_("groups.date_does_not_fit")]
