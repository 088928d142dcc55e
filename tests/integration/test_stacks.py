"""A stack with separator sheets becomes documents of their own, losing nothing; killed at any step it begins anew."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image
from sqlalchemy import func, select

from archive.arrangements import Leaf, add_arrangement, leaves_of
from archive.base import now
from archive.documents import Document, File, Page, page_text
from archive.folders import Folder, close_folder
from archive.intake import INTENT_LIFE, Intent
from archive.jobs import OPEN, Job, Kind, claim
from archive.parts import Origin
from archive.pdf import Form, Symbol, write_form
from archive.readable import readable_scope
from archive.reconcile import reconcile
from archive.rights import Confidentiality, Role
from archive.separators import PREFIX, SheetOrder, token
from retention.classes import propose_seed
from retention.corrections import read_again
from retention.holds import HoldOrder, lift_hold, place_hold
from retention.subjects import Subject, SubjectKind
from tests import drawing, stacks
from tests.houses import Home, embedded, home_of
from workers.originals import opened
from workers.pipeline import read_document
from workers.runner import run
from workers.tools import Tools
from workers.watch import watch_once


class Crash(BaseException):
    """The process dies here: nothing in the product may catch it."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    data = tmp_path_factory.mktemp("stacks")
    (data / "watch" / "clerk").mkdir(parents=True)
    with home_of({"DATA": str(data / "data"), "WATCH": str(data / "watch")}) as made:
        with made.house.database.transaction() as session:
            propose_seed(session)
        assert made.clerk
        yield made


@pytest.fixture(scope="module")
def tools(home: Home) -> Iterator[Tools]:
    made = Tools(home.house)
    yield made
    made.sandbox.close()
    made.index.close()


def work(tools: Tools, document: Document, kind: Kind = Kind.READ_DOCUMENT) -> None:
    """The open job of a document, done by a real worker's step."""
    with tools.house.database.reading() as session:
        mine = select(Job.id).where(Job.subject == document.id, Job.kind == kind.value, Job.state.in_(OPEN))
        job_id = session.scalars(mine).one()
    assert run(tools, job_id)


def parts(home: Home, stack_id: str) -> list[Document]:
    with home.house.database.reading() as session:
        asked = select(Document).join(Origin, Origin.document_id == Document.id)
        found = session.scalars(asked.where(Origin.source_id == stack_id).order_by(Document.received_at)).unique().all()
        for document in found:
            assert [len(document.files), len(document.pages)]
        return list(found)


def original(home: Home, document: Document) -> bytes:
    with home.house.database.reading() as session:
        file = session.scalars(select(File).where(File.document_id == document.id, File.role == "original")).one()
        with opened(home.house, file) as body:
            return body.read()


def pages_of(home: Home, document: Document) -> list[int]:
    with home.house.database.reading() as session:
        return [
            n for row in session.scalars(select(Origin).where(Origin.document_id == document.id)) for n in row.pages
        ]


def texts(home: Home, document: Document) -> list[str]:
    key = home.house.vault.key(document.id)
    with home.house.database.reading() as session:
        rows = session.scalars(select(Page).where(Page.document_id == document.id).order_by(Page.number))
        return [page_text(key, row) if row.state == "recognised" else row.state for row in rows]


def only(home: Home) -> Document:
    """The document that came last."""
    with home.house.database.reading() as session:
        return session.scalars(select(Document).order_by(Document.received_at.desc()).limit(1)).one()


def gone(home: Home, document_id: str) -> bool:
    with home.house.database.reading() as session:
        row = session.get_one(Document, document_id)
    return row.destroyed_at is not None and row.withdrawn == "divided" and home.house.vault.absent(document_id)


