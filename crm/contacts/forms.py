"""Shape and wording of the forms about contacts. What was typed stays as typed."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    BooleanField,
    DateField,
    FieldList,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from crm.accounts.forms import PageForm
from crm.contacts.rules import (
    CONSENT_NOTE_MAX,
    DETAIL_MAX,
    NAME_MAX,
    NICKNAME_MAX,
    REMARK_MAX,
    TAG_MAX,
    TAGS_MAX,
    WECHAT_ID_MAX,
    Consent,
    ConsentBasis,
    ContactName,
    EditContact,
    FileReading,
    IdentityKind,
    MovedFrom,
    MoveKind,
    NewContact,
    PhoneWrong,
    normalise_phone,
    one_line,
    split_tags,
)
from crm.i18n import _, _l, fmt
from crm.integrations.formats.contact_files import Field as FileField

TYPED_MAX = 40
"""Of a phone field: room for every harmless sign around 11 digits."""
CHOICE: dict[str, Any] = {
    "invalid_choice_message": _l("contacts.choose"),
    "invalid_value_message": _l("contacts.choose"),
}
"""The words for a choice that is not on the list."""
LONG_AGO = date(2000, 1, 1)
NAMING = {FileField.NAME, FileField.NICKNAME, FileField.PHONE, FileField.MEMBER_NO}
"""Without one of these columns nobody of a file has a name."""
DATE: dict[str, Any] = {"invalid_value_message": _l("contacts.date_shape")}


def too_long(most: int) -> Length:
    """Return the check of a text's length, worded."""
    return Length(max=most, message=_l("contacts.too_long", n=most))


def listed(pairs: Iterable[tuple[int | str, str]]) -> list[SelectChoice]:
    """Return values with their names as the choices of a field."""
    return [SelectChoice(value, label) for value, label in pairs]


def _origins(
    stores: list[tuple[int, str]], groups: list[tuple[int, str]]
) -> Iterator[tuple[str, str]]:
    """Return where somebody may have come from: each store, each group, and the rest."""
    yield "", _("contacts.moved_unknown")
    for store_id, name in stores:
        yield f"{MoveKind.STORE.value}:{store_id}", _("contacts.moved_from_store", name=name)
    for group_id, name in groups:
        yield f"{MoveKind.GROUP.value}:{group_id}", _("contacts.moved_from_group", name=name)
    for kind in (MoveKind.LIVESTREAM, MoveKind.SHOP, MoveKind.REFERRAL, MoveKind.OTHER):
        yield kind.value, _(f"contacts.moved_{kind.value}")


class PhoneMixin:
    """The check of a phone field, and the words for a number that somebody has."""

    phone: TelField
    duplicate: ContactName | None = None
    asks_anyway = False

    def validate_phone(self, field: TelField) -> None:
        """Eleven digits, however they are spaced."""
        if not (field.data or "").strip():
            return
        try:
            normalise_phone(str(field.data))
        except PhoneWrong as error:
            raise ValidationError(_("contacts.phone_digits", n=error.digits)) from error

    def explain_duplicate(self, field: Any, known: ContactName | None) -> None:
        """Say whose identity it is; without a name where she is not in the person's stores."""
        self.duplicate, self.asks_anyway = known, True
        kind = "wechat" if field.name == "wechat_id" else "phone"
        text = (
            _(f"contacts.duplicate_{kind}", name=known.name, store=known.store_name)
            if known
            else _(f"contacts.duplicate_{kind}_elsewhere")
        )
        field.errors = [*field.errors, text]


