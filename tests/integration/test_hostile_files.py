"""Damaged, locked, huge, looping and lying files: each has its named outcome, and none harms the worker."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from archive.media import sniff
from tests import drawing, hostile
from workers.limits import Limits
from workers.sandbox import Sandbox, SandboxMissing, Strength
from workers.scan import PageImage, open_pages
from workers.unreadable import Code, Unreadable

QUICK = Limits(page_cpu=2, page_wall=6.0)


@pytest.fixture(scope="module", params=list(Strength))
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    sandbox = Sandbox(request.param, QUICK)
    try:
        sandbox.self_test()
    except SandboxMissing as reason:
        pytest.skip(f"{request.param}: {reason}")
    yield sandbox
    sandbox.close()


def first_page(data: bytes, sandbox: Sandbox, media_type: str = "") -> PageImage:
    with open_pages(io.BytesIO(data), media_type or sniff(data) or "", sandbox) as scan:
        return scan.render(1)


def flags(data: bytes, sandbox: Sandbox) -> tuple[str, ...]:
    with open_pages(io.BytesIO(data), sniff(data) or "", sandbox) as scan:
        scan.render(1)
        return scan.flags


def a_page() -> Image.Image:
    return drawing.paper(drawing.CONTRACT, dpi=100)


REFUSED: dict[str, tuple[Callable[[], bytes], set[Code]]] = {
    "U09 user password": (lambda: hostile.encrypted("secret"), {Code.NEEDS_PASSWORD}),
    "U13 page tree in a circle": (hostile.page_tree_in_a_circle, {Code.DAMAGED}),
    "U14 a million pages": (hostile.page_tree_of_a_million, {Code.LIMIT_PAGES}),
    "U14 a lying count": (hostile.lying_count, {Code.LIMIT_PAGES}),
    "U15 giant page": (hostile.giant_page, {Code.LIMIT_PAGE}),
    "U16 nested flate": (hostile.nested_flate, {Code.LIMIT_TIME, Code.LIMIT_RATIO, Code.LIMIT_MEMORY}),
    "U16 billion laughs": (hostile.billion_laughs, {Code.LIMIT_TIME}),
    "U16 tiny tiles": (hostile.tiny_tiles, {Code.LIMIT_TIME, Code.LIMIT_MEMORY}),
    "U16 many fills": (hostile.many_fills, {Code.LIMIT_TIME}),
    "U16 png bomb": (hostile.png_bomb, {Code.LIMIT_RATIO}),
    "U17 huge png": (lambda: hostile.png_header(60_000, 60_000), {Code.LIMIT_PIXELS}),
    "U17 huge image in a pdf": (hostile.huge_image, {Code.LIMIT_PIXELS}),
    "U18 tiff in a circle": (hostile.tiff_in_a_circle, {Code.LIMIT_FRAMES}),
    "U18 tiff of 100,000": (lambda: hostile.tiff_of_many(100_000), {Code.LIMIT_FRAMES}),
    "a cut tiff": (lambda: drawing.as_tiff([a_page()])[:9_000], {Code.DAMAGED}),
    "a tiff of nothing": (lambda: b"II*\x00\x00\x00\x00\x00", {Code.DAMAGED}),
    "noise called pdf": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40, {Code.DAMAGED, Code.LIMIT_PAGES}),
    "noise called jpeg": (lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, {Code.DAMAGED}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_has_its_named_outcome_and_the_next_file_is_read(name: str, sandbox: Sandbox) -> None:
    draw, expected = REFUSED[name]
    worker = os.getpid()
    with pytest.raises(Unreadable) as outcome:
        first_page(draw(), sandbox)
    assert outcome.value.code in expected, outcome.value
    assert outcome.value.advice("zh") != outcome.value.advice("en")
    assert first_page(drawing.coded(a_page()), sandbox).width == a_page().width
    assert os.getpid() == worker


READ: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "U08 late header": (hostile.late_header, {"header_not_first"}),
    "U10 empty user password": (lambda: hostile.encrypted(""), {"encrypted"}),
    "U11 owner's restrictions": (lambda: hostile.encrypted("", permissions=0), {"encrypted", "restricted"}),
    "U12 truncated pdf": (lambda: drawing.as_pdf([a_page()])[:-900], {"repaired"}),
    "U13 xref in a circle": (hostile.xref_in_a_circle, set()),
    "U20 external entity": (hostile.external_entity, set()),
    "U21 active pdf": (hostile.active_pdf, {"active_content", "embedded_files"}),
}


@pytest.mark.parametrize("name", READ)
def test_an_odd_file_is_read_and_says_what_is_odd(name: str, sandbox: Sandbox) -> None:
    draw, expected = READ[name]
    assert set(flags(draw(), sandbox)) == expected


ODD_IMAGES: dict[str, Callable[[], bytes]] = {
    "U36 one pixel": lambda: drawing.coded(Image.new("L", (1, 1), "white")),
    "U36 sixteen bits": lambda: drawing.coded(Image.new("I;16", (300, 200), 60_000)),
    "U36 cmyk": lambda: drawing.coded(Image.new("CMYK", (300, 200)), "JPEG"),
    "U36 alpha": lambda: drawing.coded(Image.new("RGBA", (300, 200), (0, 0, 0, 0))),
    "U36 grey alpha": lambda: drawing.coded(Image.new("LA", (300, 200), (0, 0))),
    "U36 palette": lambda: drawing.coded(Image.new("P", (300, 200))),
    "U36 floating point": lambda: drawing.coded(Image.new("F", (300, 200), 0.5), "TIFF"),
    "U36 blank": lambda: drawing.coded(Image.new("1", (1654, 2338), 1), "TIFF", compression="group4"),
    "bmp": lambda: drawing.coded(a_page(), "BMP"),
    "webp": lambda: drawing.coded(a_page(), "WEBP"),
    "jpeg 2000": lambda: drawing.coded(a_page(), "JPEG2000"),
}


@pytest.mark.parametrize("name", ODD_IMAGES)
def test_every_kind_of_image_becomes_grey_or_colour_pixels(name: str, sandbox: Sandbox) -> None:
    page = first_page(ODD_IMAGES[name](), sandbox)
    assert page.pixels.shape[:2] == (page.height, page.width)


def test_what_is_clear_is_white(sandbox: Sandbox) -> None:
    assert first_page(ODD_IMAGES["U36 alpha"](), sandbox).pixels.min() == 255


def test_a_png_called_pdf_is_known_by_its_bytes(sandbox: Sandbox) -> None:
    data = drawing.coded(a_page())
    assert sniff(data) == "image/png"
    with pytest.raises(Unreadable) as outcome:
        first_page(data, sandbox, "application/pdf")
    assert outcome.value.code in {Code.DAMAGED, Code.LIMIT_PAGES}


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_of_a_cut_image_the_rest_is_read_and_it_is_said(form: str, sandbox: Sandbox) -> None:
    whole = drawing.coded(drawing.with_specks(a_page(), share=0.02), form)
    page = first_page(whole[: len(whole) * 2 // 3], sandbox)
    assert page.truncated
    assert page.pixels[: page.height // 4].min() < 128


def test_an_empty_file_is_empty(sandbox: Sandbox) -> None:
    with pytest.raises(Unreadable) as outcome:
        first_page(b"", sandbox, "application/pdf")
    assert outcome.value.code is Code.EMPTY


def test_a_file_over_the_limit_is_refused_before_it_is_opened() -> None:
    small = Sandbox(Strength.LIMITS, Limits(file_bytes=1_000))
    with pytest.raises(Unreadable) as outcome:
        first_page(drawing.coded(a_page()), small)
    assert outcome.value.code is Code.LIMIT_SIZE
    small.close()


def test_a_page_that_kills_its_reader_leaves_the_others_readable(sandbox: Sandbox) -> None:
    bad, good = hostile.many_fills(), drawing.as_pdf([a_page()])
    with open_pages(io.BytesIO(hostile.joined(good, bad, good)), "application/pdf", sandbox) as scan:
        pages = list(scan)
    assert [isinstance(page, PageImage) for page in pages] == [True, False, True]
    assert isinstance(pages[1], Unreadable)
    assert pages[1].code is Code.LIMIT_TIME


def test_where_the_camera_stood_does_not_reach_the_pixels(sandbox: Sandbox) -> None:
    place = Image.Exif()
    place.get_ifd(0x8825)[1] = "N"
    page = first_page(drawing.coded(a_page(), "JPEG", exif=place), sandbox)
    assert not page.glyphs


@pytest.mark.parametrize("strength", [Strength.BUBBLEWRAP, Strength.NAMESPACES])
def test_the_sandbox_reaches_no_network_home_or_etc(strength: Strength) -> None:
    sandbox = Sandbox(strength)
    try:
        seen = sandbox.self_test()
    except SandboxMissing as reason:
        pytest.skip(f"{strength}: {reason}")
    assert seen.tight
    sandbox.close()


def test_limits_alone_are_seen_through_by_the_self_test() -> None:
    sandbox = Sandbox(Strength.LIMITS)
    assert not sandbox.self_test().tight
    sandbox.close()


def test_required_refuses_limits_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxMissing):
        Sandbox.detect("required")
    assert Sandbox.detect("auto").strength is Strength.LIMITS