@pytest.mark.timeout(180)
def test_thirty_sheets_through_the_watched_folder(home: Home, tools: Tools) -> None:
    """Eight documents behind eight sheets, and one before the first; sheets any way round, faded, askew."""
    folders = [home.folder() for _ in range(3)]
    orders = [
        SheetOrder(folder_id=folders[0]), SheetOrder(folder_id=folders[1], document_type="letter"), SheetOrder(),
        SheetOrder(folder_id=folders[2]), SheetOrder(folder_id=folders[0]), SheetOrder(document_type="complaint"),
        SheetOrder(folder_id=folders[1]), SheetOrder(),
    ]  # fmt: skip
    lengths = [1, 3, 2, 4, 1, 2, 3, 2, 3]
    stack: list[Image.Image] = []
    for number, length in enumerate(lengths):
        if number:
            stack.append(stacks.scanned(stacks.sheet(home, orders[number - 1]), number))
        stack += [stacks.paper(number, page + 1) for page in range(length)]
    stack.append(stacks.blank())
    assert len(stack) == 30
    body = stacks.pdf(stack)
    watched = Path(home.env["ANJUAN_WATCH"]) / "clerk" / "stack.pdf"
    watched.write_bytes(body)
    os.utime(watched, (time.time() - 10, time.time() - 10))
    assert watch_once(home.house) == 1
    document = only(home)
    work(tools, document)
    work(tools, document, Kind.WITHDRAW_DOCUMENT)
    found = parts(home, document.id)
    lengths[-1] += 1
    assert [len(pages_of(home, part)) for part in found] == lengths
    with home.house.database.reading() as session:
        customers = {each.id: each.customer_id for each in session.scalars(select(Folder)).unique()}
    for part, order in zip(found[1:], orders, strict=True):
        assert (part.folder_id, part.customer_id) == (order.folder_id, customers.get(order.folder_id or ""))
        assert order.document_type in {None, part.document_type}
    assert sum(len(pages_of(home, part)) for part in found) + len(orders) == 30
    images = stacks.stored_images(body)
    assert [stacks.stored_images(original(home, part)) for part in found] == [
        [images[page - 1] for page in pages_of(home, part)] for part in found
    ]
    for number in (0, 1, 8):
        work(tools, found[number])
        pages = texts(home, found[number])
        assert all(f"编号第{number}号文件" in text.replace(" ", "") for text in pages if text != "blank"), pages
    assert pages[-1] == "blank"
    assert gone(home, document.id)
    assert not watched.exists()


def test_a_tiff_is_split_without_touching_its_frames(home: Home, tools: Tools) -> None:
    stack = [stacks.sheet(home, SheetOrder(folder_id=home.folder())), stacks.paper(1), stacks.paper(1, 2)]
    stack += [stacks.sheet(home, SheetOrder()).rotate(180), stacks.paper(2)]
    for compression in ("jpeg", "group4", "tiff_lzw"):
        drawn = [page.convert("1") for page in stack] if compression == "group4" else stack
        body = drawing.as_tiff(drawn, stacks.DPI, compression)
        document = home.put(body, name=f"{compression}.tif")
        work(tools, document)
        found = parts(home, document.id)
        assert [pages_of(home, part) for part in found] == [[2, 3], [5]], compression
        for part in found:
            copied, whole = Image.open(io.BytesIO(original(home, part))), Image.open(io.BytesIO(body))
            assert copied.n_frames == len(pages_of(home, part))
            for frame, page in enumerate(pages_of(home, part)):
                copied.seek(frame)
                whole.seek(page - 1)
                assert copied.tobytes() == whole.tobytes()
                assert copied.info["dpi"] == whole.info["dpi"]


