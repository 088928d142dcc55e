"""Where the next part of a list begins: opaque, and good for one person and one question only (S11)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass

from archive.access import Actor
from archive.errors import Refusal
from archive.house import House

_MAC = 32


class WrongCursor(Refusal):
    """A cursor that is forged, another person's, or another question's."""

    status = 400
    default_code = "cursor"


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads the cursors of one question of one person. `question` holds all that narrows the list."""

    house: House
    actor: Actor
    question: str

    def write(self, *place: str | int) -> str:
        """The cursor behind a place."""
        told = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(f"{self._mac(told)}{told}".encode()).decode().rstrip("=")

    def read(self, cursor: str) -> list[str | int]:
        """The place that a cursor names; nothing for the beginning. WrongCursor."""
        if not cursor:
            return []
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        except (binascii.Error, ValueError) as error:
            raise WrongCursor("This cursor is none of ours.") from error
        mac, told = text[:_MAC], text[_MAC:]
        if not hmac.compare_digest(mac.encode(), self._mac(told).encode()):
            raise WrongCursor("This cursor belongs to another person or another question.")
        place: list[str | int] = json.loads(told)
        return place

    def _mac(self, told: str) -> str:
        return self.house.vault.blind("cursor", f"{self.actor.id}\0{self.question}\0{told}")[:_MAC]
