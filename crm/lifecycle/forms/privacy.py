"""What a person asks for about her own data."""

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    HiddenField,
    RadioField,
    SelectChoice,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from crm.accounts.forms import PageForm, stripped
from crm.complaints.rules.privacy import RequestKind
from crm.contacts.rules import many_lines
from crm.i18n import _l
from crm.lifecycle.rules.privacy import KEY_MAX, WORDS_MAX, NewRequest


class RequestForm(PageForm):
    """One of four things, in her words if she gave any."""

    kind = RadioField(
        _l("complaints.request_kind"),
        [InputRequired(_l("complaints.error.request_kind_needed"))],
        choices=[
            SelectChoice(one.value, _l(f"complaints.request_{one.value}")) for one in RequestKind
        ],
        coerce=RequestKind,
        validate_choice=False,
    )
    words = TextAreaField(
        _l("lifecycle.request_words"),
        [Length(max=WORDS_MAX, message=_l("lifecycle.words_too_long", n=WORDS_MAX))],
        filters=[many_lines],
    )
    client_key = HiddenField(filters=[stripped], validators=[Length(max=KEY_MAX)])

    def to_command(self) -> NewRequest:
        """Return what the service takes."""
        return NewRequest(self.kind.data, self.words.data or "", self.client_key.data or "")
