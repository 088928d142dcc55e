"""The worker's side of opening a file: asks the sandboxed child for pages and believes nothing that it answers."""

from __future__ import annotations

import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from archive.arrangements import Leaf
from workers import wire
from workers.limits import MIB, Limits
from workers.sandbox import Nursery, Sandbox, memory_file
from workers.unreadable import Code, Unreadable

_ENDS: dict[int, Code] = {signal.SIGXCPU: Code.LIMIT_TIME, signal.SIGKILL: Code.LIMIT_MEMORY}
"""What ended a child: its share of processor time; the kernel, when memory ran out."""
_FLAG_LENGTH = 40
_IN_MEMORY = 64 * MIB
_BYTES_PER_PIXEL = {"L": 1, "RGB": 3}


@dataclass(frozen=True, slots=True)
class LayerGlyph:
    """A character of a PDF's own text layer with its place in pixels of the page image."""

    text: str
    x: float
    y: float
    width: float
    height: float
    line: int


@dataclass(frozen=True, slots=True)
class PageImage:
    """A decoded page. `pixels` is grey (height, width) or RGB (height, width, 3); `dpi` 0 when the file is silent."""

    number: int
    pixels: NDArray[np.uint8]
    dpi: int
    bitonal: bool = False
    truncated: bool = False
    glyphs: tuple[LayerGlyph, ...] = ()
    upright: bool = False
    """Whether a person said which way it stands."""

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])


class Scan:
    """An opened file: how many pages, what was odd about it, and its pages on demand."""

    def __init__(
        self, source: BinaryIO, media_type: str, sandbox: Sandbox, password: str = "", leaves: tuple[Leaf, ...] = ()
    ) -> None:
        self._source = source
        self._hello: dict[str, Any] = {
            "ask": "open",
            "media_type": media_type,
            "password": password,
            "limits": asdict(sandbox.limits),
        }
        self._sandbox = sandbox
        self._limits = sandbox.limits
        self._child: _Child | None = None
        self._deaths = 0
        header = self._opened().header
        self.count = _whole(header.get("count"), 1, self._limits.pages)
        self.flags = _flags(header.get("flags"))
        self._leaves = leaves or tuple(Leaf(page) for page in range(1, self.count + 1))
        if len(self._leaves) != self.count:
            raise Unreadable(Code.DAMAGED, f"{self.count} pages, arranged as {len(self._leaves)}")

    def render(self, number: int) -> PageImage:
        """Page `number` of the arrangement, from 1. Unreadable when it cannot be read; others may still be."""
        if not 1 <= number <= self.count:
            raise IndexError(f"page {number} of {self.count}")
        if self._deaths >= self._limits.child_deaths:
            raise Unreadable(Code.CRASHED, f"given up after {self._deaths} broken readers")
        leaf, child = self._leaves[number - 1], self._opened()
        child.ask(leaf.page)
        page = self._answered(child, number)
        return page if leaf.turn is None else _turned(page, leaf.turn)

    def __iter__(self) -> Iterator[PageImage | Unreadable]:
        """All pages in order; a page that cannot be read comes as its reason."""
        return self.these(range(1, self.count + 1))

    def these(self, numbers: Sequence[int]) -> Iterator[PageImage | Unreadable]:
        """The pages of these numbers. The next page is decoded while the caller works on this one."""
        for number, following in zip(numbers, [*numbers[1:], 0], strict=True):
            try:
                page: PageImage | Unreadable = self.render(number)
            except Unreadable as reason:
                page = reason
            if following:
                self._look_ahead(following)
            yield page

    def ask(self, question: dict[str, Any], longest: int = 0) -> tuple[dict[str, Any], bytearray]:
        """What the child answers to a question other than for a page's picture. Unreadable as for pages."""
        if self._deaths >= self._limits.child_deaths:
            raise Unreadable(Code.CRASHED, f"given up after {self._deaths} broken readers")
        try:
            header, body = self._opened().question(question, longest)
        except Unreadable:
            self._deaths += 1
            self._child = None
            raise
        _raise_named(header)
        return header, body

    @contextmanager
    def beside(self) -> Iterator[Scan]:
        """The same file in a child of its own, whose deaths do not count here."""
        other = Scan(self._source, self._hello["media_type"], self._sandbox, self._hello["password"])
        try:
            yield other
        finally:
            other.close()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _look_ahead(self, number: int) -> None:
        child = self._child
        if child is not None and child.asked is None and child.pages < self._limits.pages_per_child:
            with suppress(Unreadable):
                child.ask(self._leaves[number - 1].page)

    def _opened(self) -> _Child:
        """The child that has the file open; a fresh one where there is none or the last has served its share."""
        worn = self._child is not None and self._child.worn
        if worn:
            self.close()
        if self._child is None:
            self._child = _Child(self._source, self._hello, self._sandbox)
        return self._child

    def _answered(self, child: _Child, number: int) -> PageImage:
        try:
            header, body = child.answer()
        except Unreadable:
            self._deaths += 1
            self._child = None
            raise
        _raise_named(header)
        return _page_image(number, header, body, self._limits)


