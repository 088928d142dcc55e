"""Tables as files: CSV and XLSX whose cells are text for whatever program opens them (Q16)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
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
_WIDEST: Final = 60
_NAMESPACE: Final = "http://schemas.openxmlformats.org"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATION: Final = f"{_NAMESPACE}/officeDocument/2006/relationships"
_TYPES: Final = (
    f'<Types xmlns="{_NAMESPACE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>%s</Types>'
)
_START: Final = (
    f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)

Line = Sequence[str | int]


def written(kind: Format, lines: Iterable[Line]) -> bytes:
    """The lines as a file, the first of them the heading."""
    return _csv(lines) if kind == "csv" else workbook({"Sheet1": list(lines)})


def safe(cell: str) -> str:
    """A cell that no program takes for a formula: what begins like one begins with an apostrophe."""
    return f"'{cell}" if cell.startswith(_STARTS) else cell


def _csv(lines: Iterable[Line]) -> bytes:
    """With a mark of its encoding, without which office programs misread Chinese."""
    made = io.StringIO()
    writer = csv.writer(made, quoting=csv.QUOTE_ALL)
    writer.writerows([safe(str(cell)) for cell in line] for line in lines)
    return made.getvalue().encode("utf-8-sig", "replace")


def workbook(sheets: Mapping[str, Sequence[Line]]) -> bytes:
    """An XLSX of sheets by their names (31 characters at most), of inline texts and numbers: no formula, no link."""
    names = dict(enumerate(sheets, start=1))
    overrides, entries, relations = "", "", ""
    for number, name in names.items():
        overrides += (
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
        )
        entries += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"/>'
        target = f'Target="worksheets/sheet{number}.xml"'
        relations += f'<Relationship Id="r{number}" Type="{_RELATION}/worksheet" {target}/>'
    main = f'xmlns="{_NAMESPACE}/spreadsheetml/2006/main" xmlns:r="{_RELATION}"'
    about = f'xmlns="{_NAMESPACE}/package/2006/relationships"'
    parts = {
        "[Content_Types].xml": _TYPES % overrides,
        "_rels/.rels": _START,
        "xl/workbook.xml": f"<workbook {main}><sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships {about}>{relations}</Relationships>",
        **{f"xl/worksheets/sheet{number}.xml": _sheet(sheets[name]) for number, name in names.items()},
    }
    return _packed(parts)


def _packed(parts: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            held = zipfile.ZipInfo(name, _MADE)
            held.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(held, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{part}')
    return made.getvalue()


def _sheet(lines: Sequence[Line]) -> str:
    rows = "".join(f"<row>{''.join(map(_cell, line))}</row>" for line in lines)
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(_widths(lines), start=1)
    )
    held = f"<cols>{columns}</cols>" if columns else ""
    return f'<worksheet xmlns="{_NAMESPACE}/spreadsheetml/2006/main">{held}<sheetData>{rows}</sheetData></worksheet>'


def _widths(lines: Iterable[Line]) -> Iterator[int]:
    """Each column's width in digits: its longest text, Chinese counted double, up to a bound."""
    for column in zip_longest(*lines, fillvalue=""):
        longest = max(sum(1 + (letter > "\u2e7f") for letter in str(cell)) for cell in column)
        yield min(longest + 2, _WIDEST)


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    plain = escape(_UNWRITABLE.sub("", value)[:_LONGEST])
    return f'<c t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'
