"""The pages in the application: templates, static files, and every page module's router."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

import service.web
from archive.house import House
from service.web.answers import refusals_as_pages
from service.web.inbox import Badges
from service.web.render import Pages

STATIC: Final = Path(__file__).parent / "web" / "static"


def install_pages(app: FastAPI, house: House) -> None:
    """Serve the pages: what a refusal says to a person is a page, too."""
    app.state.pages = Pages(house.settings.zone)
    app.state.badges = Badges()
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in page_routers():
        app.include_router(router, include_in_schema=False)
    refusals_as_pages(app)


def page_routers() -> list[APIRouter]:
    """The router of every module below `service.web` that has one."""
    modules = (import_module(f"service.web.{found.name}") for found in pkgutil.iter_modules(service.web.__path__))
    routers = (getattr(module, "router", None) for module in modules)
    return [router for router in routers if isinstance(router, APIRouter)]
