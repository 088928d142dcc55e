"""The application: routers, translators, headers, limits, and the rule that no route is without a right."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from archive.access import Actor
from archive.house import House
from archive.rights import Right
from indexes.port import SearchEngine
from service import errors, health
from service.api import api_router
from service.body import BodyLimits
from service.edge import OPEN, TheEngine, TheHouse, TheSites
from service.metrics import CONTENT_TYPE, Metrics
from service.routes import check_named, templates
from service.scrape import Scrape
from service.site import install_pages
from service.sites import Sites
from service.tiles import Tiles
from service.watched import Watched
from service.web.headers import SecurityHeaders

plain = APIRouter(tags=["health"])


@plain.get("/healthz", dependencies=[OPEN])
def get_healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "alive"}


@plain.get("/readyz", dependencies=[OPEN])
def get_readyz(house: TheHouse, engine: TheEngine, sites: TheSites) -> Response:
    """Whether rows, keys and bytes answer; 503 names what does not. Without search, crew or a site: `degraded`, 200."""
    found = health.readiness(health.parts(house, engine, sites))
    told = {"status": found.status, "away": found.away, "degraded": found.degraded}
    return JSONResponse(told, 503 if found.away else 200)


@plain.get("/metrics")
def get_metrics(request: Request, scraper: Annotated[Actor | None, Depends(Scrape(Right.HEALTH))]) -> Response:
    """Figures for Prometheus, for who may see the health, or by the token of `ANJUAN_METRICS_TOKEN_FILE`."""
    del scraper
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=CONTENT_TYPE)


@plain.get("/api/v1/openapi.json", dependencies=[OPEN], include_in_schema=False)
def get_openapi(request: Request) -> dict[str, Any]:
    """The API's description; the same for everybody, with nothing of the data in it (L33)."""
    described: dict[str, Any] = request.app.openapi()
    return described


def create_app(house: House, engine: SearchEngine) -> FastAPI:
    """The application over an open house and an engine that reads. SystemExit when a route names no right."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        yield
        engine.close()
        house.close()

    app = FastAPI(
        title="Anjuan", version=version("anjuan"), openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan,
        redirect_slashes=False,
    )  # fmt: skip
    app.state.house, app.state.engine = house, engine
    app.state.sites = Sites(house)
    app.state.metrics = Metrics(house, engine, app.state.sites)
    app.state.tiles = Tiles(house.settings.scratch / "tiles")
    app.include_router(plain)
    app.include_router(api_router())
    errors.install(app)
    install_pages(app, house)
    check_named(app)
    app.add_middleware(Watched, metrics=app.state.metrics, templates=templates(app))
    app.add_middleware(BodyLimits, upload_limit=house.settings.max_upload_mib * 1024 * 1024)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(house.settings.allowed_hosts))
    app.add_middleware(SecurityHeaders)
    return app
