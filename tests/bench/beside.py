"""What reading is measured against: the bare engine on page images in memory, and OCRmyPDF on the same files."""

from __future__ import annotations

import io
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageSequence

from archive.media import HEAD, sniff
from workers.sandbox import Sandbox
from workers.scan import PageImage, open_pages

LANGUAGES = "chi_sim+eng"


def pages_of(files: Sequence[tuple[str, bytes]]) -> list[PageImage]:
    """All pages of all files, decoded."""
    sandbox = Sandbox.detect()
    pages: list[PageImage] = []
    for _, data in files:
        with open_pages(io.BytesIO(data), sniff(data[:HEAD]) or "", sandbox) as scan:
            pages += [page for page in scan if isinstance(page, PageImage)]
    sandbox.close()
    return pages


def ocrmypdf(files: Sequence[tuple[str, bytes]]) -> tuple[float, float]:
    """Seconds and processor seconds of OCRmyPDF over all files as one PDF: one start for all, its best case."""
    program = shutil.which("ocrmypdf", path=str(Path(sys.executable).parent)) or shutil.which("ocrmypdf")
    if program is None:
        raise SystemExit("ocrmypdf is not installed: run with --without-ocrmypdf")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
        start, used = time.perf_counter(), _children()
        _joined(files).save(source)
        asked = [program, "-j", "2", "--rotate-pages", "--deskew", "-l", LANGUAGES, "--skip-text"]
        subprocess.run([*asked, "--output-type", "pdf", "-q", str(source), str(target)], check=True)
        return time.perf_counter() - start, _children() - used


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _joined(files: Sequence[tuple[str, bytes]]) -> pikepdf.Pdf:
    whole = pikepdf.new()
    for _, data in files:
        with pikepdf.open(io.BytesIO(data if data.startswith(b"%PDF") else _image_pdf(data))) as part:
            whole.pages.extend(part.pages)
    return whole


def _image_pdf(data: bytes) -> bytes:
    """The image as it is within a PDF; one that PDF cannot hold as it is goes in as JPEG."""
    try:
        made: bytes = img2pdf.convert(data)
    except (img2pdf.ImageOpenError, img2pdf.AlphaChannelError, TypeError, NotImplementedError):
        made = img2pdf.convert([_jpeg(frame) for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))])
    return made


def _jpeg(frame: Image.Image) -> bytes:
    body = io.BytesIO()
    frame.convert("RGB").save(body, "JPEG", quality=90, dpi=frame.info.get("dpi", (200, 200)))
    return body.getvalue()
