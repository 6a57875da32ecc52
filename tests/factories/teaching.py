"""A shop that teaches its scorer: lines of several days, each tapped by somebody."""

from datetime import datetime, timedelta

from sqlalchemy import select

from crm.accounts.rules import Actor
from crm.complaints import service
from crm.complaints.models import SuspicionTap
from crm.groups.models import GroupMessage
from crm.groups.rules import Detection
from tests.factories.desk import Desk
from tests.factories.groups import chat

DAY = timedelta(days=1)


def teach(
    shop: Desk, now: datetime, said: str, *, is_complaint: bool, by: Actor | None = None
) -> GroupMessage:
    """Somebody says it in the group, and somebody taps what it is."""
    message = say(shop, now, said)
    tap(shop, message, now, is_complaint=is_complaint, by=by)
    return message


def say(shop: Desk, now: datetime, said: str) -> GroupMessage:
    """Bring one line of the group in; nothing is opened by itself."""
    shop.group.complaint_detection = Detection.SUGGEST
    speaker = f"顾客{shop.session.query(GroupMessage).count()}"
    lines = chat(f"{speaker} {said}", start=now)
    service.take_lines(shop.session, shop.group, lines, actor=shop.manager, now=now)
    shop.session.flush()
    return shop.session.scalars(
        select(GroupMessage).order_by(GroupMessage.id.desc()).limit(1)
    ).one()


def tap(
    shop: Desk,
    message: GroupMessage,
    now: datetime,
    *,
    is_complaint: bool,
    by: Actor | None = None,
) -> SuspicionTap:
    """Tap a line: a complaint, or none."""
    act = service.open_suspected if is_complaint else service.dismiss_suspected
    act(shop.session, message.id, actor=by or shop.manager, now=now)
    shop.session.flush()
    return shop.session.scalars(
        select(SuspicionTap).order_by(SuspicionTap.id.desc()).limit(1)
    ).one()


def teach_both(shop: Desk, now: datetime, each: int = 12) -> None:
    """As many complaints as other lines, a day apart, in words that the shipped ones lack."""
    for number in range(each):
        day = now - (each - number) * DAY
        teach(shop, day, f"{number}号的窗纱翘边了翘得厉害", is_complaint=True)
        teach(shop, day, f"{number}号的窗纱还有货的话留一件", is_complaint=False)
