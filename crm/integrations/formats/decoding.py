"""Bytes of a text file -> text, whatever a Chinese Windows or a phone has written it in."""


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text and its encoding. Raises UnicodeDecodeError."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8-sig"
    except UnicodeDecodeError:
        return data.decode("gb18030"), "gb18030"
