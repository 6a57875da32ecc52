"""The form of the time of keeping."""

from wtforms import IntegerField

from crm.accounts.forms import PageForm, whole_number
from crm.complaints.rules.keeping import DAYS_MAX, DAYS_MIN
from crm.i18n import _l


class KeepingForm(PageForm):
    """For how many days after their end."""

    days = IntegerField(
        _l("complaints.keeping_days"),
        whole_number(
            _l("complaints.error.keeping_days", low=DAYS_MIN, high=DAYS_MAX), DAYS_MIN, DAYS_MAX
        ),
    )
