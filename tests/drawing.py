"""Papers drawn by code, for tests and demonstrations of reading: nothing here was ever a real document."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from functools import cache

import pymupdf
from PIL import Image, ImageChops, ImageDraw, ImageFont

A4_INCHES = (8.27, 11.69)

CONTRACT = (
    "房屋租赁合同",
    "合同编号：ZL-2031-0457",
    "甲方（出租方）：青禾置业有限公司",
    "乙方（承租方）：远山茶业有限公司",
    "第一条 甲方将位于临江路18号的房屋出租给乙方使用。",
    "第二条 租赁期限自2031年3月1日起至2034年2月28日止。",
    "第三条 每月租金为人民币12,500.00元，按季度支付。",
    "第四条 乙方应当按照约定的用途使用房屋，不得擅自转租。",
    "签订日期：2031年2月20日",
)

IDENTITY_CARD = (
    "姓名 柳知秋",
    "性别 女 民族 汉",
    "出生 1990年3月7日",
    "住址 临江市青石街道柳巷12号",
    "公民身份号码 11010519900307002X",
)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The Chinese font that PyMuPDF carries, so that tests need none installed."""
    return ImageFont.truetype(io.BytesIO(pymupdf.Font("cjk").buffer), size)


def paper(
    lines: Sequence[str], *, dpi: int = 200, turn: int = 0, colour: str = "L", points: float = 14.0
) -> Image.Image:
    """An A4 page with these lines, turned clockwise by `turn` degrees afterwards."""
    width, height = (round(side * dpi) for side in A4_INCHES)
    page = Image.new(colour, (width, height), "white")
    pen = ImageDraw.Draw(page)
    step = round(points / 72 * dpi)
    for row, line in enumerate(lines):
        pen.text((width // 10, height // 12 + row * step * 2), line, font=font(step), fill="black")
    return page.rotate(-turn, expand=True)


def with_specks(page: Image.Image, seed: int = 7, share: float = 0.0002) -> Image.Image:
    """The page with dust on it."""
    speckled, dice = page.copy(), random.Random(seed)  # noqa: S311 - dust, no secret
    for _ in range(round(share * page.width * page.height)):
        speckled.putpixel((dice.randrange(page.width), dice.randrange(page.height)), 60)
    return speckled


def with_seal(page: Image.Image, x: int, y: int, radius: int = 150) -> Image.Image:
    """The page in colour with a red seal over what stands there; the ink lets the text through, as real ink does."""
    seal = Image.new("RGB", page.size, "white")
    pen = ImageDraw.Draw(seal)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(215, 40, 40), width=10)
    pen.text((x - radius // 2, y - radius // 3), "专用章", font=font(radius // 3), fill=(215, 40, 40))
    return ImageChops.multiply(page.convert("RGB"), seal)


def coded(page: Image.Image, form: str = "PNG", dpi: int = 200, **options: object) -> bytes:
    """The page as a file of one image format."""
    buffer = io.BytesIO()
    page.save(buffer, form, dpi=(dpi, dpi), **options)
    return buffer.getvalue()


def as_tiff(pages: Sequence[Image.Image], dpi: int = 200, compression: str = "jpeg") -> bytes:
    """The pages as one TIFF."""
    return coded(pages[0], "TIFF", dpi, save_all=True, append_images=list(pages[1:]), compression=compression)


def as_pdf(pages: Sequence[Image.Image], dpi: int = 200) -> bytes:
    """The pages as a PDF of scanned images."""
    file = pymupdf.open()
    for page in pages:
        width, height = page.width / dpi * 72, page.height / dpi * 72
        file.new_page(width=width, height=height).insert_image((0, 0, width, height), stream=coded(page, "JPEG", dpi))
    return bytes(file.tobytes(no_new_id=True))


def born_digital(lines: Sequence[str], *, garbled: bool = False) -> bytes:
    """A PDF of real text. Garbled: what is to be seen is an image, and the text layer says something else."""
    file = pymupdf.open()
    page = file.new_page()
    for row, line in enumerate(lines):
        page.insert_text((60, 80 + row * 24), line, fontname="china-s", fontsize=13)
    if not garbled:
        return bytes(file.tobytes(no_new_id=True))
    picture = page.get_pixmap(dpi=200).tobytes("png")
    page = file.new_page()
    page.insert_image(page.rect, stream=picture)
    for row, line in enumerate(lines):
        shifted = "".join(chr(ord(character) + 7) for character in line)
        page.insert_text((60, 80 + row * 24), shifted, fontname="china-s", fontsize=13, render_mode=3)
    file.delete_page(0)
    return bytes(file.tobytes(no_new_id=True))
