"""The words of an alert, made when it leaves: no customer's name, no phone number, a link."""

from collections import Counter
from collections.abc import Iterator, Sequence

from crm.alerts.models import Alert
from crm.alerts.rules import COMPLAINT_KINDS, AlertKind, Words, nth
from crm.i18n import _
from crm.integrations.rules import TEXT_BYTES, ChannelKind, Message

Said = tuple[Alert, Words]

_BOARD = "/complaints"


def message(alert: Alert, words: Words, kind: ChannelKind, *, base_url: str) -> Message:
    """Return what a channel is to say about this alert."""
    title = headline(alert, words)
    lines = [title, words.place, base_url + words.path if base_url else ""]
    text = "\n".join(line for line in lines if line)
    return Message(
        text=text,
        title=title,
        payload=_payload(alert, kind, text),
        delivery_id=f"{alert.id}-{alert.attempts}",
    )


def digest(said: Sequence[Said], kind: ChannelKind, *, base_url: str) -> Message:
    """Return one message for many alerts: how many, a line each while there is room, the board.

    What does not fit is counted: a robot takes one short text, and it must be one message.
    """
    lines = list(dict.fromkeys(_digest_lines(said)))
    title = _("alerts.digest_title", n=len(lines), parts=_by_severity(said))
    link = [base_url + _BOARD] if base_url else []
    shown = lines
    while _size([title, *shown, _more(lines, shown), *link]) > TEXT_BYTES[kind]:
        shown = shown[:-1]
    text = "\n".join(part for part in [title, *shown, _more(lines, shown), *link] if part)
    first = said[0][0]
    each = [_payload(a, kind, headline(a, words)) for a, words in said]
    return Message(
        text=text,
        title=title,
        payload=_payload(first, kind, text) | {"alerts": each},
        delivery_id=f"{first.id}-{first.attempts}",
    )


def _digest_lines(said: Sequence[Said]) -> Iterator[str]:
    """The most urgent alert of each subject, with its place."""
    known = set()
    for alert, words in said:
        subject = (alert.kind in COMPLAINT_KINDS or alert.kind, alert.subject_id)
        if subject not in known:
            known.add(subject)
            yield _("alerts.digest_line", what=headline(alert, words), place=words.place)


def _by_severity(said: Sequence[Said]) -> str:
    """How many subjects of each severity, the most urgent first."""
    worst = {(a.kind, a.subject_id): words.severity for a, words in reversed(said)}
    found = sorted(Counter(worst.values()).items())
    return " · ".join(
        _("alerts.digest_part", severity=_(f"alerts.severity_{s}"), n=n) for s, n in found
    )


def _more(lines: Sequence[str], shown: Sequence[str]) -> str:
    left = len(lines) - len(shown)
    return _("alerts.digest_more", n=left) if left else ""


def _size(parts: Sequence[str]) -> int:
    return len("\n".join(parts).encode())


def headline(alert: Alert, words: Words) -> str:
    """Return the first line of a message: of a complaint with its number and severity of now."""
    if alert.kind not in COMPLAINT_KINDS:
        return line(alert)
    return _headline(alert, words.short_no, words.severity)


def line(alert: Alert) -> str:
    """Return what the inbox says; the page behind the link says the rest."""
    if alert.kind in COMPLAINT_KINDS and alert.severity is not None:
        return _headline(alert, str(alert.short_no), alert.severity)
    return _occasion(alert)


def _headline(alert: Alert, short_no: str, severity: int) -> str:
    """Number, severity, what happened, and which reminder this is."""
    return _(
        "alerts.headline",
        no=short_no,
        severity=_(f"alerts.severity_{severity}"),
        what=_occasion(alert),
        n=nth(alert.repeat),
    )


def _occasion(alert: Alert) -> str:
    """What happened: the step of the ladder, or the kind of alert with its figures."""
    if alert.kind is AlertKind.COMPLAINT and alert.level is not None:
        return _(f"alerts.level_{alert.level}")
    return _(f"alerts.kind_{alert.kind}", n=nth(alert.repeat), **alert.data)


def _payload(alert: Alert, kind: ChannelKind, text: str) -> dict[str, object]:
    return {
        "id": alert.id,
        "complaint_id": alert.subject_id if alert.kind in COMPLAINT_KINDS else None,
        "level": alert.level,
        "repeat": alert.repeat,
        "recipient": f"channel-{alert.channel_id}",
        "channel": kind.value,
        "state": alert.state.value,
        "fire_at": _rfc3339(alert.fire_at),
        "sent_at": None,
        "acknowledged_at": None,
        "text": text,
    }


def _rfc3339(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
