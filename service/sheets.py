"""Tables as files: CSV and XLSX whose cells are text for whatever program opens them (Q16)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Final, Literal
from xml.sax.saxutils import escape

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST: Final = 32_000
_MADE: Final = (1980, 1, 1, 0, 0, 0)
_NAMESPACE: Final = "http://schemas.openxmlformats.org"
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_NAMESPACE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_NAMESPACE}/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_NAMESPACE}/spreadsheetml/2006/main" '
    f'xmlns:r="{_NAMESPACE}/officeDocument/2006/relationships">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_NAMESPACE}/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}

Line = Sequence[str]


def written(kind: Format, lines: Iterable[Line]) -> bytes:
    """The lines as a file, the first of them the heading."""
    return _csv(lines) if kind == "csv" else _xlsx(lines)


def safe(cell: str) -> str:
    """A cell that no program takes for a formula: what begins like one begins with an apostrophe."""
    return f"'{cell}" if cell.startswith(_STARTS) else cell


def _csv(lines: Iterable[Line]) -> bytes:
    """With a mark of its encoding, without which office programs misread Chinese."""
    made = io.StringIO()
    writer = csv.writer(made, quoting=csv.QUOTE_ALL)
    writer.writerows([safe(cell) for cell in line] for line in lines)
    return made.getvalue().encode("utf-8-sig", "replace")


def _xlsx(lines: Iterable[Line]) -> bytes:
    """One sheet of inline texts; nothing in it is a formula or a link."""
    rows = "".join(f"<row>{''.join(map(_cell, line))}</row>" for line in lines)
    sheet = f'<worksheet xmlns="{_NAMESPACE}/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in (*_PARTS.items(), ("xl/worksheets/sheet1.xml", sheet)):
            held = zipfile.ZipInfo(name, _MADE)
            held.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(held, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{part}')
    return made.getvalue()


def _cell(text: str) -> str:
    plain = escape(_UNWRITABLE.sub("", text)[:_LONGEST])
    return f'<c t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'
