"""A whole folder as one file: its papers, its contents list, for whom, and that the log knows."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pikepdf
import pytest

from archive.documents import Document, FileRole
from archive.rights import Confidentiality, Role
from tests.integration.api.served import Served
from tests.integration.api.test_pages_as_images import drawn, keep


@pytest.fixture(scope="module")
def matter(service: Served) -> tuple[dict[str, Any], list[str]]:
    """A paper with a PDF and an image, one without either, and one beyond the officer's clearance."""
    folder = service.folder()
    papers = [service.paper(f"第{n}件往来", folder=folder, number=n) for n in (41, 42, 43)]
    keep(service, papers[0], FileRole.SEARCHABLE, b"%PDF the first")
    keep(service, papers[0], FileRole.PAGE, drawn("white"))
    with service.home.house.database.transaction() as session:
        session.get_one(Document, papers[2]).confidentiality = int(Confidentiality.SECRET)
    service.person("officer", Role.OFFICER, level="confidential")
    service.person("colleague", Role.SEARCHER)
    return folder, papers


def taken(service: Served, folder: dict[str, Any], kind: str) -> bytes:
    answer = service.ask("officer", "GET", f"/folders/{folder['id']}/papers.{kind}")
    assert answer.status_code == 200, answer.text
    assert folder["code"] in answer.headers["content-disposition"]
    return answer.content


def test_a_zip_has_the_pdfs_and_a_list_of_all_that_may_be_seen(
    service: Served, matter: tuple[dict[str, Any], list[str]]
) -> None:
    folder, _ = matter
    with zipfile.ZipFile(io.BytesIO(taken(service, folder, "zip"))) as archive:
        assert archive.testzip() is None
        lines = list(csv.reader(io.StringIO(archive.read("contents.csv").decode("utf-8-sig"))))
        assert [(line[0], line[3], line[5] != "—") for line in lines[1:]] == [("1", "1", True), ("2", "1", False)]
        assert sorted(archive.namelist()) == sorted(["contents.csv", lines[1][5]])
        assert archive.read(lines[1][5]) == b"%PDF the first"


def test_a_pdf_begins_with_the_list_and_has_every_page_that_has_an_image(
    service: Served, matter: tuple[dict[str, Any], list[str]]
) -> None:
    with pikepdf.open(io.BytesIO(taken(service, matter[0], "pdf"))) as pdf:
        assert len(pdf.pages) == 2
        assert [round(float(pdf.pages[1].mediabox[side])) for side in (2, 3)] == [432, 576]


def test_the_log_knows_the_folder_and_every_paper(
    service: Served, matter: tuple[dict[str, Any], list[str]]
) -> None:  # fmt: skip
    folder, papers = matter
    service.person("watch", Role.AUDITOR, department="audit")
    taken(service, folder, "zip")
    acts = {
        each: [entry["action"] for entry in service.ask("watch", "GET", f"/audit?subject={each}").json()["entries"]]
        for each in (folder["id"], *papers)
    }
    assert "folder.taken" in acts[folder["id"]]
    assert ["document.downloaded" in acts[each] for each in papers] == [True, True, False]


@pytest.mark.parametrize("kind", ["zip", "pdf"])
def test_who_keeps_no_records_takes_no_folder(
    service: Served, matter: tuple[dict[str, Any], list[str]], kind: str
) -> None:
    assert service.ask("colleague", "GET", f"/folders/{matter[0]['id']}/papers.{kind}").status_code == 403
    assert service.ask("officer", "GET", f"/folders/{matter[1][0]}/papers.{kind}").status_code == 404
