"""What happens to paper before it is read; each takes a page and dice, and leaves what is printed as it was."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from math import hypot
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from tests.drawn import wording
from tests.drawn.canvas import Drawn
from tests.drawn.fonts import choose, sized

Damage = Callable[[Drawn, Random], Drawn]
Plane = NDArray[np.float32]


def none(page: Drawn, _: Random) -> Drawn:
    """As printed."""
    return page


def _turned(degrees: int) -> Damage:
    def turned(page: Drawn, _: Random) -> Drawn:
        return replace(page, image=page.image.rotate(-degrees, expand=True), turn=(360 - degrees) % 360)

    return turned


def skewed(page: Drawn, dice: Random) -> Drawn:
    """Laid askew by 4 to 15 degrees."""
    degrees = dice.uniform(4, 15) * dice.choice((-1, 1))
    return page.with_image(page.image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white"))


def bordered(page: Drawn, dice: Random) -> Drawn:
    """The scanner's open lid around it, a little askew, print near the edge of the sheet untouched."""
    sheet = page.image.convert("RGBA").rotate(dice.uniform(-3, 3), Image.Resampling.BICUBIC, expand=True)
    across, down = (round(side * dice.uniform(0.02, 0.12)) for side in sheet.size)
    lid = Image.new("RGB", (sheet.width + 2 * across, sheet.height + 2 * down), (dice.randint(0, 60),) * 3)
    lid.paste(sheet, (across, down), sheet)
    return page.with_image(lid)


def punched(page: Drawn, dice: Random) -> Drawn:
    """Holes of a binder along the left side."""
    image = page.image.copy()
    pen, radius = ImageDraw.Draw(image), page.dpi * 0.12
    for place in np.linspace(0.15, 0.85, dice.choice((2, 3, 4))):
        x, y = page.dpi * 0.4, image.height * place
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(dice.randint(0, 50),) * 3)
    return page.with_image(image)


def bleeding(page: Drawn, dice: Random) -> Drawn:
    """The other side shows through: the same page in mirror writing, pale and blurred."""
    back = ImageOps.mirror(page.image).filter(ImageFilter.GaussianBlur(page.dpi / 150))
    shift = page.dpi // 12
    back = ImageChops.offset(back, dice.randint(-shift, shift), dice.randint(-shift, shift))
    pale = dice.uniform(0.55, 0.75)
    return page.with_image(ImageChops.multiply(page.image, back.point(lambda v: round(255 * pale + v * (1 - pale)))))


def sealed(page: Drawn, dice: Random) -> Drawn:
    """One to three red seals over the print, the ink not quite even."""
    ink = Image.new("RGB", page.image.size, "white")
    for _ in range(dice.randint(1, 3)):
        _seal(ink, page, dice)
    return page.with_image(ImageChops.multiply(page.image, ink))