class NewContactForm(PhoneMixin, PageForm):
    """A contact with where she came from and on which ground she is kept."""

    name = StringField(
        _l("contacts.name"),
        [DataRequired(_l("contacts.name_missing")), too_long(NAME_MAX)],
        filters=[one_line],
    )
    phone = TelField(_l("contacts.phone"), [too_long(TYPED_MAX)])
    wechat_id = StringField(_l("contacts.wechat_id"), [too_long(WECHAT_ID_MAX)], filters=[one_line])
    nickname = StringField(_l("contacts.nickname"), [too_long(NICKNAME_MAX)], filters=[one_line])
    remark = StringField(_l("contacts.remark"), [too_long(REMARK_MAX)], filters=[one_line])
    tags = StringField(_l("contacts.tags"), filters=[one_line])
    store_id = SelectField(_l("contacts.store"), coerce=int, **CHOICE)
    moved = SelectField(_l("contacts.moved"), default="", **CHOICE)
    moved_on = DateField(_l("contacts.moved_on"), [Optional()], **DATE)
    moved_detail = StringField(
        _l("contacts.moved_detail"), [too_long(DETAIL_MAX)], filters=[one_line]
    )
    consent_basis = RadioField(
        _l("contacts.consent"),
        choices=[SelectChoice("", _l("contacts.consent_none"))]
        + [SelectChoice(b.value, _l(f"contacts.consent_{b.value}")) for b in ConsentBasis],
        default="",
        **CHOICE,
    )
    consent_on = DateField(_l("contacts.consent_on"), [Optional()], **DATE)
    consent_note = StringField(
        _l("contacts.consent_note"), [too_long(CONSENT_NOTE_MAX)], filters=[one_line]
    )
    anyway = BooleanField(_l("contacts.create_anyway"))

    def __init__(
        self,
        *args: Any,
        stores: list[tuple[int, str]],
        groups: list[tuple[int, str]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.store_id.choices = listed(stores)
        self.moved.choices = listed(_origins(stores, groups))
        self.today = today

    def validate_tags(self, field: StringField) -> None:
        """Some short words."""
        tags = split_tags(str(field.data or ""))
        if len(tags) > TAGS_MAX or any(len(tag) > TAG_MAX for tag in tags):
            raise ValidationError(_("contacts.tags_shape", n=TAGS_MAX, length=TAG_MAX))

    def validate_moved_on(self, field: DateField) -> None:
        """Not in the future, and no year that was begun and never finished."""
        if field.data is not None and field.data < LONG_AGO:
            raise ValidationError(_("contacts.date_shape"))
        if field.data is not None and field.data > self.today:
            raise ValidationError(_("contacts.date_in_future"))

    def validate_consent_on(self, field: DateField) -> None:
        """Not in the future."""
        self.validate_moved_on(field)

    def _moment(self, day: date | None) -> datetime | None:
        """A day without a time begins at midnight; today and nothing mean now."""
        if day is None or day == self.today:
            return None
        return datetime.combine(day, time(), tzinfo=fmt.zone())

    def _moved_from(self) -> MovedFrom | None:
        kind, _colon, number = str(self.moved.data or "").partition(":")
        if not kind:
            return None
        return MovedFrom(
            kind=MoveKind(kind),
            store_id=int(number) if kind == MoveKind.STORE.value else None,
            group_id=int(number) if kind == MoveKind.GROUP.value else None,
            detail=str(self.moved_detail.data or ""),
            at=self._moment(self.moved_on.data),
        )

    def _consent(self) -> Consent | None:
        if not self.consent_basis.data:
            return None
        return Consent(
            basis=ConsentBasis(self.consent_basis.data),
            at=self._moment(self.consent_on.data),
            note=str(self.consent_note.data or ""),
        )

    def to_command(self) -> NewContact:
        """Return what the service takes."""
        typed = (
            (IdentityKind.PHONE, self.phone.data),
            (IdentityKind.WECHAT_ID, self.wechat_id.data),
        )
        return NewContact(
            store_id=self.store_id.data,
            name=str(self.name.data),
            nickname=str(self.nickname.data or ""),
            remark=str(self.remark.data or ""),
            identities=tuple((kind, value) for kind, value in typed if value and value.strip()),
            moved_from=self._moved_from(),
            consent=self._consent(),
            tags=split_tags(str(self.tags.data or "")),
            share_identity=self.anyway.data,
        )


class EditContactForm(PageForm):
    """How she is called and what is remarked of her; `version` is the row that was shown."""

    name = StringField(
        _l("contacts.name"),
        [DataRequired(_l("contacts.name_missing")), too_long(NAME_MAX)],
        filters=[one_line],
    )
    nickname = StringField(_l("contacts.nickname"), [too_long(NICKNAME_MAX)], filters=[one_line])
    remark = StringField(_l("contacts.remark"), [too_long(REMARK_MAX)], filters=[one_line])
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def show_version(self, version: int) -> None:
        """Save over this version from now on, whatever was posted before."""
        self.version.data, self.version.raw_data = version, None

    def to_command(self) -> EditContact:
        """Return what the service takes."""
        return EditContact(
            name=str(self.name.data),
            nickname=str(self.nickname.data or ""),
            remark=str(self.remark.data or ""),
            version=self.version.data,
        )


class TagForm(PageForm):
    """One tag."""

    tag = StringField(
        _l("contacts.tag"),
        [DataRequired(_l("contacts.tag_missing")), too_long(TAG_MAX)],
        filters=[one_line],
    )


class ContactFileForm(PageForm):
    """How the columns of a customer file are read, and what is true of all its people."""

    columns = FieldList(SelectField(choices=[], **CHOICE))
    store_id = SelectField(_l("contacts.file_store"), coerce=int, **CHOICE)
    moved_kind = SelectField(_l("contacts.file_moved"), **CHOICE)
    consent_basis = RadioField(
        _l("contacts.consent"),
        choices=[SelectChoice("", _l("contacts.consent_none"))]
        + [SelectChoice(b.value, _l(f"contacts.consent_{b.value}")) for b in ConsentBasis],
        default="",
        **CHOICE,
    )

    def __init__(
        self, *args: Any, header: list[str], stores: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.header = header
        self.store_id.choices = listed([(0, _("contacts.file_store_of_line")), *stores])
        kinds = (k for k in MoveKind if k is not MoveKind.GROUP)
        self.moved_kind.choices = listed(
            (k.value, _(f"contacts.file_moved_{k.value}")) for k in kinds
        )
        meanings = [("", _("contacts.column_none"))]
        meanings += [(f.value, _(f"contacts.column_{f.value}")) for f in FileField]
        while len(self.columns) < len(header):
            self.columns.append_entry("")
        for name, entry in zip(header, self.columns, strict=False):
            entry.label.text, entry.choices = name, listed(meanings)

    def validate_columns(self, field: "FieldList[SelectField]") -> None:
        """Each meaning once, and something by what a person is called or found."""
        seen: set[str] = set()
        for entry in field:
            if entry.data in seen:
                entry.errors = [_("contacts.column_twice", name=_(f"contacts.column_{entry.data}"))]
            seen |= {entry.data} - {""}
        if any(entry.errors for entry in field):
            raise ValidationError(_("contacts.columns_wrong"))
        if not seen & NAMING:
            raise ValidationError(_("contacts.columns_missing"))

    def to_command(self) -> FileReading:
        """Return what the service takes."""
        meant = zip(self.header, self.columns, strict=False)
        return FileReading(
            columns={name: entry.data for name, entry in meant if entry.data},
            store_id=self.store_id.data or None,
            moved_kind=MoveKind(self.moved_kind.data),
            consent_basis=ConsentBasis(self.consent_basis.data)
            if self.consent_basis.data
            else None,
        )
