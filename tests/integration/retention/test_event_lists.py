"""Lists of events: looked at first, recorded as a whole or not at all (records-rules R04)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive.errors import Invalid
from archive.folders import Folder
from retention.due import Status
from retention.event_lists import look_at, record_list
from tests.integration.retention.world import World, open_world

HEAD = "event,code,occurred_on,evidence\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("lists") / "data") as made:
        made.approved_class()
        yield made


def problems(world: World, text: str) -> list[str]:
    with world.as_("officer") as (session, officer, scope):
        return [line.problem for line in look_at(session, officer, scope, text, today=world.today)]


def recorded(world: World, text: str) -> int:
    with world.as_("officer") as (session, officer, scope):
        lines = look_at(session, officer, scope, text, today=world.today)
        return len(record_list(session, officer, scope, lines, today=world.today))


def papers(world: World) -> tuple[str, str, list[str]]:
    """A folder's code, its customer's number, two papers in it."""
    fold = world.folder()
    docs = [world.document(fold, renditions=0) for _ in range(2)]
    with world.house.database.reading() as session:
        row = session.get_one(Folder, fold)
        return row.code, row.customer.number, docs


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("gap", [",", "\t"])
def test_a_list_moves_every_paper_of_its_folders(world: World, mark: str, gap: str) -> None:
    code, _, docs = papers(world)
    text = mark + (HEAD + f'contract_performed,{code},2019-06-30,"note 17"\r\n\r\n').replace(",", gap)
    assert problems(world, text) == [""]
    assert [world.view(doc).status for doc in docs] == [Status.WAITING] * 2, "looking records nothing"
    assert recorded(world, text) == 1
    assert [world.view(doc).status for doc in docs] == [Status.DUE] * 2


@pytest.mark.parametrize("day", ["2019/6/30", "2019-6-3", "2019年6月30日", "20190630"])
def test_a_day_may_be_written_as_spreadsheets_write_it(world: World, day: str) -> None:
    code, _, _ = papers(world)
    assert problems(world, HEAD + f"contract_performed,{code},{day},note 17") == [""]


@pytest.mark.parametrize("day", ["2019/13/1", "2019-2-30", "1/6/2019", "19/6/30", ""])
def test_a_day_that_is_none_or_may_be_two_is_refused(world: World, day: str) -> None:
    code, _, _ = papers(world)
    assert problems(world, HEAD + f"contract_performed,{code},{day},note 17") == ["date"]


def test_each_line_says_what_is_wrong_with_it_and_then_none_is_recorded(world: World) -> None:
    code, number, docs = papers(world)
    tomorrow = (world.today + timedelta(days=1)).isoformat()
    lines = {
        f"contract_performed,{code},2019-06-30,note": "",
        f"contract_performed,{code},2019-06-30,again": "stands_twice",
        f"contract_performed,{number},2019-06-30,note": "",
        f"contract_perform,{code},2019-06-30,note": "event_unknown",
        "contract_performed,NO-SUCH-CODE,2019-06-30,note": "code_unknown",
        f"contract_performed,{code},2019-02-30,note": "date",
        f"contract_performed,{code},{tomorrow},note": "event_unusable",
        f"contract_performed,{code},2019-06-29,": "event_unusable",
        f"contract_performed,{code},2019-06-28,note,more": "columns",
        "contract_performed": "code_unknown",
    }
    text = HEAD + "\n".join(lines)
    assert problems(world, text)[:-1] == list(lines.values())[:-1]
    with pytest.raises(Invalid) as refusal:
        recorded(world, text)
    assert {"field": "line 3", "code": "stands_twice"} in refusal.value.extra["errors"]  # type: ignore[operator]
    assert [world.view(doc).status for doc in docs] == [Status.WAITING] * 2


@pytest.mark.parametrize("text", ["", HEAD, "code,event\nx,y\n", HEAD + '"open', "\0", HEAD + "a,b,c,d\n" * 10_001])
def test_what_is_no_list_is_refused_as_a_whole(world: World, text: str) -> None:
    with pytest.raises(Invalid):
        problems(world, text)
