"""Two people at once on PostgreSQL: a statement sees what others committed before it, and locks decide the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.customers import CustomerKind, create_customer, rename_customer
from archive.documents import Document
from archive.errors import Conflict
from archive.folders import Folder, close_folder
from archive.people import PersonRole, set_authority
from archive.rights import Confidentiality, Role, clashing
from tests.houses import Home, png
from tests.integration.api.served import served

A_MOMENT = 0.6
PATIENCE = 20


@dataclass
class Later:
    """What the second of two people did, while the first had not committed yet."""

    problems: list[Exception] = field(default_factory=list)

    def do(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever comes is what the test looks at
            self.problems.append(error)


def meanwhile(home: Home, first: Callable[[Session], object], second: Callable[[], object]) -> list[Exception]:
    """Run `second` in a thread while `first` has acted and not committed; what the second met."""
    later = Later()
    thread = threading.Thread(target=later.do, args=(second,))
    with home.house.database.transaction() as session:
        first(session)
        session.flush()
        thread.start()
        thread.join(A_MOMENT)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    return later.problems


def in_transaction(home: Home, act: Callable[[Session], object]) -> Callable[[], object]:
    def done() -> None:
        with home.house.database.transaction() as session:
            act(session)

    return done


def test_two_security_officers_at_once_do_not_join_what_excludes_each_other(postgres: Home) -> None:
    one, two = postgres.person("one", Role.SECURITY), postgres.person("two", Role.SECURITY)
    person = postgres.person("newcomer")
    give = {Role.AUDITOR: one, Role.OFFICER: two}

    def given(role: Role) -> Callable[[Session], object]:
        return lambda session: set_authority(
            session, give[role], person.id, roles=[role], clearance=Confidentiality.INTERNAL
        )

    problems = meanwhile(postgres, given(Role.AUDITOR), in_transaction(postgres, given(Role.OFFICER)))
    with postgres.house.database.reading() as session:
        held = {Role(row) for row in session.scalars(select(PersonRole.role).where(PersonRole.person_id == person.id))}
    assert not clashing(held), (held, problems)


def test_no_paper_comes_into_a_folder_that_was_closed_meanwhile(postgres: Home) -> None:
    folder_id = postgres.folder()
    assert postgres.clerk
    problems = meanwhile(
        postgres,
        lambda session: close_folder(session, postgres.officer, folder_id, date(2026, 1, 31)),
        lambda: postgres.put(png(1), folder_id=folder_id),
    )
    with postgres.house.database.reading() as session:
        assert session.scalars(select(Document.id).where(Document.folder_id == folder_id)).all() == []
    assert [type(problem) for problem in problems] == [Conflict]


def test_a_folder_is_closed_once_and_on_one_day(postgres: Home) -> None:
    folder_id = postgres.folder()

    def late(session: Session) -> None:
        session.get_one(Folder, folder_id)  # as a route does that asks first whether it may be seen
        close_folder(session, postgres.officer, folder_id, date(2026, 3, 31))

    problems = meanwhile(
        postgres,
        lambda session: close_folder(session, postgres.officer, folder_id, date(2026, 1, 31)),
        in_transaction(postgres, late),
    )
    assert [type(problem) for problem in problems] == [Conflict]
    with postgres.house.database.reading() as session:
        assert session.get_one(Folder, folder_id).closed_on == date(2026, 1, 31)


def test_of_two_changes_of_a_customer_from_one_state_one_is_refused(postgres: Home) -> None:
    with postgres.house.database.transaction() as session:
        made = create_customer(
            session, postgres.officer, postgres.house.vault, kind=CustomerKind.COMPANY, name="First Name"
        )
    with served(postgres) as service:
        keeper = service.person("keeper", Role.OFFICER)
        path = f"/customers/{made.id}"
        tag = service.ask(keeper, "GET", path).headers["etag"]
        answers: list[int] = []

        def patch() -> None:
            headers = {"If-Match": tag}
            answers.append(service.ask(keeper, "PATCH", path, json={"name": "Third"}, headers=headers).status_code)

        meanwhile(postgres, lambda session: rename_customer(session, postgres.officer, made.id, "Second"), patch)
        assert answers == [412]
        assert service.ask(keeper, "GET", path).json()["name"] == "Second"


@pytest.mark.parametrize("length", [65, 5000])
def test_an_address_that_is_no_identifier_is_absent_and_no_fault(postgres: Home, length: int) -> None:
    with served(postgres) as service:
        searcher = service.person("searcher", Role.SEARCHER)
        headers = {"Authorization": f"Bearer {service.tokens[searcher]}"}
        assert service.client.get(f"/documents/{'a' * length}", headers=headers).status_code == 404


def test_a_nul_in_a_form_is_refused_and_no_fault(postgres: Home) -> None:
    with served(postgres) as service:
        clerk = service.person("scanner", Role.SCANNER)
        headers = {"Authorization": f"Bearer {service.tokens[clerk]}"}
        answer = service.client.post("/batches", data={"title": "a\0b"}, headers=headers)
        assert answer.status_code == 422, answer.text
