"""What an older rule of covering missed is shown to nobody until the present one has covered it (D3, D4)."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pymupdf
import pytest
from PIL import Image
from sqlalchemy import select

from archive import documents
from archive.documents import Document, File, FileRole, outdated
from archive.errors import Unavailable
from archive.jobs import OPEN, Job, Kind
from archive.masking import RULE
from archive.readable import readable_scope
from archive.rights import Role
from retention.classes import propose_seed
from service.renditions import Shown
from tests import drawing, stacks
from tests.houses import Home
from workers import case, renditions
from workers.runner import run
from workers.shelf import content_of
from workers.tools import Tools

NUMBER = "11010519900307002X"


@pytest.fixture
def tools(home: Home) -> Iterator[Tools]:
    with home.house.database.transaction() as session:
        propose_seed(session)
    made = Tools(home.house)
    yield made
    made.sandbox.close()
    made.index.close()


def work(tools: Tools, document_id: str, kind: Kind) -> None:
    with tools.house.database.reading() as session:
        mine = select(Job.id).where(Job.subject == document_id, Job.kind == kind.value, Job.state.in_(OPEN))
        job_id = session.scalars(mine).one()
    assert run(tools, job_id)


def read_by_an_older_rule(home: Home, tools: Tools, *lines: str) -> str:
    """A paper of two pages read by a rule that knew no numbers."""
    pages = [drawing.paper(lines, dpi=150), stacks.paper(2)]
    document_id = home.put(drawing.as_pdf(pages, 150), name="paper.pdf").id
    with pytest.MonkeyPatch.context() as patch:
        for place in (case, renditions):
            patch.setattr(place, "find_sensitive", lambda _: ())
        patch.setattr(case, "RULE", RULE - 1)
        work(tools, document_id, Kind.READ_DOCUMENT)
    return document_id


def file_for_a_reader(home: Home, document_id: str, role: FileRole) -> File:
    with home.house.database.reading() as session:
        scope = readable_scope(session, home.person("reader", Role.SEARCHER))
        shown = Shown.to(scope, session.get_one(Document, document_id))
        file = shown.image(1, None) if role is FileRole.PAGE else shown.searchable()
        assert file.copies
        return file


def cover(home: Home, tools: Tools, document_id: str) -> Document:
    for _ in range(2):  # asked twice it is one job
        with home.house.database.transaction() as session:
            documents.cover_anew(session, session.get_one(Document, document_id))
    work(tools, document_id, Kind.COVER_DOCUMENT)
    with home.house.database.reading() as session:
        return session.get_one(Document, document_id)


def test_a_number_that_an_older_rule_missed_is_covered_in_image_and_pdf(home: Home, tools: Tools) -> None:
    paper = read_by_an_older_rule(home, tools, "个人情况登记", f"身份号码 {NUMBER}", "特此登记")
    for role in (FileRole.PAGE, FileRole.SEARCHABLE):
        with pytest.raises(Unavailable):
            file_for_a_reader(home, paper, role)
    document, key = cover(home, tools, paper), home.house.vault.key(paper)
    assert (document.sensitive, outdated(document)) == (True, False)
    image, pdf = (file_for_a_reader(home, paper, role) for role in (FileRole.PAGE, FileRole.SEARCHABLE))
    assert (image.role, pdf.role) == ("page_image_masked", "searchable_pdf_masked")
    with pymupdf.open(stream=content_of(home.house, key, pdf)) as opened:
        assert opened.page_count == 2
        assert NUMBER not in opened[0].get_text().replace(" ", "")
        assert "第2号" in opened[1].get_text().replace(" ", "")
    with home.house.database.reading() as session:
        plain = session.scalars(select(File).where(File.document_id == paper, File.role == "page_image")).all()
        bare = next(file for file in plain if file.page == 1)
        assert bare.copies
    assert black(content_of(home.house, key, image)) > black(content_of(home.house, key, bare)) + 500


def black(jpeg: bytes) -> int:
    return int((np.asarray(Image.open(io.BytesIO(jpeg)).convert("L")) < 20).sum())


def test_a_paper_without_a_number_is_shown_again_as_it_was(home: Home, tools: Tools) -> None:
    paper = read_by_an_older_rule(home, tools, "往来说明", "请按约定办理交接手续")
    with pytest.raises(Unavailable):
        file_for_a_reader(home, paper, FileRole.PAGE)
    document = cover(home, tools, paper)
    assert (document.sensitive, document.covered_by) == (False, RULE)
    assert file_for_a_reader(home, paper, FileRole.PAGE).role == "page_image"
