"""Settings from the environment, read once at the start of a process.

It does not hold what a shop edits on its settings pages; those are rows.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path

PACKAGE = Path(__file__).resolve().parent
# An installed wheel carries templates, static files and migrations inside the package.
ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent

KEY_FILE = "secret.key"
ALBUMS = "albums"
UNFINISHED = "restore.unfinished"
BROKEN_OFF = "A restore was broken off half way. Run it again: shuke restore FILE --replace"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(ValueError):
    """A setting has a value that cannot work; the text says what to write instead."""


class HalfRestored(RuntimeError):
    """The pictures are of one time and the database of another; the text says what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything a process takes from its environment."""

    data_dir: Path = field(
        metadata={"env": "SHUKE_DATA_DIR", "help": "Folder of database, key, albums, backups"}
    )
    database_url: str = field(
        metadata={
            "env": "SHUKE_DATABASE_URL",
            "help": "SQLAlchemy address; default SQLite in the data folder",
        }
    )
    secret_key: str = field(
        repr=False,
        metadata={
            "env": "SHUKE_SECRET_KEY",
            "help": "Master keys, newest first, one a line; default made in the data folder",
        },
    )
    base_url: str = field(
        metadata={"env": "SHUKE_BASE_URL", "help": "Address people open, for links they get"}
    )
    timezone: str = field(
        metadata={"env": "SHUKE_TIMEZONE", "help": "Zone of the shop, for example Asia/Shanghai"}
    )
    allowed_webhook_hosts: tuple[str, ...] = field(
        metadata={
            "env": "SHUKE_ALLOWED_WEBHOOK_HOSTS",
            "help": "Comma list of hosts beside the official robot hosts",
        }
    )
    trusted_proxies: int = field(
        metadata={
            "env": "SHUKE_TRUSTED_PROXIES",
            "help": "Number of proxies in front whose headers count",
        }
    )
    log_level: str = field(
        metadata={"env": "SHUKE_LOG_LEVEL", "help": "DEBUG, INFO, WARNING or ERROR"}
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read and check the environment. Raises SettingsError, a line that says what to do."""
        data_dir = Path(environ.get("SHUKE_DATA_DIR") or user_data_path("shuke"))
        url = environ.get("SHUKE_DATABASE_URL") or f"sqlite:///{data_dir / 'shuke.db'}"
        if not url.startswith(("sqlite:///", "postgresql")):
            raise SettingsError("SHUKE_DATABASE_URL must begin with sqlite:/// or postgresql")
        return cls(
            data_dir=data_dir,
            database_url=url.replace("postgresql://", "postgresql+psycopg://", 1),
            secret_key=environ.get("SHUKE_SECRET_KEY") or _kept_key(data_dir),
            base_url=environ.get("SHUKE_BASE_URL", "").rstrip("/"),
            timezone=_zone(environ.get("SHUKE_TIMEZONE", "Asia/Shanghai")),
            allowed_webhook_hosts=tuple(
                host.strip().lower()
                for host in environ.get("SHUKE_ALLOWED_WEBHOOK_HOSTS", "").split(",")
                if host.strip()
            ),
            trusted_proxies=_count(environ.get("SHUKE_TRUSTED_PROXIES", "0")),
            log_level=_level(environ.get("SHUKE_LOG_LEVEL", "INFO")),
        )

    @property
    def albums_dir(self) -> Path:
        """The folder of the photos; a backup holds it."""
        return self.data_dir / ALBUMS

    def refuse_half(self) -> None:
        """Refuse to work on half a restore. Raises HalfRestored."""
        if (self.data_dir / UNFINISHED).exists():
            raise HalfRestored(BROKEN_OFF)

    def child_environ(self) -> dict[str, str]:
        """Return the environment for a process of our own that must run with the same settings."""
        environ = {
            **os.environ,
            "SHUKE_DATA_DIR": str(self.data_dir),
            "SHUKE_DATABASE_URL": self.database_url,
            "SHUKE_BASE_URL": self.base_url,
        }
        if not self.keeps_key:
            environ["SHUKE_SECRET_KEY"] = self.secret_key
        return environ

    @property
    def keeps_key(self) -> bool:
        """Whether the master keys in use are those of the data folder."""
        return not os.environ.get("SHUKE_SECRET_KEY") and self.keys_now() == self.secret_key

    def keys_now(self) -> str:
        """Return the master keys as the data folder has them now: a rotation adds one."""
        if os.environ.get("SHUKE_SECRET_KEY"):
            return self.secret_key
        try:
            kept = (self.data_dir / KEY_FILE).read_text("ascii").strip()
        except FileNotFoundError:
            return self.secret_key
        return kept or self.secret_key  # an emptied file is no key: nothing is sealed with it


def setting_names() -> list[str]:
    """Return the environment variable of every setting."""
    return [f.metadata["env"] for f in fields(Settings)]


def _kept_key(data_dir: Path) -> str:
    """Return the master key of the data folder, made on first use with mode 600."""
    path = data_dir / KEY_FILE
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:  # another process was first
        return path.read_text("ascii").strip()
    key = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return key


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError("SHUKE_TIMEZONE must be a zone such as Asia/Shanghai") from error
    return name


def _count(text: str) -> int:
    if not text.isdecimal():
        raise SettingsError("SHUKE_TRUSTED_PROXIES must be a whole number, 0 without a proxy")
    return int(text)


def _level(name: str) -> str:
    if name.upper() not in LOG_LEVELS:
        raise SettingsError(f"SHUKE_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    return name.upper()
