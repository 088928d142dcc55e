"""How much a file may ask of us before reading it is given up. Figures: measured on public and on hostile files."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps that hold before and while a file is decoded. Sizes in bytes, times in seconds, page sides in points."""

    file_bytes: int = 500 * MIB
    pages: int = 5_000
    bytes_per_page: int = 20
    frames: int = 2_000
    page_points: float = 14_400.0
    image_pixels: int = 100_000_000
    image_side: int = 65_000
    ratio: int = 1_000
    ratio_matters_from: int = 64 * MIB
    raster_side: int = 4_000
    glyphs: int = 100_000
    page_cpu: int = 20
    child_cpu: int = 120
    page_wall: float = 30.0
    memory: int = 1_536 * MIB
    written_file: int = 256 * MIB
    open_files: int = 64
    pages_per_child: int = 100
    child_deaths: int = 3
