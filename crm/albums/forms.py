"""Shape and wording of the forms about albums."""

from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, Length

from crm.accounts.forms import PageForm, stripped, whole_number
from crm.albums.rules import CLIENT_KEY_MAX, DAYS, DAYS_MAX, NAME_MAX, NewAlbum
from crm.i18n import _l


class NameForm(PageForm):
    """What an album is called."""

    name = StringField(
        _l("albums.name"),
        [
            DataRequired(_l("albums.name_missing")),
            Length(max=NAME_MAX, message=_l("albums.name_too_long", n=NAME_MAX)),
        ],
        filters=[stripped],
    )


class DaysForm(PageForm):
    """For how many days from now the link opens the album."""

    days = IntegerField(
        _l("albums.days"),
        whole_number(_l("albums.days_range", n=DAYS_MAX), 1, DAYS_MAX),
        default=DAYS,
    )


class NewAlbumForm(NameForm, DaysForm):
    """Make an album; the view passes the actor's stores in."""

    store_id = SelectField(
        _l("albums.store"),
        coerce=int,
        invalid_choice_message=_l("albums.store_missing"),  # type: ignore[call-arg]
        invalid_value_message=_l("albums.store_missing"),
    )
    client_key = HiddenField(filters=[stripped], validators=[Length(max=CLIENT_KEY_MAX)])

    def __init__(self, *args: Any, stores: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store_id.choices = [SelectChoice(store_id, name) for store_id, name in stores]

    def to_command(self) -> NewAlbum:
        """Return the album to be made."""
        return NewAlbum(
            name=str(self.name.data),
            store_id=self.store_id.data,
            days=int(self.days.data or DAYS),
            client_key=self.client_key.data or None,
        )


class PhotosForm(PageForm):
    """Photos to put in."""

    photos = MultipleFileField(_l("albums.photos"))
