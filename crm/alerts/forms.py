"""The one form of the inbox: up to which line everything was shown."""

from datetime import datetime

from wtforms import Form, HiddenField, ValidationError

from crm.i18n import _
from crm.web.pages import BadCursor, cursor_moment, decode_cursor


def place_in_time(cursor: str) -> tuple[datetime, int]:
    """Return the time and number of a line that a cursor names. Raises BadCursor."""
    moment, alert_id = decode_cursor(cursor, str, int)
    return cursor_moment(moment), alert_id


class SeenForm(Form):
    """The newest line that the page showed."""

    up_to = HiddenField()

    def validate_up_to(self, field: HiddenField) -> None:
        """A cursor of our own."""
        try:
            self.newest = place_in_time(field.data or "")
        except BadCursor as error:
            raise ValidationError(_("alerts.up_to_missing")) from error
