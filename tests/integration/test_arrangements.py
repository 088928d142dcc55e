"""Pages turned, moved, and split by a person: everywhere alike, over untouched bytes, and back again."""

from __future__ import annotations

from collections.abc import Iterator

import pymupdf
import pytest

from archive.documents import Document, Field, page_text, seal_field
from archive.errors import Conflict, Invalid
from archive.jobs import Kind
from archive.readable import readable_scope
from indexes.sync import index_now
from retention.arranging import Turned, arrange, join, split, undo
from retention.classes import propose_seed
from tests import drawing, stacks
from tests.houses import Home, home_of
from tests.integration.test_stacks import original, pages_of, parts, texts, work
from workers.tools import Tools


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_of({"DATA": str(tmp_path_factory.mktemp("arranged"))}) as made:
        with made.house.database.transaction() as session:
            propose_seed(session)
        yield made


@pytest.fixture(scope="module")
def tools(home: Home) -> Iterator[Tools]:
    made = Tools(home.house)
    yield made
    made.sandbox.close()
    made.index.close()


def arranged(home: Home, doc: str, *places: Turned) -> None:
    with home.house.database.transaction() as session:
        arrange(session, home.clerk, readable_scope(session, home.clerk), doc, places)


def shown(home: Home, document: Document) -> list[str]:
    return [text.replace(" ", "").split("\n")[2] for text in texts(home, document)]


def test_order_and_turns_are_followed_everywhere_and_undone(home: Home, tools: Tools) -> None:
    body = stacks.pdf([stacks.paper(7, page) for page in (1, 2, 3)])
    document = home.put(body, name="three.pdf")
    work(tools, document)
    key = home.house.vault.key(document.id)
    with home.house.database.transaction() as session:
        sealed = seal_field(key, "contract_no", {"value": "7", "box": [1, 1, 9, 9]})
        session.add(
            Field(document_id=document.id, name="contract_no", confidence=1.0, page=3, corrected=True, sealed=sealed)
        )
    assert shown(home, document) == ["此处为第1页", "此处为第2页", "此处为第3页"]
    arranged(home, document.id, Turned(3), Turned(1, 180), Turned(2, 90))
    with pytest.raises(Conflict):
        arranged(home, document.id, Turned(1), Turned(2), Turned(3))  # it is not read yet
    work(tools, document)
    assert shown(home, document) == ["此处为第3页", "此处为第1页", "此处为第2页"]
    with home.house.database.reading() as session:
        row = session.get_one(Document, document.id)
        sizes = [(page.width < page.height, page.turn) for page in row.pages]
        found = {field.name: field.page for field in row.fields if field.corrected}
        searchable = next(file for file in row.files if file.role == "searchable_pdf")
        turned = row.pages[1]
        assert page_text(key, turned)
    assert sizes == [(True, 0), (True, 0), (False, 0)], "turned as the person said, not as the machine would"
    assert found == {"contract_no": 1}
    assert searchable.reading == row.reading
    assert original(home, document) == body
    with home.house.database.transaction() as session:
        assert index_now(session, tools.index, home.house.vault, document.id).found
    with home.house.database.transaction() as session:
        undo(session, home.clerk, readable_scope(session, home.clerk), document.id)
    work(tools, document)
    assert shown(home, document) == ["此处为第1页", "此处为第2页", "此处为第3页"]
    with home.house.database.reading() as session:
        row = session.get_one(Document, document.id)
        assert {field.name: field.page for field in row.fields if field.corrected} == {"contract_no": 3}
    with pytest.raises(Conflict), home.house.database.transaction() as session:
        undo(session, home.clerk, readable_scope(session, home.clerk), document.id)


@pytest.mark.parametrize(
    "places", [(), (Turned(1),), (Turned(1), Turned(1)), (Turned(1), Turned(3)), (Turned(2), Turned(1, 45))]
)
def test_no_page_is_left_out_doubled_or_tilted(home: Home, tools: Tools, places: tuple[Turned, ...]) -> None:
    document = home.put(stacks.pdf([stacks.blank(), stacks.blank()]), name="two.pdf")
    work(tools, document)
    with pytest.raises(Invalid):
        arranged(home, document.id, *places)


def test_a_split_gives_each_part_its_pages_and_turns_and_withdraws_the_whole(home: Home, tools: Tools) -> None:
    body = stacks.pdf([stacks.paper(5, page) for page in (1, 2, 3, 4)])
    document = home.put(body, name="four.pdf")
    work(tools, document)
    arranged(home, document.id, Turned(4), Turned(1), Turned(2, 90), Turned(3))
    work(tools, document)
    with home.house.database.transaction() as session:
        scope = readable_scope(session, home.clerk)
        for wrong in ([], [1], [5], [2, 2]):
            with pytest.raises(Invalid):
                split(session, home.clerk, scope, document.id, wrong)
        split(session, home.clerk, scope, document.id, [2])
    work(tools, document, Kind.SPLIT_DOCUMENT)
    first, second = parts(home, document.id)
    assert (pages_of(home, first), pages_of(home, second)) == ([4], [1, 2, 3])
    images = stacks.stored_images(body)
    assert stacks.stored_images(original(home, second)) == images[:3]
    assert stacks.stored_images(original(home, first)) == images[3:]
    work(tools, second)
    [_, second] = parts(home, document.id)
    assert [page.width < page.height for page in second.pages] == [True, False, True]
    with home.house.database.reading() as session:
        row = session.get_one(Document, document.id)
    assert (row.withdrawn, row.destroying) == ("divided", True)
    work(tools, document, Kind.WITHDRAW_DOCUMENT)
    assert home.house.vault.absent(document.id)
    assert pymupdf.open(stream=original(home, second)).page_count == 3


def test_documents_are_joined_without_loss_and_split_again(home: Home, tools: Tools) -> None:
    bodies = [stacks.pdf([stacks.paper(8, 1), stacks.paper(8, 2)]), stacks.pdf([stacks.paper(8, 3)])]
    first, second = (home.put(body, name=f"half {n}.pdf") for n, body in enumerate(bodies))
    picture = home.put(drawing.coded(stacks.blank(), "JPEG", stacks.DPI), name="picture.jpg")
    for each in (first, second, picture):
        work(tools, each)
    with home.house.database.transaction() as session:
        scope = readable_scope(session, home.clerk)
        for wrong, refusal in (([first.id], Invalid), ([first.id] * 2, Invalid), ([first.id, picture.id], Conflict)):
            with pytest.raises(refusal):
                join(session, home.clerk, scope, wrong)
        join(session, home.clerk, scope, [second.id, first.id])
    work(tools, second, Kind.MERGE_DOCUMENTS)
    [whole] = parts(home, first.id)
    images = [stacks.stored_images(body) for body in bodies]
    assert stacks.stored_images(original(home, whole)) == images[1] + images[0]
    work(tools, whole)
    assert shown(home, whole) == ["此处为第3页", "此处为第1页", "此处为第2页"]
    with home.house.database.reading() as session:
        assert [session.get_one(Document, each.id).withdrawn for each in (first, second)] == ["merged"] * 2
    with home.house.database.transaction() as session:
        split(session, home.clerk, readable_scope(session, home.clerk), whole.id, [2])
    work(tools, whole, Kind.SPLIT_DOCUMENT)
    assert [stacks.stored_images(original(home, part)) for part in parts(home, whole.id)] == images[::-1]
