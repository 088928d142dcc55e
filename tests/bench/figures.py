"""What a bench measured, beside what, and whether it is within its bound; as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `beside` says what it is a ratio against, `floor` or `ceiling` what is asked of it."""

    part: str
    what: str
    value: float
    unit: str
    beside: str = ""
    floor: float | None = None
    ceiling: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value is within its bound; one without a bound always is."""
        above = self.floor is None or self.value >= self.floor
        return above and (self.ceiling is None or self.value <= self.ceiling)

    @property
    def asked(self) -> str:
        """The bound as people write it."""
        if self.floor is not None:
            return f"≥ {self.floor:g}"
        return f"≤ {self.ceiling:g}" if self.ceiling is not None else ""

    @property
    def verdict(self) -> str:
        """Yes or no where something is asked."""
        return ("yes" if self.holds else "NO") if self.asked else ""


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table."""
    rows = ["| part | what | value | beside | asked | holds |", "| --- | --- | ---: | --- | --- | --- |"]
    rows += [
        f"| {f.part} | {f.what} | {f.value:,.2f} {f.unit} | {f.beside} | {f.asked} | {f.verdict} |" for f in figures
    ]
    return "\n".join(rows)


def as_plain(figures: Iterable[Figure]) -> list[dict[str, object]]:
    """For JSON."""
    return [asdict(figure) | {"holds": figure.holds} for figure in figures]
