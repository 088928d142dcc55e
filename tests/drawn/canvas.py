"""A sheet to print on, in points; what is printed is written down in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from PIL import Image, ImageDraw

from tests.drawn.fonts import Face, choose, sized

A4 = (595, 842)
A3 = (1190, 842)
Colour = tuple[int, int, int]
INK: Colour = (26, 26, 30)
RED: Colour = (205, 32, 36)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page as drawn or damaged: image (RGB), true lines in reading order, dots an inch, how it is to be judged."""

    image: Image.Image
    lines: tuple[str, ...]
    dpi: int
    turn: int = 0
    ordered: bool = True

    def with_image(self, image: Image.Image) -> Drawn:
        """The same page, looking otherwise."""
        return replace(self, image=image)


@dataclass(slots=True)
class Canvas:
    """Paper of a size in points. `printed` are its lines in the order of printing."""

    dice: Random
    size: tuple[int, int] = A4
    dpi: int = 200
    face: Face | None = None
    printed: list[str] = field(default_factory=list)
    image: Image.Image = field(init=False)
    pen: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        """White paper."""
        self.image = Image.new("RGB", (self.px(self.size[0]), self.px(self.size[1])), "white")
        self.pen = ImageDraw.Draw(self.image)

    def px(self, points: float) -> int:
        """Pixels of so many points."""
        return round(points / 72 * self.dpi)

    def width(self, text: str, size: float) -> float:
        """How wide the text is, in points."""
        return self.pen.textlength(text, font=sized(self._face(text), self.px(size))) / self.dpi * 72

    def put(self, text: str, x: float, y: float, size: float, *, colour: Colour = INK, face: Face | None = None) -> str:
        """Print with the upper left corner at x, y; nothing is written down."""
        font = sized(face or self._face(text), self.px(size))
        self.pen.text((self.px(x), self.px(y)), text, font=font, fill=colour)
        return text

    def line(self, text: str, x: float, y: float, size: float, *, colour: Colour = INK) -> None:
        """Print one line that stands for itself."""
        self.printed.append(self.put(text, x, y, size, colour=colour))

    def centred(self, text: str, y: float, size: float, *, left: float = 0, right: float = 0) -> None:
        """Print a line in the middle between two sides."""
        right = right or self.size[0]
        self.line(text, (left + right - self.width(text, size)) / 2, y, size)

    def column(self, texts: Iterable[str], x: float, y: float, size: float, leading: float) -> float:
        """Print lines one below the other. Returns where the next one would stand."""
        for text in texts:
            self.line(text, x, y, size)
            y += size * leading
        return y

    def row(self, cells: Sequence[tuple[str, float]], y: float, size: float) -> None:
        """Print cells on one height; they are one line to a reader."""
        self.printed.append("".join(self.put(text, x, y, size) for text, x in cells))

    def down(self, text: str, x: float, y: float, size: float) -> None:
        """Print a line that runs down."""
        for number, character in enumerate(text):
            self.put(character, x, y + number * size * 1.08, size)
        self.printed.append(text)

    def rule(self, x1: float, y1: float, x2: float, y2: float, weight: int = 1) -> None:
        """A ruled line."""
        ends = tuple(self.px(side) for side in (x1, y1, x2, y2))
        self.pen.line(ends, fill=INK, width=max(1, round(weight * self.dpi / 150)))

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A ruled rectangle."""
        for ends in (
            (x, y, x + width, y), (x, y + height, x + width, y + height),
            (x, y, x, y + height), (x + width, y, x + width, y + height),
        ):  # fmt: skip
            self.rule(*ends)

    def finished(self) -> Drawn:
        """The page."""
        return Drawn(self.image, tuple(self.printed), self.dpi)

    def _face(self, text: str) -> Face:
        if self.face is None:
            self.face = choose(self.dice, text)
        return self.face
