"""RapidOCR's PP-OCRv6 models on OpenVINO, driven without waste: one detection, batches of like width, no classifier.

The models lie inside the rapidocr wheel; nothing is downloaded. openvino-telemetry is made impossible to import, so
nothing can be sent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from math import ceil, cos, radians, sin
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes an import of it fail

import openvino as ov  # noqa: E402 - only after telemetry was shut out
from openvino import opset13 as ops  # noqa: E402 - as above

from workers.ocr.lines import Fragment, Glyph, assemble  # noqa: E402 - as above
from workers.ocr.detection import Region, regions  # noqa: E402 - as above
from workers.ocr.engine import EngineFailed, Pixels, Reading  # noqa: E402 - as above

DETECTION_SIDE = 1280
SOURCE_SIDE = 1280
LINE_HEIGHT = 48
LINE_STEP = 32
SHORTEST = 64
LONGEST = 3200
BATCH = 3
PROBES = 3
SURE = 0.9
BLANK = 0

Ragged = list[tuple[NDArray[np.int64], NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Strip:
    """A line cut out and brought to the recogniser's height."""

    region: Region
    pixels: Pixels


class RapidEngine:
    """PP-OCRv6 small, detection and recognition, on `threads` threads of one process."""

    name = "rapidocr-ppocrv6"

    def __init__(self, threads: int = 2) -> None:
        core = ov.Core()
        settings = {
            "INFERENCE_NUM_THREADS": str(threads),
            "NUM_STREAMS": "1",
            "PERFORMANCE_HINT": "LATENCY",
            "CPU_RUNTIME_CACHE_CAPACITY": "200",
        }
        recogniser = core.read_model(_model("rec_small"))
        self._alphabet = ["", *recogniser.get_rt_info(["framework", "character"]).astype(str).splitlines(), " "]
        self._detect = core.compile_model(core.read_model(_model("det_small")), "CPU", settings).create_infer_request()
        self._read = core.compile_model(_with_best(recogniser), "CPU", settings).create_infer_request()

    def recognise(self, image: Pixels, dpi: int) -> Reading:
        """Find the lines, turn the page upright if they ask for it, and read them."""
        image = _bounded(image, SOURCE_SIDE)
        turn = 0
        found = self.detect(image)
        if lies_on_its_side(found):
            turn, image = 90, np.ascontiguousarray(np.rot90(image, -1))
            found = self.detect(image)
        if self._upside_down(image, found):
            turn, image = turn + 180, np.ascontiguousarray(image[::-1, ::-1])
            found = self.detect(image)
        return Reading(assemble(self.read(image, found)), turn)

    def _upside_down(self, image: Pixels, found: Sequence[Region]) -> bool:
        """Whether a few of the longest lines read better the other way round."""
        probes = sorted((r for r in found if not r.upright), key=lambda r: r.length / r.height)[-PROBES:]
        straight = _sureness(self.read(image, probes))
        if straight >= SURE or not probes:
            return False
        return _sureness(self.read(image, [replace(r, angle=r.angle + 180) for r in probes])) > straight

    def detect(self, image: Pixels) -> list[Region]:
        small = _bounded(image, DETECTION_SIDE)
        h, w = small.shape[:2]
        H, W = max(32, round(h / 32) * 32), max(32, round(w / 32) * 32)
        small = cv2.resize(small, (W, H), interpolation=cv2.INTER_AREA)
        if small.ndim == 2:
            small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
        x = small.astype(np.float32).transpose(2, 0, 1)[None]
        x = x * (2 / 255) - 1
        self._detect.infer([x])
        heat = self._detect.get_output_tensor().data[0, 0]
        return [_onto(r, image.shape[1] / W, image.shape[0] / H) for r in regions(heat)]

    def read(self, image: Pixels, found: Sequence[Region]) -> Iterator[Fragment]:
        strips = sorted((_strip(image, r) for r in found), key=lambda s: s.pixels.shape[1])
        for i in range(0, len(strips), BATCH):
            batch = strips[i : i + BATCH]
            width = ceil(max(SHORTEST, batch[-1].pixels.shape[1]) / LINE_STEP) * LINE_STEP
            x = np.zeros((len(batch), 3, LINE_HEIGHT, width), np.float32)
            for k, s in enumerate(batch):
                p = s.pixels if s.pixels.ndim == 3 else s.pixels[:, :, None]
                x[k, :, :, : p.shape[1]] = p.transpose(2, 0, 1) * np.float32(2 / 255) - 1
            self._read.infer([x])
            best = self._read.get_output_tensor(0).data[:, :, 0]
            score = self._read.get_output_tensor(1).data[:, :, 0]
            for k, s in enumerate(batch):
                f = self._fragment(s, best[k], score[k], width)
                if f is not None:
                    yield f

    def _fragment(self, strip, best, score, width):
        keep = np.flatnonzero((best != BLANK) & np.r_[True, best[1:] != best[:-1]])
        if len(keep) == 0:
            return None
        per = width / len(best)
        scale = strip.pixels.shape[1]
        glyphs = tuple(
            Glyph(self._alphabet[best[c]], float((c + 0.5) * per / scale), float(score[c])) for c in keep
        )
        return Fragment(strip.region, glyphs)


def lies_on_its_side(found: Sequence[Region]) -> bool:
    """Whether most of the text's length runs up or down the page."""
    down = sum(r.height for r in found if r.upright)
    return down > sum(r.length for r in found if not r.upright)


def _sureness(fragments: Iterable[Fragment]) -> float:
    marks = [f.confidence for f in fragments]
    return sum(marks) / len(marks) if marks else 0.0


def _onto(r, fx, fy):
    return Region(r.x * fx, r.y * fy, r.length * fx, r.height * fy, r.angle)


def _model(kind: str) -> Path:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise EngineFailed("the rapidocr wheel with its models is not installed")
    (found,) = Path(spec.origin).parent.joinpath("models").glob(f"PP-OCRv6_{kind}.onnx")
    return found


def _with_best(model: Any) -> ov.Model:
    """The recogniser with its own arg-max: 18,710 classes a column are not worth carrying into Python."""
    output = model.output(0).get_node().input_value(0)
    top = ops.topk(output, ops.constant(1, dtype=np.int32), 2, "max", "none", index_element_type="i32")
    return ov.Model([top.output(1), top.output(0)], model.get_parameters(), "best")


def _bounded(image: Pixels, side: int) -> Pixels:
    longest = max(image.shape[:2])
    if longest <= side:
        return image
    f = side / longest
    return cv2.resize(image, (round(image.shape[1] * f), round(image.shape[0] * f)), interpolation=cv2.INTER_AREA)


def _strip(image: Pixels, region: Region) -> Strip:
    if region.upright:
        region = region.along()
    width = min(LONGEST, max(8, ceil(LINE_HEIGHT * region.length / region.height)))
    scale = region.height / LINE_HEIGHT
    sx = region.length / width
    c, s = cos(radians(region.angle)), sin(radians(region.angle))
    m = np.array([
        [c * sx, -s * scale, region.x - c * region.length / 2 + s * region.height / 2],
        [s * sx, c * scale, region.y - s * region.length / 2 - c * region.height / 2],
    ])
    pixels = cv2.warpAffine(image, m, (width, LINE_HEIGHT), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return Strip(region, pixels)
