"""Pictures of any mode, shape and damage made plain: grey or RGB of eight bits, dots as wide as high, bounded."""

from __future__ import annotations

from PIL import Image, ImageFile

_UNEVEN, _MOST_UNEVEN = 1.2, 4.0


def load(image: Image.Image) -> bool:
    """Decode, in a second try what there is of a cut file. Returns whether it was cut."""
    try:
        image.load()
    except OSError:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        return True
    return False


def stated_dpi(image: Image.Image) -> tuple[float, float]:
    """Dots an inch, the finer way; and how many times higher than wide a dot is: 2 for a fax in standard mode."""
    stated = image.info.get("dpi", (0.0, 0.0))
    if not isinstance(stated, tuple) or len(stated) != 2:  # noqa: PLR2004 - across and down
        return 0.0, 1.0
    across, down = (float(side) for side in stated)
    uneven = min(across, down) > 0 and max(across, down) / min(across, down) < _MOST_UNEVEN
    return max(across, down), across / down if uneven else 1.0


def squared(image: Image.Image, tall: float) -> Image.Image:
    """With dots as wide as high: the coarser side is stretched."""
    if max(tall, 1 / tall) < _UNEVEN:
        return image
    width, height = image.size
    size = (width, round(height * tall)) if tall > 1 else (round(width / tall), height)
    return image.resize(size, Image.Resampling.BICUBIC)


def bounded(image: Image.Image, side: int) -> Image.Image:
    """Its longest side at most `side`, by averaging whole pixels."""
    factor = -(-max(image.size) // side)
    return image.reduce(factor) if factor > 1 else image


def flat(image: Image.Image) -> Image.Image:
    """Grey or RGB of eight bits, whatever it was: bitonal, palette, alpha, CMYK, sixteen bits, floating point."""
    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "F":
        return _stretched(image)
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    low, high = image.getextrema()
    scale = 255.0 / (float(high) - float(low) or 1.0)  # type: ignore[arg-type]  # one band, so plain numbers
    return image.point(lambda value: value * scale - float(low) * scale).convert("L")  # type: ignore[arg-type]  # as above
