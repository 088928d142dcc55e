"""The REST API under /api/v1: one module for each noun."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from fastapi import APIRouter

NOUNS: Final = (
    "documents", "document_files", "arrangements", "customers", "folders", "scan_batches", "people", "tokens",
    "departments", "grants", "retention_classes", "trigger_events", "holds", "appraisals", "destruction_batches",
    "batch_papers",
    "erasure_requests", "restrictions", "search", "searches", "audit", "certificates", "drills", "inbox", "status",
    "property_checks", "sites", "separators", "rescans", "document_types",
)  # fmt: skip


def api_router() -> APIRouter:
    """All nouns under /api/v1, and IIIF beside them."""
    made = APIRouter()
    for noun in NOUNS:
        made.include_router(import_module(f"service.api.{noun}").router, prefix="/api/v1")
    made.include_router(import_module("service.api.iiif").router)
    return made
