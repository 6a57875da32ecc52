"""The form of the time of keeping."""

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from crm.accounts.forms import PageForm, left_to_range
from crm.complaints.rules.keeping import DAYS_MAX, DAYS_MIN
from crm.i18n import _l

_RANGE = _l("complaints.error.keeping_days", low=DAYS_MIN, high=DAYS_MAX)


class KeepingForm(PageForm):
    """For how many days after their end."""

    days = IntegerField(
        _l("complaints.keeping_days"),
        validators=[
            InputRequired(message=_RANGE),
            left_to_range,
            NumberRange(min=DAYS_MIN, max=DAYS_MAX, message=_RANGE),
        ],
    )
