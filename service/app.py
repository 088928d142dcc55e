"""The application: routers, translators, headers, limits, and the rule that no route is without a right."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from archive.access import Actor
from archive.house import House
from archive.rights import Right
from indexes.port import SearchEngine
from service import errors, health
from service.api import api_router
from service.body import BodyLimits
from service.edge import OPEN, Needs, TheEngine, TheHouse
from service.routes import check_named
from service.site import install_pages
from service.web.headers import SecurityHeaders

plain = APIRouter(tags=["health"])


@plain.get("/healthz", dependencies=[OPEN])
def get_healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "alive"}


@plain.get("/readyz", dependencies=[OPEN])
def get_readyz(house: TheHouse, engine: TheEngine) -> Response:
    """Whether rows, keys and bytes answer; 503 names what does not."""
    away = [part.name for part in health.parts(house, engine) if part.needed and not part.ok]
    return JSONResponse({"status": "away" if away else "ready", "away": away}, 503 if away else 200)


@plain.get("/metrics")
def get_metrics(actor: Annotated[Actor, Needs(Right.HEALTH)], house: TheHouse) -> Response:
    """Counters and queue depths for Prometheus, by a token of who may see the health."""
    del actor
    return Response(health.metrics(house), media_type="text/plain; version=0.0.4; charset=utf-8")


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
        title="Anjuan", version="0.1.0", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan,
        redirect_slashes=False,
    )  # fmt: skip
    app.state.house, app.state.engine = house, engine
    app.include_router(plain)
    app.include_router(api_router())
    errors.install(app)
    install_pages(app, house)
    check_named(app)
    app.add_middleware(BodyLimits, upload_limit=house.settings.max_upload_mib * 1024 * 1024)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(house.settings.allowed_hosts))
    app.add_middleware(SecurityHeaders)
    return app
