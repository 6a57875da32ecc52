"""Pure decisions about group chats: limits and enums, overlap, speakers, unanswered items, masks."""

from crm.groups.rules.items import Run, Seen, asks, runs
from crm.groups.rules.masks import mask_phones, phones_in
from crm.groups.rules.overlap import OldLine, new_positions
from crm.groups.rules.speakers import Candidate, Known, Match, MatchState, Pick, match
from crm.groups.rules.terms import (
    GROUP_NAME_MAX,
    MEMBERS_MAX,
    PASTE_MAX,
    SENDER_MAX,
    TEXT_MAX,
    UNANSWERED_AFTER,
    UNDO_WITHIN,
    Detection,
    FutureLine,
    ImportSource,
    ItemState,
    MessageKind,
    NewMessage,
    Stored,
    StoredMessage,
    TooLateToUndo,
    UndatedLine,
)
from crm.groups.rules.timing import check_times, placed_messages

__all__ = [
    "GROUP_NAME_MAX",
    "MEMBERS_MAX",
    "PASTE_MAX",
    "SENDER_MAX",
    "TEXT_MAX",
    "UNANSWERED_AFTER",
    "UNDO_WITHIN",
    "Candidate",
    "Detection",
    "FutureLine",
    "ImportSource",
    "ItemState",
    "Known",
    "Match",
    "MatchState",
    "MessageKind",
    "NewMessage",
    "OldLine",
    "Pick",
    "Run",
    "Seen",
    "Stored",
    "StoredMessage",
    "TooLateToUndo",
    "UndatedLine",
    "asks",
    "check_times",
    "mask_phones",
    "match",
    "new_positions",
    "phones_in",
    "placed_messages",
    "runs",
]
