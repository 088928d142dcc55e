"""IIIF Presentation 3 manifests, made from plain values. Source: https://iiif.io/api/presentation/3.0/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from service.iiif import service_of, view

CONTEXT: Final = "http://iiif.io/api/presentation/3/context.json"
NO_IMAGE: Final = (1000, 1414)
"""Measures of a canvas without an image: of a page that could not be read."""
_THUMBNAIL: Final = 160


@dataclass(frozen=True, slots=True)
class Canvas:
    """A page: its number in the document and its measures in pixels; 0 for a page without an image."""

    number: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Bound:
    """The pages of a document, with its title as the reader may see it and its archival code."""

    document_id: str
    label: str
    code: str
    leaves: Sequence[Canvas] = field(repr=False)


def manifest(root: str, path: str, label: str, papers: Sequence[Bound]) -> dict[str, Any]:
    """Papers bound one behind the other; several have a table of contents. `root` is where all IIIF addresses begin."""
    several = len(papers) > 1
    canvases = [
        _canvas(f"{root}/{paper.document_id}/{leaf.number}", leaf, f"{paper.code or paper.label} " if several else "")
        for paper in papers
        for leaf in paper.leaves
    ]
    told: dict[str, Any] = {"@context": CONTEXT, "id": f"{root}/{path}", "type": "Manifest", "label": told_once(label)}
    if several:
        told["structures"] = [_contents(root, path, papers)]
    return told | {"behavior": ["individuals"], "items": canvases}


def told_once(text: str) -> dict[str, list[str]]:
    """A text in no language in particular: what stands on the paper."""
    return {"none": [text]}


def in_both(zh: str, en: str) -> dict[str, list[str]]:
    """A text of ours."""
    return {"zh": [zh], "en": [en]}


def _contents(root: str, path: str, papers: Sequence[Bound]) -> dict[str, Any]:
    ranges = [
        {
            "id": f"{root}/{path}/{paper.document_id}", "type": "Range",
            "label": told_once(f"{paper.code} {paper.label}".strip()),
            "items": [
                {"id": f"{root}/{paper.document_id}/{leaf.number}/canvas", "type": "Canvas"} for leaf in paper.leaves
            ],
        }
        for paper in papers
        if paper.leaves
    ]  # fmt: skip
    return {"id": f"{root}/{path}/contents", "type": "Range", "label": in_both("目录", "Contents"), "items": ranges}


def _canvas(place: str, leaf: Canvas, before: str) -> dict[str, Any]:
    width, height = (leaf.width, leaf.height) if leaf.width and leaf.height else NO_IMAGE
    canvas = {
        "id": f"{place}/canvas", "type": "Canvas", "label": told_once(f"{before}{leaf.number}"), "width": width,
        "height": height,
    }  # fmt: skip
    if (width, height) != (leaf.width, leaf.height):
        return canvas
    painting = {
        "id": f"{place}/image", "type": "Annotation", "motivation": "painting",
        "body": _image(place, "max", (width, height)), "target": f"{place}/canvas",
    }  # fmt: skip
    small = _image(place, f"{min(_THUMBNAIL, width)},", (width, height))
    page = {"id": f"{place}/annotations", "type": "AnnotationPage", "items": [painting]}
    return canvas | {"thumbnail": [small], "items": [page]}


def _image(place: str, size: str, page: tuple[int, int]) -> dict[str, Any]:
    """The whole page in a size, as a resource with the service that it comes from."""
    seen = view("full", size, "0", page)
    return {
        "id": f"{place}/full/{size}/0/default.jpg", "type": "Image", "format": "image/jpeg", "width": seen.width,
        "height": seen.height, "service": [service_of(place, page)],
    }  # fmt: skip