class _Child:
    """One fork of a nursery with one file open."""

    def __init__(self, source: BinaryIO, hello: dict[str, Any], sandbox: Sandbox) -> None:
        self._limits = sandbox.limits
        self._stack = ExitStack()
        self.asked: int | None = None
        self.pages = self.questions = 0
        try:
            self._nursery: Nursery = self._stack.enter_context(sandbox.nursery())
            self._link: socket.socket = self._stack.enter_context(self._nursery.fork(source.fileno()))
            self._link.settimeout(self._limits.page_wall)
            self._tell(hello)
            self.header, _ = self._hear(0)
            _raise_named(self.header)
        except BaseException:
            self.end()
            raise

    @property
    def worn(self) -> bool:
        """Whether it has served its share; a look at a page costs a tenth of its picture."""
        return self.pages + self.questions // 10 >= self._limits.pages_per_child

    def question(self, question: dict[str, Any], longest: int) -> tuple[dict[str, Any], bytearray]:
        """Ask something else. A page asked for ahead is thrown away."""
        if self.asked is not None:
            self.answer()
        self.questions += 1
        self._tell(question)
        return self._hear(longest)

    def ask(self, number: int) -> None:
        """Ask for a page, unless it was asked for already. Another page asked for ahead is thrown away."""
        if self.asked == number:
            return
        if self.asked is not None:
            self.answer()
        self._tell({"page": number})
        self.asked = number

    def answer(self) -> tuple[dict[str, Any], bytearray]:
        """What it says about the page that was asked for."""
        self.asked = None
        self.pages += 1
        return self._hear(self._limits.raster_side**2 * 3)

    def end(self) -> None:
        """Hang up, and kill what does not end by that."""
        with suppress(AttributeError):
            self._link.close()
        with suppress(AttributeError, wire.Broken, OSError):
            self._nursery.ended()
        self._stack.close()

    def _tell(self, header: dict[str, Any]) -> None:
        try:
            wire.send(self._link, header)
        except OSError as error:
            raise self._death(str(error)) from error

    def _hear(self, longest: int) -> tuple[dict[str, Any], bytearray]:
        try:
            return wire.receive(self._link, longest)
        except TimeoutError as error:
            self._nursery.kill()
            self._stack.close()
            raise Unreadable(Code.LIMIT_TIME, f"no answer in {self._limits.page_wall:.0f} s") from error
        except (wire.Broken, OSError) as error:
            raise self._death(str(error)) from error

    def _death(self, said: str) -> Unreadable:
        """Why the child ended, in our words."""
        self._link.close()
        try:
            number = self._nursery.ended()
        except (wire.Broken, OSError):
            self._nursery.kill()
            number = 0
        self._stack.close()
        code = _ENDS.get(number, Code.CRASHED)
        return Unreadable(code, f"signal {number}: {said}")


@contextmanager
def open_pages(
    source: BinaryIO, media_type: str, sandbox: Sandbox, password: str = "", leaves: tuple[Leaf, ...] = ()
) -> Iterator[Scan]:
    """Open a file whose type `archive.media.sniff` has named. Unreadable when it cannot be opened at all."""
    with _nameless(source, sandbox.limits) as file:
        scan = Scan(file, media_type, sandbox, password, leaves)
        try:
            yield scan
        finally:
            scan.close()


