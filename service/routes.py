"""The route table and its rule: every route names the right that it needs, or says that it is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from archive.rights import Right
from service.edge import Gate, Open


@dataclass(frozen=True, slots=True)
class Named:
    """One route as the table of rights sees it; `rights` is empty for an open one."""

    methods: frozenset[str]
    path: str
    rights: frozenset[Right]
    is_open: bool


class UnnamedRoutes(SystemExit):
    """Routes that name no right: the start stops."""


def named_routes(app: FastAPI) -> Iterator[Named]:
    """Every route of the application with what it needs; static files are open to all."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue
        calls = list(_calls(context.dependant)) if isinstance(context.original_route, APIRoute) else []
        rights = frozenset(right for call in calls if isinstance(call, Gate) for right in call.rights)
        is_open = any(isinstance(call, Open) for call in calls)
        yield Named(frozenset(context.methods or ()), str(context.path), rights, is_open)


def templates(app: FastAPI) -> dict[int, str]:
    """The whole template of every route, such as `/api/v1/documents/{document_id}`, by the identity of its object."""
    return {id(context.original_route): str(context.path) for context in iter_route_contexts(app.routes)}


def _calls(dependant: Dependant) -> Iterator[object]:
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def check_named(app: FastAPI) -> None:
    """UnnamedRoutes when a route says neither which right it needs nor that it is open."""
    routes = named_routes(app)
    wrong = [f"{sorted(route.methods)} {route.path}" for route in routes if not route.rights and not route.is_open]
    if wrong:
        raise UnnamedRoutes("Routes that name no right:\n  " + "\n  ".join(wrong))
