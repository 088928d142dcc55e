"""Red seals over print, as companies and people press them: a ring with the name, or a square with a name of few."""

from __future__ import annotations

import re
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw

from tests.drawn.canvas import Canvas, Colour
from tests.drawn.fonts import Face, choose, sized

_ASIDE = re.compile(r"[（(][^（()）]*[章字][）)]")
_PIECES = re.compile(r"[一-鿿()（）·]+")
_DATE = re.compile(r"[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]+月[一二三四五六七八九十]+日")
_PERSON = re.compile(r"[：:]([一-鿿]{2,4})(?=\s|$)")
_USES = ("公章", "合同专用章", "业务专用章", "财务专用章", "")
_SHORT, _OF = 4, "之印章"


def sealed(canvas: Canvas, text: str, x: float, y: float) -> None:
    """A seal with its middle at x, y, that carries the longest name of the row it is pressed on."""
    said = _DATE.sub("　", _ASIDE.sub("　", text))
    name = max((piece for piece in _PIECES.findall(said) if len(piece) > _SHORT), key=len, default="")
    person = _PERSON.search(said)
    dice, dpi = canvas.dice, canvas.dpi
    colour = (dice.randint(195, 230), dice.randint(30, 75), dice.randint(35, 80))
    face = choose(dice, said + "".join((*_USES, _OF)))
    ink = _square(person[1], face, dpi, colour) if person and not name else _ring(name, face, dpi, colour, dice)
    ink = ink.rotate(dice.uniform(-14, 14), Image.Resampling.BICUBIC, fillcolor="white")
    width, height = canvas.image.size
    left = min(max(0, canvas.px(x) - ink.width // 2), width - ink.width)
    top = min(max(0, canvas.px(y) - ink.height // 2), height - ink.height)
    box = (left, top, left + ink.width, top + ink.height)
    canvas.image.paste(ImageChops.multiply(canvas.image.crop(box), ink), box)


def _ring(name: str, face: Face, dpi: int, colour: Colour, dice: Random) -> Image.Image:
    radius = round(dpi * dice.uniform(0.66, 0.8))
    middle = radius + 4
    ink = Image.new("RGB", (2 * middle, 2 * middle), "white")
    pen = ImageDraw.Draw(ink)
    pen.ellipse((4, 4, 2 * middle - 4, 2 * middle - 4), outline=colour, width=max(2, dpi // 32))
    size = max(8, round(radius * min(0.26, 4.2 / max(12, len(name)))))
    sweep = min(1.55 * pi, max(1, len(name) - 1) * size * 1.25 / (radius * 0.8))
    for number, character in enumerate(name):
        turn = -sweep / 2 + sweep * number / max(1, len(name) - 1)
        glyph = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(glyph).text((size, size), character, font=sized(face, size), fill=255, anchor="mm")
        glyph = glyph.rotate(-turn * 180 / pi, Image.Resampling.BICUBIC)
        at = (round(middle + radius * 0.79 * sin(turn) - size), round(middle - radius * 0.79 * cos(turn) - size))
        ink.paste(colour, at, glyph)
    ends = [(radius * (0.11 if n % 2 else 0.28), n * pi / 5) for n in range(10)]
    pen.polygon([(middle + far * sin(turn), middle - far * cos(turn)) for far, turn in ends], fill=colour)
    pen.text((middle, middle + radius * 0.55), dice.choice(_USES), font=sized(face, max(8, radius // 5)), fill=colour,
             anchor="mm")  # fmt: skip
    return ink


def _square(name: str, face: Face, dpi: int, colour: Colour) -> Image.Image:
    side = round(dpi * 0.62)
    ink = Image.new("RGB", (side + 20, side + 20), "white")
    pen, size = ImageDraw.Draw(ink), round(side * 0.42)
    pen.rectangle((10, 10, side + 10, side + 10), outline=colour, width=max(2, dpi // 40))
    shown = name if len(name) == _SHORT else (name + _OF)[:_SHORT]
    for number, character in enumerate(shown):
        x, y = side * (0.75 - 0.5 * (number // 2)) + 10, side * (0.26 + 0.48 * (number % 2)) + 10
        pen.text((x, y), character, font=sized(face, size), fill=colour, anchor="mm")
    return ink
