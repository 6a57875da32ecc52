"""Bytes of a text file -> text, whatever a Chinese Windows or a phone has written it in."""

import codecs
import io
from typing import BinaryIO

_CHUNK = 1024 * 1024


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text and its encoding. Raises UnicodeDecodeError."""
    encoding = encoding_of(io.BytesIO(data))
    return data.decode(encoding), encoding


def encoding_of(stream: BinaryIO) -> str:
    """Return in what the whole text is written, read piece by piece. Raises UnicodeDecodeError."""
    stream.seek(0)
    if stream.read(2) in (b"\xff\xfe", b"\xfe\xff"):
        _try(stream, "utf-16")
        return "utf-16"
    try:
        _try(stream, "utf-8-sig")
    except UnicodeDecodeError:
        _try(stream, "gb18030")
        return "gb18030"
    return "utf-8-sig"


def _try(stream: BinaryIO, encoding: str) -> None:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    while chunk := stream.read(_CHUNK):
        decoder.decode(chunk)
    decoder.decode(b"", final=True)