def _seal(ink: Image.Image, page: Drawn, dice: Random) -> None:
    radius = round(page.dpi * dice.uniform(0.6, 0.85))
    x = dice.randint(radius, max(radius + 1, ink.width - radius))
    y = dice.randint(radius, max(radius + 1, ink.height - radius))
    pen, colour = ImageDraw.Draw(ink), (dice.randint(185, 230), dice.randint(20, 70), dice.randint(30, 80))
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=max(2, page.dpi // 25))
    text = "合同专用章"
    font = sized(choose(dice, text), max(8, radius // 4))
    pen.text((x - 2.5 * (radius // 4), y + radius // 3), text, font=font, fill=colour)
    star = [(x + radius * 0.3 * s, y + radius * 0.3 * c) for s, c in _star()]
    pen.polygon(star, fill=colour)


def _star() -> list[tuple[float, float]]:
    turns = np.arange(5) * 4 * np.pi / 5
    return [(float(np.sin(turn)), float(-np.cos(turn))) for turn in turns]


def stamped(page: Drawn, dice: Random) -> Drawn:
    """A blue rubber stamp with a date beside or over the print."""
    ink = Image.new("RGB", page.image.size, "white")
    pen, colour, text = ImageDraw.Draw(ink), (50, 60, 190), "收讫 " + wording.day(dice)
    font = sized(choose(dice, text), max(10, page.dpi // 7))
    x, y = ink.width * dice.uniform(0.2, 0.5), ink.height * dice.uniform(0.2, 0.9)
    pen.rectangle((x, y, x + page.dpi * 1.6, y + page.dpi * 0.35), outline=colour, width=max(2, page.dpi // 60))
    pen.text((x + page.dpi * 0.06, y + page.dpi * 0.08), text, font=font, fill=colour)
    return page.with_image(ImageChops.multiply(page.image, ink.rotate(dice.uniform(-8, 8), fillcolor="white")))


def faint(page: Drawn, dice: Random) -> Drawn:
    """Grey print on grey paper, with a little noise."""
    paper, ink = dice.randint(190, 245), dice.randint(35, 70)
    pale = page.image.point(lambda v: round(paper - ink + v / 255 * ink))
    return _noise(page.with_image(pale), dice, 2.0)


def _noise(page: Drawn, dice: Random, strength: float) -> Drawn:
    grains = np.random.default_rng(dice.randrange(2**32)).normal(0, strength, page.image.size[::-1])
    noisy = np.asarray(page.image, np.float32) + grains[..., None].astype(np.float32)
    return page.with_image(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))


def noisy(page: Drawn, dice: Random) -> Drawn:
    """Grain all over."""
    return _noise(page, dice, dice.uniform(15, 40))


def blurred(page: Drawn, dice: Random) -> Drawn:
    """Out of focus."""
    return page.with_image(page.image.filter(ImageFilter.GaussianBlur(page.dpi / 200 * dice.uniform(1.0, 2.2))))


def compressed(page: Drawn, dice: Random) -> Drawn:
    """Saved as a JPEG of poor quality."""
    buffer = io.BytesIO()
    page.image.save(buffer, "JPEG", quality=dice.randint(8, 25))
    return page.with_image(Image.open(buffer).convert("RGB"))


def bitonal(page: Drawn, dice: Random) -> Drawn:
    """Black and white by a threshold, with specks."""
    grains = _noise(page, dice, 25.0).image.convert("L")
    cut = dice.randint(120, 190)
    return page.with_image(grains.point(lambda v: 255 if v > cut else 0).convert("RGB"))


def faxed(page: Drawn, dice: Random) -> Drawn:
    """Fine mode of a fax: 204 by 196 dots, black and white, lines lost and doubled."""
    width, height = (round(side / page.dpi * dots) for side, dots in zip(page.image.size, (204, 196), strict=True))
    image = page.image.convert("L").resize((width, height), Image.Resampling.BOX)
    rows = np.asarray(image.point(lambda v: 255 if v > 150 else 0)).copy()
    for _ in range(dice.randint(1, 6)):
        rows[dice.randrange(height)] = dice.choice((0, 255))
    return replace(page, image=Image.fromarray(rows).convert("RGB"), dpi=204)


def photographed(page: Drawn, dice: Random) -> Drawn:
    """By phone, from aside and above, on a table, in uneven light, a little out of focus."""
    width, height = page.image.size
    rim = 0.08 * hypot(width, height)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    shifts = [[dice.uniform(-0.06, 0.06) * width, dice.uniform(-0.05, 0.05) * height] for _ in range(4)]
    target = corners + np.array(shifts, np.float32) + np.float32(rim)
    canvas = (round(width + 2 * rim), round(height + 2 * rim))
    bend = cv2.getPerspectiveTransform(corners, target.astype(np.float32))
    table = (dice.randint(40, 140), dice.randint(40, 120), dice.randint(30, 100))
    seen = cv2.warpPerspective(
        np.asarray(page.image), bend, canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=table
    )
    lit = np.clip(seen.astype(np.float32) * _light(canvas, dice)[..., None], 0, 255).astype(np.uint8)
    return compressed_well(_noise(page.with_image(Image.fromarray(lit).filter(ImageFilter.GaussianBlur(0.7))), dice, 4))


def _light(size: tuple[int, int], dice: Random) -> Plane:
    across, down = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    slope = dice.uniform(-0.25, 0.25) * across + dice.uniform(-0.25, 0.25) * down
    return np.asarray(0.8 + slope, np.float32)


def compressed_well(page: Drawn) -> Drawn:
    """Saved as a phone saves."""
    buffer = io.BytesIO()
    page.image.save(buffer, "JPEG", quality=80)
    return page.with_image(Image.open(buffer).convert("RGB"))


def yellowed(page: Drawn, dice: Random) -> Drawn:
    """Old paper: brown with spots."""
    tint = Image.new("RGB", page.image.size, (dice.randint(200, 235), dice.randint(180, 205), dice.randint(130, 165)))
    pen = ImageDraw.Draw(tint)
    for _ in range(25):
        x, y, r = dice.uniform(0, tint.width), dice.uniform(0, tint.height), dice.uniform(5, page.dpi / 3)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(dice.randint(165, 200), dice.randint(140, 170), 110))
    return _noise(page.with_image(ImageChops.multiply(page.image, tint.filter(ImageFilter.GaussianBlur(8)))), dice, 4.0)


def folded(page: Drawn, dice: Random) -> Drawn:
    """Creases across and down with their shadows."""
    shade = Image.new("L", page.image.size, 255)
    pen = ImageDraw.Draw(shade)
    for share in (1 / 3, 2 / 3):
        y = shade.height * (share + dice.uniform(-0.02, 0.02))
        pen.line((0, y, shade.width, y + dice.uniform(-20, 20)), fill=120, width=max(2, page.dpi // 50))
    soft = shade.filter(ImageFilter.GaussianBlur(page.dpi / 80)).convert("RGB")
    return page.with_image(ImageChops.multiply(page.image, soft))


DAMAGES: dict[str, Damage] = {
    "none": none,
    "turned_90": _turned(90),
    "turned_180": _turned(180),
    "turned_270": _turned(270),
    **{
        damage.__name__: damage
        for damage in (
            skewed, bordered, punched, bleeding, sealed, stamped, faint, noisy, blurred, compressed, bitonal, faxed,
            photographed, yellowed, folded,
        )
    },
}  # fmt: skip

MARKS = (punched, bleeding, sealed, stamped, yellowed, folded)
PLACES = (_turned(90), _turned(180), _turned(270), skewed, bordered, photographed)
SIGNALS = (faint, noisy, blurred, compressed, bitonal, faxed)


def several(page: Drawn, dice: Random) -> Drawn:
    """Two or three of them, in the order in which they happen to paper: marks, how it lies, what the scanner does."""
    kinds = [MARKS, PLACES, SIGNALS]
    if dice.random() < 0.5:
        kinds.remove(dice.choice(kinds))
    for kind in kinds:
        page = dice.choice(kind)(page, dice)
    return page
