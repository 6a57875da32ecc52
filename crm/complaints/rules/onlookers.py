"""Who looks on: anyone but the complainer and staff who speaks in the thread of a complaint."""

import re
from datetime import timedelta

THREAD_AFTER = timedelta(hours=2)
"""The thread goes on that long after the last thing said about the complaint."""
_ME_TOO_MAX = 16
_ME_TOO = re.compile(
    r"^[\s@]*([+＋]\s*1|加一|我也|我的也|同问|同感|同求|一样|me too)", re.IGNORECASE
)


def is_me_too(text: str) -> bool:
    """Whether a short line seconds what was said; shown, never a signal by itself."""
    return len(text) <= _ME_TOO_MAX and bool(_ME_TOO.match(text))
