"""Recognition engines behind one protocol."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from archive.settings import EngineName
from workers.ocr.engine import Engine, EngineFailed
from workers.ocr.networks import Networks

THREADS: Final = 2


def open_ocr(name: EngineName) -> Engine:
    """The engine of that name, with its models; only the chosen one is imported. EngineFailed: it is not installed."""
    if name == "tesseract":
        from workers.ocr.tesseract import TesseractEngine  # noqa: PLC0415 - a process loads only the engine it uses

        return TesseractEngine()
    from workers.ocr.rapid import RapidEngine  # noqa: PLC0415 - as above

    return RapidEngine(_networks(on_onnx=name == "rapidocr-onnxruntime"))


def _networks(*, on_onnx: bool) -> Networks:
    """RapidOCR's networks on OpenVINO, or on ONNX Runtime where that is wanted or alone is installed."""
    if not on_onnx and find_spec("openvino") is not None:
        from workers.ocr.on_openvino import open_networks  # noqa: PLC0415 - as above
    elif find_spec("onnxruntime") is not None:
        from workers.ocr.on_onnx import open_networks  # noqa: PLC0415 - as above
    else:
        raise EngineFailed("neither openvino nor onnxruntime is installed")
    return open_networks(THREADS)


__all__ = ["open_ocr"]
