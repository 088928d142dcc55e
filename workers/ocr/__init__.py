"""Recognition engines behind one protocol."""

from __future__ import annotations

from workers.ocr.engine import Engine


def open_ocr(name: str) -> Engine:
    """The engine of that name: `rapidocr` or `tesseract`. Loads its models; only the chosen one is imported."""
    if name == "tesseract":
        from workers.ocr.tesseract import TesseractEngine  # noqa: PLC0415 - a process loads only the engine it uses

        return TesseractEngine()
    from workers.ocr.rapid import RapidEngine  # noqa: PLC0415 - as above

    return RapidEngine()


__all__ = ["open_ocr"]
