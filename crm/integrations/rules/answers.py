"""What a robot's or a webhook's answer means.

Vendors report failure inside an HTTP 200, so a robot counts as reached only when its JSON says
code 0. Unknown codes count as temporary: an alert too many is better than one too few.
"""

import json
from datetime import timedelta
from http import HTTPStatus

from crm.integrations.rules.channels import DETAIL_MAX, REST, ChannelKind, Delivery, Verdict

_MINUTE = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)

# code -> how long the vendor shuts the robot
_RATE = {
    ChannelKind.WECOM_ROBOT: {45009: _MINUTE, 45033: _MINUTE},
    ChannelKind.DINGTALK_ROBOT: {130101: timedelta(minutes=10), 410100: timedelta(minutes=10)},
    ChannelKind.FEISHU_ROBOT: {11232: _MINUTE},
}
# 310000 is DingTalk's one code for signature, keyword and sender's address.
_REFUSED = {
    ChannelKind.WECOM_ROBOT: {40008, 40058, 45002},
    ChannelKind.DINGTALK_ROBOT: {310000, 400105},
    ChannelKind.FEISHU_ROBOT: {9499, 19021, 19022, 19024},
}
_DISABLED = {
    ChannelKind.WECOM_ROBOT: {93000, 93004},
    ChannelKind.DINGTALK_ROBOT: {300001, 400013, 400101, 400102},
    ChannelKind.FEISHU_ROBOT: {19001},
}
_WORDS = {  # where the vendor puts its code and its text
    ChannelKind.WECOM_ROBOT: ("errcode", "errmsg"),
    ChannelKind.DINGTALK_ROBOT: ("errcode", "errmsg"),
    ChannelKind.FEISHU_ROBOT: ("code", "msg"),
}


def read_answer(
    kind: ChannelKind, status: int, body: bytes, *, retry_after: str | None = None
) -> Delivery:
    """Return the outcome that an HTTP answer stands for."""
    if status // 100 != 2:  # noqa: PLR2004  the class of a status
        return _bad_status(status, retry_after)
    if kind is ChannelKind.WEBHOOK:
        return Delivery(Verdict.DELIVERED, str(status))
    return _robot_answer(kind, body)


def _bad_status(status: int, retry_after: str | None) -> Delivery:
    code = f"http_{status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Delivery(Verdict.TEMPORARY, code, wait=_wait(retry_after))
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Delivery(Verdict.TEMPORARY, code, wait=REST)
    return Delivery(Verdict.REFUSED, code)  # a redirect too: it is never followed


def _wait(retry_after: str | None) -> timedelta:
    """Return what Retry-After asks for in seconds, kept between a minute and an hour."""
    asked = retry_after.strip() if retry_after else ""
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0  # noqa: PLR2004
    return min(max(timedelta(seconds=seconds), _MINUTE), _LONGEST_WAIT)


def _robot_answer(kind: ChannelKind, body: bytes) -> Delivery:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Delivery(Verdict.TEMPORARY, "not_json", wait=REST)
    code_word, text_word = _WORDS[kind]
    code = answer.get(code_word) if isinstance(answer, dict) else None
    if type(code) is not int:
        return Delivery(Verdict.TEMPORARY, "no_code")
    if code == 0:
        return Delivery(Verdict.DELIVERED, "0")
    return _refusal(kind, code, _clean(str(answer.get(text_word, ""))))


def _refusal(kind: ChannelKind, code: int, detail: str) -> Delivery:
    if code in _DISABLED[kind]:
        return Delivery(Verdict.DISABLED, str(code), detail)
    if code in _REFUSED[kind]:
        return Delivery(Verdict.REFUSED, str(code), detail)
    return Delivery(Verdict.TEMPORARY, str(code), detail, wait=_RATE[kind].get(code))


def _clean(text: str) -> str:
    """Return a vendor's text as one printable line; it goes to a table and a page."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:DETAIL_MAX]
