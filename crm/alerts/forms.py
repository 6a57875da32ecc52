"""The one form of the inbox: up to which line everything was shown."""

from wtforms import Form, HiddenField
from wtforms.validators import Regexp

from crm.i18n import _l


class SeenForm(Form):
    """The newest line that the page showed."""

    up_to = HiddenField(validators=[Regexp(r"^[0-9]{1,9}$", message=_l("alerts.up_to_missing"))])

    @property
    def alert_id(self) -> int:
        return int(self.up_to.data or 0)
