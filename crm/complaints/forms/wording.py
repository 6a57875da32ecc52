"""One text for replies."""

from __future__ import annotations

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from crm.accounts.forms import stripped
from crm.complaints.forms.moments import CHOICE, RefusableForm
from crm.complaints.rules.templates import NewText, ReplyText
from crm.complaints.rules.words import NAME_MAX, TEXT_MAX, Situation, Visibility
from crm.contacts.rules import many_lines
from crm.i18n import _, _l


class TextForm(RefusableForm):
    """A name, where and when it fits, and the words with their gaps."""

    key = HiddenField()
    name = StringField(
        _l("complaints.text_name"),
        filters=[stripped],
        validators=[
            DataRequired(_l("complaints.error.text_name_needed")),
            Length(max=NAME_MAX, message=_l("complaints.error.too_long", limit=NAME_MAX)),
        ],
    )
    situation = SelectField(_l("complaints.situation"), **CHOICE)
    visibility = SelectField(_l("complaints.text_where"), **CHOICE)
    text = TextAreaField(
        _l("complaints.text_words"),
        filters=[many_lines],
        validators=[
            DataRequired(_l("complaints.error.text_words_needed")),
            Length(max=TEXT_MAX, message=_l("complaints.error.too_long", limit=TEXT_MAX)),
        ],
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.situation.choices = [
            SelectChoice(one.value, _(f"complaints.situation_{one.value}")) for one in Situation
        ]
        self.visibility.choices = [
            SelectChoice("", _("complaints.text_anywhere")),
            *(SelectChoice(one.value, _(f"complaints.text_{one.value}")) for one in Visibility),
        ]

    @staticmethod
    def data_of(text: ReplyText) -> dict[str, str]:
        """Return a text as the form edits it."""
        return {
            "key": text.key,
            "name": text.name,
            "situation": text.situation.value,
            "visibility": text.visibility.value if text.visibility else "",
            "text": text.text,
        }

    def to_command(self) -> NewText:
        """Return the text to keep."""
        visibility = Visibility(self.visibility.data) if self.visibility.data else None
        return NewText(
            self.key.data or "",
            Situation(self.situation.data),
            visibility,
            str(self.name.data),
            str(self.text.data),
        )
