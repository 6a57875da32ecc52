"""What the frame of every page shows: shop, person, waiting complaints, a late worker."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.i18n import _, fmt
from crm.stores import queries as stores

TABS = {
    "today": "today",
    "contacts": "contacts",
    "log": "log",
    "complaints": "complaints",
    "results": "results",
    "groups": "groups",
}


@dataclass(frozen=True)
class Frame:
    """The parts of a page that are the same everywhere."""

    shop_name: str
    store_name: str
    actor: Actor | None
    role_label: str
    waiting_count: int
    tab: str
    text_size: str
    single_keys: bool
    demo_time: str | None
    worker_late: bool


def frame(session: Session, actor: Actor | None, path: str, *, now: datetime) -> Frame:
    """Return the frame of the page at `path` for whoever is signed in."""
    shop = stores.shop(session)
    demo = shop is not None and shop.demo_offset_seconds is not None
    return Frame(
        shop_name=shop.name if shop else "",
        store_name=_store_name(session, actor),
        actor=actor,
        role_label=_(f"accounts.role_{actor.role.value}") if actor else "",
        waiting_count=0,
        tab=TABS.get(path.split("/")[1], ""),
        text_size=_size(actor),
        single_keys=actor.single_keys if actor else True,
        demo_time=_("frame.demo_time", day=fmt.day(now), time=fmt.clock_time(now)) if demo else None,
        worker_late=False,
    )


def _size(actor: Actor | None) -> str:
    return "" if actor is None or actor.text_size.value == "standard" else actor.text_size.value


def _store_name(session: Session, actor: Actor | None) -> str:
    if actor is None or actor.store_ids is None:
        return _("frame.all_stores") if actor else ""
    names = stores.store_names(session)
    return "、".join(names[store_id] for store_id in sorted(actor.store_ids) if store_id in names)