@contextmanager
def _nameless(source: BinaryIO, limits: Limits) -> Iterator[BinaryIO]:
    """The plain bytes in memory or, when they are many, in a file on disk that has no name."""
    with ExitStack() as stack:
        file = stack.enter_context(memory_file())
        _copy(source, file, _IN_MEMORY)
        if rest := source.read(1):
            file = _onto_disk(stack, file)
            file.write(rest)
            _copy(source, file, limits.file_bytes)
        size = file.tell()
        if size == 0:
            raise Unreadable(Code.EMPTY)
        if size > limits.file_bytes:
            raise Unreadable(Code.LIMIT_SIZE, f"more than {limits.file_bytes} bytes")
        file.flush()
        with Path(f"/proc/self/fd/{file.fileno()}").open("rb") as unwritable:
            yield unwritable


def _onto_disk(stack: ExitStack, beginning: BinaryIO) -> BinaryIO:
    file = cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115 - the stack closes it
    beginning.seek(0)
    shutil.copyfileobj(beginning, file)
    return file


def _copy(source: BinaryIO, target: BinaryIO, most: int) -> None:
    while most > 0 and (piece := source.read(min(MIB, most))):
        target.write(piece)
        most -= len(piece)


def _turned(page: PageImage, turn: int) -> PageImage:
    """The page as a person turned it, clockwise. A text layer, which lies with the paper, is left out then."""
    pixels = np.ascontiguousarray(np.rot90(page.pixels, -turn // 90))
    return replace(page, pixels=pixels, glyphs=() if turn else page.glyphs, upright=True)


def _raise_named(header: dict[str, Any]) -> None:
    if "error" not in header:
        return
    try:
        code = Code(header["error"])
    except ValueError:
        code = Code.CRASHED
    raise Unreadable(code, str(header.get("detail", ""))[:500])


def _flags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(flag, str) for flag in value):
        raise Unreadable(Code.CRASHED, "flags are no list of words")
    return tuple(flag[:_FLAG_LENGTH] for flag in value[:20])


def _whole(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Unreadable(Code.CRASHED, f"{value!r:.40} is not within {low} and {high}")
    return value


def _page_image(number: int, header: dict[str, Any], body: bytearray, limits: Limits) -> PageImage:
    width = _whole(header.get("width"), 1, limits.raster_side)
    height = _whole(header.get("height"), 1, limits.raster_side)
    depth = _BYTES_PER_PIXEL.get(str(header.get("mode")), 0)
    if len(body) != width * height * depth:
        raise Unreadable(Code.CRASHED, f"{len(body)} bytes for {width} x {height} x {depth}")
    shape = (height, width) if depth == 1 else (height, width, depth)
    return PageImage(
        number=number,
        pixels=np.frombuffer(body, np.uint8).reshape(shape),
        dpi=_whole(header.get("dpi"), 0, 100_000),
        bitonal=header.get("bitonal") is True,
        truncated=header.get("truncated") is True,
        glyphs=_glyphs(header.get("glyphs"), limits),
    )


def _glyphs(value: object, limits: Limits) -> tuple[LayerGlyph, ...]:
    if not isinstance(value, list) or len(value) > limits.glyphs:
        raise Unreadable(Code.CRASHED, "the text layer is no list of characters")
    return tuple(_glyph(item) for item in value)


def _glyph(item: object) -> LayerGlyph:
    if not isinstance(item, list) or len(item) != 6 or not isinstance(item[0], str):  # noqa: PLR2004 - a glyph's parts
        raise Unreadable(Code.CRASHED, "a character of the text layer has another shape")
    numbers = [float(part) for part in item[1:5] if isinstance(part, int | float)]
    if len(numbers) != 4 or not np.isfinite(numbers).all():  # noqa: PLR2004 - a box
        raise Unreadable(Code.CRASHED, "a character's box is not made of numbers")
    x, y, width, height = numbers
    return LayerGlyph(item[0][:8], x, y, width, height, _whole(item[5], 0, 10**7))
