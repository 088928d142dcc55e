"""The register of customers as matching asks it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from archive.customers import Customer, IdentifierType, by_identifier, folded
from archive.vault import Vault
from workers.sheets import KnownCustomer


class CustomerRows:
    """Looks customers up in the rows; exact numbers through their keyed hash."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session, self._vault = session, vault

    def by_identifier(self, type_: str, value: str) -> Sequence[KnownCustomer]:
        """The customer who has exactly this number, if there is one."""
        found = by_identifier(self._session, self._vault, IdentifierType(type_), value)
        return _known([found] if found else [])

    @staticmethod
    def _living() -> Select[Customer]:
        """Customers that were not merged into another one."""
        return select(Customer).where(Customer.merged_into.is_(None))

    def by_name(self, name: str) -> Sequence[KnownCustomer]:
        """Customers of exactly this name, folded."""
        return _known(self._session.scalars(self._living().where(Customer.folded == folded(name))))

    def alike(self, name: str) -> Sequence[KnownCustomer]:
        """Customers whose folded name begins or ends with a half of this one."""
        here = folded(name)
        half = len(here) // 2
        if not half:
            return []
        shares = or_(
            Customer.folded.startswith(here[:half], autoescape=True),
            Customer.folded.endswith(here[-half:], autoescape=True),
        )
        return _known(self._session.scalars(self._living().where(shares).limit(200)))


def _known(rows: Iterable[Customer]) -> list[KnownCustomer]:
    return [
        KnownCustomer(row.id, row.name, row.kind, frozenset(number.type for number in row.identifiers)) for row in rows
    ]
