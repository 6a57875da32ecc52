"""The stories of the demo shops: plain text files that an owner can read and edit.

Days count back from the demo's time, minutes of a thread from its first line.
"""

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
SHOPS = ("apparel", "tonics", "teapots")


def story(shop: str) -> dict[str, Any]:
    """Return the story of a shop, as its file has it. Raises KeyError for another shop."""
    if shop not in SHOPS:
        raise KeyError(shop)
    with (FOLDER / f"{shop}.toml").open("rb") as file:
        return tomllib.load(file)