def test_sheets_that_are_not_ours_are_ignored_and_said(
    home: Home, tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with embedded(tmp_path_factory.mktemp("another")) as other:
        foreign = stacks.sheet(other, SheetOrder())
    mine = token(home.house.vault, "0" * 8 + "-0000-4000-8000-" + "0" * 12)
    forged = _code(mine[:-6] + ("AAAAAA" if mine[-6:] != "AAAAAA" else "BBBBBB"))
    unknown, plain = _code(mine), _code("HTTPS://EXAMPLE.ORG/1")
    document = home.put(stacks.pdf([stacks.paper(1), foreign, forged, plain, stacks.paper(2)]), name="mixed.pdf")
    work(tools, document)
    assert parts(home, document.id) == []
    with home.house.database.reading() as session:
        row = session.get_one(Document, document.id)
        said = {page.number: [each["code"] for each in page.findings] for page in row.pages}
        assert row.page_count == 5
    assert {"separator_foreign", "separator_forged"} <= set(row.review)
    assert "separator_foreign" in said[2]
    assert "separator_forged" in said[3]
    assert not [code for code in said[4] if code.startswith("separator")]
    document = home.put(stacks.pdf([stacks.paper(1), unknown, stacks.paper(2)]), name="unknown.pdf")
    work(tools, document)
    _, behind = parts(home, document.id)
    work(tools, behind)
    _, behind = parts(home, document.id)
    assert "separator_unknown" in behind.review


def _code(said: str) -> Image.Image:
    picture = pymupdf.open(stream=write_form(Form("", (Symbol(said, 0.6),))))[0].get_pixmap(dpi=stacks.DPI)
    return Image.frombytes("RGB", (picture.width, picture.height), picture.samples).convert("L")


def test_a_closed_folder_leaves_the_choice_to_a_person(home: Home, tools: Tools) -> None:
    folder = home.folder()
    sheet = stacks.sheet(home, SheetOrder(folder_id=folder))
    with home.house.database.transaction() as session:
        customer = close_folder(session, home.officer, folder, date(2031, 1, 1)).customer_id
    document = home.put(stacks.pdf([sheet, stacks.paper(1)]), name="late.pdf")
    work(tools, document)
    work(tools, parts(home, document.id)[0])
    [part] = parts(home, document.id)
    assert (part.customer_id, part.folder_id, part.state) == (customer, None, "review")
    assert "separator_no_place" in part.review


def test_a_held_stack_and_one_of_sheets_alone_stay_whole(home: Home, tools: Tools) -> None:
    sheet = stacks.sheet(home, SheetOrder())
    document = home.put(stacks.pdf([sheet, stacks.paper(1)]), name="held.pdf")
    with home.house.database.transaction() as session:
        order = HoldOrder("lawsuit", "letter 7", [Subject(SubjectKind.DOCUMENT, document.id)])
        place_hold(session, home.officer, readable_scope(session, home.officer), order)
    sheets = home.put(stacks.pdf([sheet, sheet]), name="sheets.pdf")
    for each, code in ((document, "separator_held"), (sheets, "separator_only")):
        work(tools, each)
        with home.house.database.reading() as session:
            row = session.get_one(Document, each.id)
        assert (row.page_count, row.destroying, code in row.review) == (2, False, True)
        assert parts(home, each.id) == []


def test_a_stack_in_another_order_is_spoken_of_and_split_as_it_stands_now(home: Home, tools: Tools) -> None:
    officers = home.officer, home.person("officer2", Role.OFFICER, clearance=Confidentiality.SECRET)
    document = home.put(
        stacks.pdf([stacks.paper(1), stacks.sheet(home, SheetOrder()), stacks.paper(2), stacks.paper(3)]), name="b.pdf"
    )
    with home.house.database.transaction() as session:
        order = HoldOrder("lawsuit", "letter 7", [Subject(SubjectKind.DOCUMENT, document.id)])
        hold = place_hold(session, home.officer, readable_scope(session, home.officer), order)
        stands = [Leaf(3), Leaf(1), Leaf(4, 180), Leaf(2)]
        add_arrangement(session, document.id, [stands[3], *stands[:3]], home.clerk.id)
    work(tools, document)
    with home.house.database.transaction() as session:
        row = session.get_one(Document, document.id)
        said = {page.number: [each["code"] for each in page.findings] for page in row.pages}
        assert [number for number, codes in said.items() if "separator_held" in codes] == [1]
        for officer in officers:
            lift_hold(session, officer, readable_scope(session, officer), hold.id, "settled")
        add_arrangement(session, document.id, [stands[0], stands[3], *stands[1:3]], home.clerk.id)
        read_again(session, row)
    work(tools, document)
    before, behind = parts(home, document.id)
    assert (pages_of(home, before), pages_of(home, behind)) == ([3], [1, 4])
    with home.house.database.reading() as session:
        assert [leaf.turn for leaf in leaves_of(session, behind.id)] == [None, 180]


@contextmanager
def dying(home: Home, at: int, *, late: bool) -> Iterator[list[str]]:
    """The process dies at the step `at`: a commit, or something put."""
    seen: list[str] = []
    site, transaction = home.house.site, home.house.database.transaction

    def step(name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the step gives
        seen.append(name)
        if len(seen) == at and not late:
            raise Crash
        done = call()
        if len(seen) == at:
            raise Crash
        return done

    class Site:
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the site has it
            found = getattr(site, name)
            return (lambda *a, **k: step(name, lambda: found(*a, **k))) if name == "put" else found

    @contextmanager
    def counted() -> Iterator[Any]:
        manager = transaction()
        session = manager.__enter__()
        try:
            yield session
        except BaseException as error:
            manager.__exit__(type(error), error, error.__traceback__)
            raise
        if len(seen) + 1 == at and not late:
            manager.__exit__(Crash, Crash(), None)
        step("commit", lambda: manager.__exit__(None, None, None))

    home.house.__dict__["site"] = Site()
    home.house.database.transaction = counted  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        home.house.__dict__["site"] = site
        del home.house.database.transaction


def begun(home: Home, tools: Tools, job_id: str, at: int, *, late: bool) -> list[str]:
    """One run of the reading job, which may die; as a worker takes it after the lease of a dead one ran out."""
    with home.house.database.transaction() as session:
        job = session.get_one(Job, job_id)
        job.state, job.attempt = "ready", 0
        held = claim(session, job_id, "test")
    assert held is not None
    with dying(home, at, late=late) as seen:
        read_document(tools, held)
    return seen


@pytest.mark.timeout(120)
def test_killed_at_any_step_nothing_is_lost_and_nothing_is_there_twice(home: Home, tools: Tools) -> None:
    """F13, F15: a dead run leaves open intents alone; the next one makes every part once."""
    sheet = stacks.sheet(home, SheetOrder(folder_id=home.folder()))
    body = stacks.pdf([sheet, stacks.paper(1), sheet, stacks.paper(2), stacks.paper(2, 2)])
    steps = 99
    for late in (False, True):
        for at in range(1, 99):
            if at > steps:
                break
            document = home.put(body, name="stack.pdf")
            with home.house.database.reading() as session:
                job_id = session.scalars(select(Job.id).where(Job.subject == document.id)).one()
            try:
                steps = len(begun(home, tools, job_id, at, late=late))
            except Crash:
                if not parts(home, document.id):
                    begun(home, tools, job_id, 0, late=late)
            found = parts(home, document.id)
            assert [pages_of(home, part) for part in found] == [[2], [4, 5]], (at, late)
            with home.house.database.reading() as session:
                row = session.get_one(Document, document.id)
                wants = select(func.count()).select_from(Job).where(Job.subject == document.id)
                erasing = session.scalar(wants.where(Job.kind == Kind.WITHDRAW_DOCUMENT.value))
            assert (row.withdrawn, row.destroying, erasing) == ("divided", True, 1)
    left = reconcile(home.house, at=now() + INTENT_LIFE * 2)
    assert left.orphans > 0
    with home.house.database.reading() as session:
        assert not session.scalar(select(func.count()).select_from(Intent).where(Intent.state == "open"))


def test_the_code_says_nothing_of_whose_it_is(home: Home) -> None:
    first, second = (token(home.house.vault, "0" * 8 + f"-0000-4000-8000-{n:012d}") for n in (1, 2))
    assert first.startswith(PREFIX)
    assert first != second
    assert len(first) == len(second) == len(PREFIX) + 52
