"""Shape and wording of the forms about channels."""

import re
from collections.abc import Mapping
from typing import Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is not in the stubs
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from crm.accounts.forms import PageForm, stripped
from crm.i18n import _, _l
from crm.integrations.rules import (
    ADDRESS_MAX,
    LEVELS,
    SECRET_MAX,
    URL_MAX,
    AddressProblem,
    ChannelKind,
    Level,
    NewChannel,
    Reach,
    check_address,
)

_MAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
URL_LENGTH = Length(max=URL_MAX, message=_l("integrations.url_long", n=URL_MAX))


def _refuse(problem: AddressProblem | None, kind: ChannelKind) -> None:
    if problem is not None:
        name = _(f"integrations.kind_{kind}")
        raise ValidationError(_(f"integrations.problem_{problem}", kind=name))


class RobotForm(PageForm):
    """The shop's WeCom robot. Left empty, a saved address stays."""

    wecom_url = StringField(_l("integrations.wecom_url"), [URL_LENGTH], filters=[stripped])

    def __init__(self, *args: Any, allowed: tuple[str, ...], saved: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._allowed, self._saved = allowed, saved

    def validate_wecom_url(self, field: StringField) -> None:
        """Only the vendor's host, or one that the operator has allowed."""
        if field.data or not self._saved:
            kind = ChannelKind.WECOM_ROBOT
            _refuse(check_address(kind, field.data or "", allowed=self._allowed), kind)


class ReachForm(PageForm):
    """What a channel hears of: one store or all, some levels or all."""

    store = SelectField(_l("integrations.store"), validate_choice=False)
    levels = SelectMultipleField(
        _l("integrations.levels"),
        choices=[SelectChoice(level.value, _l(f"integrations.level_{level}")) for level in LEVELS],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, *args: Any, stores: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = {str(store_id) for store_id in stores}
        names = [(str(store_id), name) for store_id, name in stores.items()]
        self.store.choices = [
            SelectChoice(value, name)
            for value, name in [("", _("integrations.all_stores")), *names]
        ]

    def validate_store(self, field: SelectField) -> None:
        """One of the list, or all."""
        if field.data and field.data not in self._known:
            raise ValidationError(_("integrations.store_unknown"))

    def validate_levels(self, field: SelectMultipleField) -> None:
        """Steps of the ladder only."""
        if not set(field.data or ()) <= set(LEVELS):
            raise ValidationError(_("integrations.levels_unknown"))

    def to_reach(self) -> Reach:
        """Return the reach as the service takes it."""
        return Reach(
            store_id=int(self.store.data) if self.store.data else None,
            levels=tuple(Level(level) for level in self.levels.data or ()),
        )


class PingForm(PageForm):
    """The address outside that hears of every minute; empty ends it."""

    ping_url = StringField(_l("integrations.ping_url"), [URL_LENGTH], filters=[stripped])

    def __init__(self, *args: Any, allowed: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._allowed = allowed

    def validate_ping_url(self, field: StringField) -> None:
        """Only a host that the operator has allowed."""
        if field.data:
            kind = ChannelKind.WEBHOOK
            problem = check_address(kind, field.data, allowed=self._allowed)
            if problem is not None:
                raise ValidationError(
                    _(f"integrations.problem_{problem}", kind=_("integrations.ping"))
                )


class ChannelForm(ReachForm):
    """One more channel of any kind."""

    kind = SelectField(
        _l("integrations.kind"),
        choices=[SelectChoice(kind.value, _l(f"integrations.kind_{kind}")) for kind in ChannelKind],
        validate_choice=False,
    )
    url = StringField(_l("integrations.url"), [URL_LENGTH], filters=[stripped])
    secret = StringField(
        _l("integrations.secret"),
        [Length(max=SECRET_MAX, message=_l("integrations.secret_long", n=SECRET_MAX))],
        filters=[stripped],
    )
    address = StringField(
        _l("integrations.address"),
        [Length(max=ADDRESS_MAX, message=_l("integrations.address_long", n=ADDRESS_MAX))],
        filters=[stripped],
    )

    def __init__(self, *args: Any, allowed: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._allowed = allowed

    def validate_kind(self, field: SelectField) -> None:
        """One of the kinds of the list."""
        if field.data not in set(ChannelKind):
            raise ValidationError(_("integrations.kind_missing"))

    def validate_url(self, field: StringField) -> None:
        """Only the vendor's hosts, or one that the operator has allowed."""
        if self.kind.data in set(ChannelKind):
            kind = ChannelKind(self.kind.data)
            _refuse(check_address(kind, field.data or "", allowed=self._allowed), kind)

    def validate_address(self, field: StringField) -> None:
        """E-mail needs to know to whom."""
        if self.kind.data != ChannelKind.EMAIL:
            return
        if not field.data:
            raise ValidationError(_("integrations.address_missing"))
        if not all(_MAIL.fullmatch(part.strip()) for part in field.data.split(",")):
            raise ValidationError(_("integrations.address_shape"))

    def to_command(self) -> NewChannel:
        """Return the channel as the service takes it."""
        reach = self.to_reach()
        return NewChannel(
            kind=ChannelKind(self.kind.data),
            url=self.url.data or "",
            secret=self.secret.data or "",
            address=self.address.data or "" if self.kind.data == ChannelKind.EMAIL else "",
            store_id=reach.store_id,
            levels=reach.levels,
        )
