"""What a request about one's own data asks for. Pure."""

import enum


class RequestKind(enum.Enum):
    """What she asks for."""

    ACCESS = "access"
    CORRECTION = "correction"
    DELETION = "deletion"
    WITHDRAWAL = "withdrawal"
