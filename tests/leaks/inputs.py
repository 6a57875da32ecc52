"""What nobody means well: values for fields, bodies that cannot be read, files that are none."""

import io
import zipfile
from typing import Any

from tests.rules.contact_files_samples import TILL, as_csv, as_xlsx, member

PHONE = "13912345678"
VALUES: dict[str, Any] = {
    "nul": f"坏\x00{PHONE}",
    "only nul": "\x00",
    "lone surrogate": b"\xed\xa0\x80",
    "invalid utf-8": b"\xff\xfe\xc3(",
    "right to left": f"\u202e{PHONE}\u2066坏",
    "four bytes": "🌸𠮷" * 30,
    "joined": "👩\u200d👩\u200d👧\u200d👦" * 30,
    "twenty thousand": f"{PHONE}" + "坏" * 20_000,
    "formula": "=cmd|' /C calc'!A0",
    "at formula": "@SUM(1+1)*cmd|' /C calc'!A0",
    "template": "{{7*7}}${7*7}%s{0}",
    "markup": "<script>alert(1)</script>",
    "statement": "'; DROP TABLE contact; --",
    "header": "a\r\nSet-Cookie: x=1",
    "escape": "\x1b[31m\x85\u2028",
    "no characters": "\ufffe坏\uffff\ufdd0",
    "blank": " \u3000\u200b ",
    "minus five": "-5",
    "fraction": "1.5",
    "past 32 bits": str(2**31),
    "past 64 bits": str(2**64),
    "thirty digits": "9" * 30,
    "not a number": "NaN",
    "year 0": "0000-01-01",
    "year 9999": "9999-12-31T23:59",
    "no such day": "2025-02-29",
    "time of a day that is none": "2025-02-30T25:61",
    "another choice": "moon",
    "an address": "javascript:alert(1)",
    "path": "../../../etc/passwd",
}
QUERIES = [
    "*", '"', '""', "'", "OR", "AND NOT", "NEAR(a b)", "a NEAR b", "%", "_", "\\", "a*", "^a",
    "-a", "grams:a", "(", ")", "{a b}", "\x00", "1 OR 1=1", "'; --", "💥", "\u202e", "a" * 5_000,
]  # fmt: skip
DEEP = b'{"name":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "half": (b"{", "application/json"),
    "null": (b"null", "application/json"),
    "a list": (b"[]", "application/json"),
    "invalid utf-8": (b'{"name":"\xff"}', "application/json"),
    "deep": (DEEP, "application/json"),
    "NaN": (b'{"name": NaN}', "application/json"),
    "huge number": (b'{"store_id": ' + b"9" * 5000 + b"}", "application/json"),
    "a name twice": (b'{"name":"a","name":"b"}', "application/json"),
    "a form": (b"name=x", "application/x-www-form-urlencoded"),
    "no kind": (b"{}", ""),
    "broken parts": (b"--x\r\n", "multipart/form-data; boundary=x"),
}


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def _with_sheet(content: bytes) -> bytes:
    """A real book, its sheet replaced."""
    book, out = zipfile.ZipFile(io.BytesIO(as_xlsx([member(1)]))), io.BytesIO()
    with book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in book.namelist():
            is_sheet = name.startswith("xl/worksheets/sheet")
            packed.writestr(name, content if is_sheet else book.read(name))
    return out.getvalue()


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>"""
FILES: dict[str, tuple[str, bytes]] = {  # none of them can be taken
    "empty": ("a.csv", b""),
    "only spaces": ("a.csv", b" \r\n \r\n"),
    "only nul": ("a.csv", b"\x00" * 4096),
    "nul in a line": ("a.csv", b"\x00\x00,\x00\n\x00"),
    "unknown encoding": ("a.csv", b"\x81\xff\xfe\x00\x80\x81\xfe"),
    "no zip": ("a.xlsx", b"PK\x03\x04 nothing of the kind"),
    "another zip": ("a.xlsx", _zip(readme=b"x")),
    "cut off": ("a.xlsx", as_xlsx([member(1)])[:-900]),
    "cut off early": ("a.xlsx", as_xlsx([member(1)])[:700]),
    "entity": ("a.xlsx", _with_sheet(ENTITY)),
    "bomb": ("a.xlsx", _with_sheet(b"<worksheet>" + b" " * 400_000_000)),
    "no sheet": ("a.xlsx", _with_sheet(b"<a><b></a>")),
    "old book": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512),
    "picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
    "one long cell": ("a.csv", b"a" * 300_000),
    "folder": ("photos/", b""),
    "html": ("a.xls", b"\r\n<html><table><tr><td>1</td></tr></table></html>"),
    "open quote": ("a.csv", as_csv([member(1)]).replace(b"1,", b'1,"', 1) + b"\n1,2,3" * 30),
}
TAKEN: dict[str, tuple[str, bytes]] = {  # readable: a preview, and never an error
    "thousand columns": ("a.csv", b",".join(b"c%d" % n for n in range(1000)) + b"\n1\n"),
    "other columns": ("a.csv", "天气,温度\n晴,20\n".encode()),
    "header only": ("a.csv", ",".join(TILL).encode()),
    "formula": ("a.csv", as_csv([member(1, 会员姓名="=cmd|' /C calc'!A0")])),
    "name of a path": ("../../../etc/passwd.csv", as_csv([member(1)])),
    "name of 300 letters": ("长" * 300 + ".csv", as_csv([member(1)])),
    "name turned around": ("\u202egnp.csv", as_csv([member(1)])),
}
