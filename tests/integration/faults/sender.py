"""A process that takes files in and says after each what came of it: `python -m tests.integration.faults.sender N`.

Lines on standard output: `kept NUMBER ID` or `failed NUMBER ERROR`.
"""

from __future__ import annotations

import io
import os
import sys

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from archive.errors import Fault
from archive.house import open_house
from archive.intake import Order, take_in
from archive.people import Person, actor_for
from archive.settings import load_settings
from tests.houses import png


def main() -> None:
    house = open_house(load_settings())
    with house.database.reading() as session:
        person = session.scalars(select(Person).where(Person.name == "clerk")).one()
        clerk = actor_for(person, scopes=frozenset({"read", "write"}), fresh_until=None)
    for number in range(int(sys.argv[1])):
        order = Order("scan.png", idempotency_key=f"key-{number}")
        try:
            said = f"kept {number} {take_in(house, clerk, order, io.BytesIO(png(number, LENGTH)))[0].id}"
        except (Fault, OperationalError) as fault:
            said = f"failed {number} {type(fault).__name__}"
        os.write(1, f"{said}\n".encode())


LENGTH = 150_000

if __name__ == "__main__":
    main()
