"""Separator sheets over the API: what is printed is read back, and nobody prints for what they may not see."""

from __future__ import annotations

import sqlite3
from typing import Any

import pymupdf
import pytest
from PIL import Image

from archive.errors import Invalid
from archive.readable import readable_scope
from archive.rights import Role
from archive.separators import order_by_names, read_token
from service.api import separators
from tests.integration.api.served import Served
from workers.barcodes import codes_on


def printed(service: Served, body: bytes) -> list[set[object]]:
    pages = [page.get_pixmap(dpi=100) for page in pymupdf.open(stream=body)]
    pictures = [Image.frombytes("RGB", (page.width, page.height), page.samples).convert("L") for page in pages]
    return [{read_token(service.home.house.vault, said) for said in codes_on(picture)} for picture in pictures]


def test_each_page_bears_the_code_of_its_sheet(service: Served) -> None:
    clerk, folder = service.person("clerk", Role.SCANNER), service.folder()
    asked = {"sheets": [{"folder_id": folder["id"], "copies": 2}, {"document_type": "contract"}]}
    answer = service.ask(clerk, "POST", "/separators", json=asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    first, again, second = printed(service, answer.content)
    assert first == again != second
    assert len(first) == len(second) == 1
    text = [page.get_text() for page in pymupdf.open(stream=answer.content)]
    assert folder["code"] in text[0]
    assert "合同" in text[2]


def test_drawing_keeps_nobody_from_writing(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, draw = service.person("clerk", Role.SCANNER), separators.print_sheets

    def drawn(*given: Any) -> bytes:  # noqa: ANN401 - whatever the print takes
        with sqlite3.connect(service.home.house.settings.data / "anjuan.db", timeout=0) as other:
            other.execute("BEGIN IMMEDIATE")
            other.rollback()
        return draw(*given)

    monkeypatch.setattr(separators, "print_sheets", drawn)
    assert service.ask(clerk, "POST", "/separators", json={"sheets": [{"copies": 2}]}).status_code == 200


def test_a_customer_out_of_sight_has_no_number_for_a_clerk(service: Served) -> None:
    """Numbers can be counted through: one that is out of sight is answered as one that nobody has (L15)."""
    clerk, hidden, seen = service.person("clerk", Role.SCANNER), service.folder(department="finance"), service.folder()
    with service.home.house.database.reading() as session:
        scope = readable_scope(session, service.home.person(clerk))
        order_by_names(session, scope, customer=seen["customer"]["number"], copies=1)
        for number in (hidden["customer"]["number"], "C999999"):
            with pytest.raises(Invalid, match="no such customer"):
                order_by_names(session, scope, customer=number, copies=1)


def test_no_sheet_for_what_is_out_of_sight_closed_or_unknown(service: Served) -> None:
    clerk = service.person("clerk", Role.SCANNER)
    hidden, closed = service.folder(department="finance"), service.folder()
    service.ask("keeper", "POST", f"/folders/{closed['id']}/close", json={"closed_on": "2031-01-01"})
    refusals = [
        ({"folder_id": hidden["id"]}, 404, "not_found"),
        ({"customer_id": hidden["customer"]["id"]}, 404, "not_found"),
        ({"folder_id": closed["id"]}, 409, "folder_closed"),
        ({"document_type": "poem"}, 422, "invalid"),
        ({"copies": 0}, 422, "invalid"),
    ]
    for sheet, status, code in refusals:
        answer = service.ask(clerk, "POST", "/separators", json={"sheets": [sheet]})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    many = service.ask(clerk, "POST", "/separators", json={"sheets": [{"copies": 150}, {"copies": 51}]})
    assert (many.status_code, many.json()["code"]) == (422, "too_many_sheets")
    searcher = service.person("reader", Role.SEARCHER)
    assert service.ask(searcher, "POST", "/separators", json={"sheets": [{}]}).status_code == 403
