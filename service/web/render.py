"""Pages from templates: one environment, autoescaped, strict about names; one frame around every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from archive.access import Actor
from archive.rights import Right
from service.iiif import first_tile, service_of
from service.web import formats
from service.web.language import LANGUAGES, Language, known, say, table
from service.web.navigation import Line, lines

TEMPLATES: Final = Path(__file__).parent / "templates"
UPLOADS: Final = (
    "empty", "unsupported_type", "unsupported_ofd", "unsupported_heic", "too_large", "folder_closed",
    "out_of_space", "unavailable", "forbidden", "csrf", "internal", "invalid",
)  # fmt: skip
"""Refusals that a file in the queue may meet."""
SPOKEN: Final = ("tray.", "viewer.", *(f"refusal.{code}" for code in UPLOADS))
"""Words that scripts need, by section or whole; they travel with each page as data."""


@dataclass(frozen=True, slots=True)
class Told:
    """A line at the top of a page: what happened, and what to do. `kind` is good, warn or error."""

    kind: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page: who looks at it, in which language, where, when, and what waits for them."""

    language: Language
    path: str
    address: str
    at: datetime
    csrf: str = ""
    actor: Actor | None = None
    waiting: Mapping[str, int] = field(default_factory=dict)
    own_kind: Callable[[str], tuple[str, str]] | None = None
    """What people call a document type that the organisation added, in Chinese and English."""

    @property
    def places(self) -> list[Line]:
        """The left column; empty for nobody, and for who has to choose a password first."""
        return [] if self.actor is None or self.actor.given else lines(self.actor, self.path, self.waiting)

    @property
    def other_language(self) -> Language:
        """The language that is not shown."""
        return LANGUAGES[1 - LANGUAGES.index(self.language)]

    def may(self, *rights: str) -> bool:
        """Whether the person has one of the rights; nobody has any, nor has who must choose a password first."""
        return (
            self.actor is not None
            and not self.actor.given
            and any(Right(right) in self.actor.rights for right in rights)
        )

    def say(self, key: str, **values: object) -> str:
        """A sentence in the page's language."""
        return say(self.language, key, **values)

    def word(self, section: str, code: str) -> str:
        """The word for a code of ours (a state, a kind, an act); the code itself when it is newer than the pages."""
        key = f"{section}.{code.replace('.', '_').lower()}"
        if known(self.language, key):
            return say(self.language, key)
        return self.own_kind(code)[LANGUAGES.index(self.language)] if section == "kind" and self.own_kind else code

    @property
    def script_words(self) -> dict[str, str]:
        """What scripts say."""
        return {key: text for key, text in table(self.language).items() if key.startswith(SPOKEN)}


def leaves(document_id: str, pages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pages of a document as the viewer takes them: measures, and the image service; none for one of no size."""
    return [
        {
            "number": each["number"], "width": each["width"], "height": each["height"],
            "service": service_of(f"/iiif/{document_id}/{each['number']}", (each["width"], each["height"]))
            if each["width"] and each["height"] else None,
        }
        for each in pages
    ]  # fmt: skip


class Pages:
    """Renders templates for one organisation's time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            day=lambda value: formats.local_day(value, zone),
            instant=lambda value: formats.instant(value, zone),
            money=formats.money,
            number=formats.count,
            size=formats.size,
            grouped=formats.grouped,
            middle=formats.middle,
            percent=formats.percent,
            short_hash=formats.short_hash,
        )

        self._environment.globals.update(leaves=leaves, first_tile=first_tile)

    def html(self, frame: Frame, name: str, /, **context: object) -> str:
        """The page as text. UndefinedError for a name that nobody gave."""
        template = self._environment.get_template(name)
        return template.render(frame=frame, t=frame.say, word=frame.word, **context)

    def show(self, frame: Frame, name: str, /, status: int = 200, **context: object) -> HTMLResponse:
        """The page as an answer."""
        return HTMLResponse(self.html(frame, name, **context), status_code=status)
