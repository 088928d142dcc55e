"""The one predicate of reading: as SQL and as Python it says the same, and nothing means nothing (P01)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from archive.access import Actor, ReadableScope, mint
from archive.base import new_id, now
from archive.documents import Document
from archive.errors import Gone, NotFound
from archive.folders import Folder
from archive.grants import Grant, give_grant, revoke_grant
from archive.people import Department
from archive.readable import (
    any_document,
    may_read,
    readable,
    readable_folder,
    readable_scope,
    sees_unmasked,
    the_document,
    the_folder,
)
from archive.rights import Confidentiality, Role
from tests.houses import Home

ROOT = Path(__file__).parents[3]
TWO_PEOPLE = ("clerk", "stranger")


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, list[Document], dict[str, str]]]:
    """Documents of every department, level, uploader and folder, filed or not."""
    from tests.houses import embedded  # noqa: PLC0415 - the fixture's own, for a whole module

    with embedded(tmp_path_factory.mktemp("matrix")) as home:
        people = {name: home.person(name, Role.SCANNER) for name in TWO_PEOPLE}
        folders = [home.folder(), home.folder(department="credit")]
        with home.house.database.transaction() as session:
            homes = {row.name: row.id for row in session.scalars(select(Department))}
            for department, level, uploader, folder, filed in product(
                ("sales", "credit"), range(4), TWO_PEOPLE, (*folders, None), (True, False)
            ):
                if filed and folder is None:
                    continue
                session.add(
                    Document(
                        id=new_id(), state="filed" if filed else "review", folder_id=folder,
                        department_id=homes[department], confidentiality=level, uploader_id=people[uploader].id,
                        received_at=now(), filed_at=now() if filed else None, sha256="0" * 64, size=1,
                        media_type="image/png", review=[], restricted=level == 1 and uploader == "clerk",
                    )
                )  # fmt: skip
        with home.house.database.reading() as session:
            rows = list(session.scalars(select(Document)).unique())
        names = {**homes, **{name: actor.id for name, actor in people.items()}}
        yield home, rows, {**names, "folder-0": folders[0], "folder-1": folders[1]}


def scoped(**more: Any) -> ReadableScope:  # noqa: ANN401 - what mint takes
    nothing: dict[str, Any] = {
        "person_id": "nobody", "everywhere": False, "departments": frozenset(), "clearance": Confidentiality.SECRET,
        "folders": frozenset(), "documents": frozenset(), "own_unfiled": False, "unmasked_everywhere": False,
        "unmasked_folders": frozenset(), "unmasked_documents": frozenset(), "storage": False,
    }  # fmt: skip
    return mint(**(nothing | more))


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_rows_and_words_agree_about_every_document(
    matrix: tuple[Home, list[Document], dict[str, str]], data: st.DataObject
) -> None:
    home, rows, names = matrix
    subset = lambda of: st.frozensets(st.sampled_from(of))  # noqa: E731 - one line of the next
    scope = scoped(
        person_id=data.draw(st.sampled_from([names["clerk"], names["stranger"], "nobody"])),
        everywhere=data.draw(st.booleans()),
        departments=data.draw(subset([names["sales"], names["credit"]])),
        clearance=data.draw(st.sampled_from(Confidentiality)),
        folders=data.draw(subset([names["folder-0"], names["folder-1"]])),
        documents=data.draw(subset([row.id for row in rows])),
        own_unfiled=data.draw(st.booleans()),
        storage=data.draw(st.booleans()),
    )
    with home.house.database.reading() as session:
        found = set(session.scalars(select(Document.id).where(readable(scope))))
    assert found == {row.id for row in rows if may_read(scope, row)}


def test_a_scope_of_nothing_finds_nothing(matrix: tuple[Home, list[Document], dict[str, str]]) -> None:
    home, rows, _ = matrix
    empty = scoped()
    with home.house.database.reading() as session:
        assert session.scalars(select(Document.id).where(readable(empty))).all() == []
        assert session.scalars(select(Folder.id).where(readable_folder(empty))).all() == []
    assert not any(may_read(empty, row) or sees_unmasked(empty, row) for row in rows)


def test_nobody_else_makes_a_scope() -> None:
    with pytest.raises(TypeError):
        ReadableScope(*(None,) * 12)  # type: ignore[arg-type]
    users = set()
    for path in (
        path
        for room in ("archive", "indexes", "retention", "service", "workers")
        for path in (ROOT / room).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name in {"mint", "_MINT", "_mint"} or (name == "ReadableScope" and is_called(path, node)):
                users.add(str(path.relative_to(ROOT)))
    assert users == {"archive/access.py", "archive/readable.py"}


def is_called(path: Path, name: ast.AST) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any((call.lineno, call.col_offset) == (name.lineno, name.col_offset) for call in calls)  # type: ignore[attr-defined]


def scope_of(home: Home, actor: Actor) -> ReadableScope:
    with home.house.database.reading() as session:
        return readable_scope(session, actor)


def seen(home: Home, actor: Actor, document_id: str) -> bool:
    with home.house.database.reading() as session:
        try:
            the_document(session, readable_scope(session, actor), document_id)
        except NotFound:
            return False
    return True


@pytest.mark.parametrize("role", [Role.BACKUP, Role.AUDITOR, Role.SECURITY, Role.ADMIN])
def test_who_keeps_the_machine_reads_no_papers(home: Home, role: Role) -> None:
    document = home.put(b"\x89PNG\r\n\x1a\n1")
    keeper = home.person("keeper", role, clearance=Confidentiality.SECRET)
    assert not seen(home, keeper, document.id)
    with home.house.database.reading() as session:
        assert session.scalars(select(Document.id).where(readable(scope_of(home, keeper)))).all() == []


def grant(home: Home, to: Actor, *, days: int = 1, unmasked: bool = False, **what: str) -> str:
    security = home.person("security", Role.SECURITY)
    with home.house.database.transaction() as session:
        return give_grant(
            session, security, person_id=to.id, folder_id=what.get("folder_id"), document_id=what.get("document_id"),
            unmasked=unmasked, purpose="audit of 2026", ends_at=now() + timedelta(days=days),
        ).id  # fmt: skip


def test_a_grant_opens_one_document_until_it_is_revoked_or_over(both: Home) -> None:
    document, other = both.put(b"\x89PNG\r\n\x1a\n1"), both.put(b"\x89PNG\r\n\x1a\n2")
    reader = both.person("reader", Role.SEARCHER, department="credit")
    assert not seen(both, reader, document.id)
    given_one = grant(both, reader, document_id=document.id)
    assert seen(both, reader, document.id)
    assert not seen(both, reader, other.id)
    with both.house.database.transaction() as session:
        revoke_grant(session, both.person("security", Role.SECURITY), given_one)
    assert not seen(both, reader, document.id)
    grant(both, reader, document_id=document.id)
    with both.house.database.transaction() as session:
        session.execute(update(Grant).values(ends_at=now() - timedelta(seconds=1)))
    assert not seen(both, reader, document.id)


def test_a_grant_never_lifts_a_clearance(home: Home) -> None:
    folder = home.folder(level=Confidentiality.CONFIDENTIAL)
    document = home.put(b"\x89PNG\r\n\x1a\n1", folder_id=folder)
    low = home.person("low", Role.SEARCHER, department="credit", clearance=Confidentiality.INTERNAL)
    grant(home, low, folder_id=folder)
    grant(home, low, document_id=document.id)
    assert not seen(home, low, document.id)


def test_a_grant_shows_identity_numbers_only_when_it_says_so(home: Home) -> None:
    folder = home.folder()
    document = home.put(b"\x89PNG\r\n\x1a\n1", folder_id=folder)
    reader = home.person("reader", Role.SEARCHER, department="credit")
    grant(home, reader, folder_id=folder)
    assert not sees_unmasked(scope_of(home, reader), document)
    grant(home, reader, folder_id=folder, unmasked=True)
    assert sees_unmasked(scope_of(home, reader), document)


def test_a_person_of_the_same_name_made_anew_has_no_grant(home: Home) -> None:
    document = home.put(b"\x89PNG\r\n\x1a\n1")
    reader = home.person("reader", Role.SEARCHER, department="credit")
    grant(home, reader, document_id=document.id)
    home.people.pop("reader")
    with home.house.database.transaction() as session:
        session.execute(update(type_of_person()).where(type_of_person().name == "reader").values(name="reader (left)"))
    assert not seen(home, home.person("reader", Role.SEARCHER, department="credit"), document.id)


def type_of_person() -> Any:  # noqa: ANN401 - a mapped class
    from archive.people import Person  # noqa: PLC0415 - used by one test

    return Person


def test_a_paper_is_its_scanners_own_until_it_was_filed_and_never_again(home: Home) -> None:
    document = home.put(b"\x89PNG\r\n\x1a\n1", folder_id=home.folder())
    low = home.person("low", Role.SCANNER, department="credit", clearance=Confidentiality.PUBLIC)
    with home.house.database.transaction() as session:
        session.execute(update(Document).values(uploader_id=low.id))
    assert seen(home, low, document.id)
    with home.house.database.transaction() as session:
        session.execute(update(Document).values(state="filed", filed_at=now()))
    assert not seen(home, low, document.id)
    with home.house.database.transaction() as session:
        session.execute(update(Document).values(state="reading"))
    assert not seen(home, low, document.id)


def test_destroyed_answers_differently_to_whom_could_read_it_alone(home: Home) -> None:
    document = home.put(b"\x89PNG\r\n\x1a\n1")
    stranger = home.person("stranger", Role.SEARCHER, department="credit")
    with home.house.database.transaction() as session:
        session.execute(update(Document).values(destroyed_at=now(), certificate_no="XH-2026-0001"))
    with home.house.database.reading() as session:
        with pytest.raises(Gone) as gone:
            the_document(session, readable_scope(session, home.officer), document.id)
        assert gone.value.extra == {"certificate_no": "XH-2026-0001"}
        assert any_document(session, readable_scope(session, home.officer), document.id).id == document.id
        for asked in (document.id, new_id()):
            with pytest.raises(NotFound) as absent:
                the_document(session, readable_scope(session, stranger), asked)
            assert (absent.value.detail, absent.value.extra) == (NotFound().detail, {})


def test_a_folder_out_of_sight_is_not_there(home: Home) -> None:
    folder = home.folder(department="credit")
    with home.house.database.reading() as session, pytest.raises(NotFound):
        the_folder(session, readable_scope(session, home.clerk), folder)
