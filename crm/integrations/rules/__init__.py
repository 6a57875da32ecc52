"""What a channel is, where it may lead, what its vendor's answers mean.

Pure: it opens no connection and knows no table. What is said in an alert is no business of its own.
"""

from crm.integrations.rules.addresses import AddressProblem, check_address, is_allowed, is_public
from crm.integrations.rules.answers import read_answer
from crm.integrations.rules.channels import (
    ADDRESS_MAX,
    CODE_MAX,
    DETAIL_MAX,
    KEPT_AFTER_REMOVAL,
    LEVELS,
    REST,
    SECRET_MAX,
    URL_MAX,
    ChannelKind,
    ChannelState,
    Delivery,
    Level,
    Message,
    NewChannel,
    Reach,
    Route,
    Verdict,
    clock_off,
    free_at,
    matches,
    take_token,
)
from crm.integrations.rules.messages import (
    TEXT_BYTES,
    dingtalk_signature,
    feishu_signature,
    robot_request,
    split_text,
    webhook_signature,
)

__all__ = [
    "ADDRESS_MAX",
    "CODE_MAX",
    "DETAIL_MAX",
    "KEPT_AFTER_REMOVAL",
    "LEVELS",
    "REST",
    "SECRET_MAX",
    "TEXT_BYTES",
    "URL_MAX",
    "AddressProblem",
    "ChannelKind",
    "ChannelState",
    "Delivery",
    "Level",
    "Message",
    "NewChannel",
    "Reach",
    "Route",
    "Verdict",
    "check_address",
    "clock_off",
    "dingtalk_signature",
    "feishu_signature",
    "free_at",
    "is_allowed",
    "is_public",
    "matches",
    "read_answer",
    "robot_request",
    "split_text",
    "take_token",
    "webhook_signature",
]
