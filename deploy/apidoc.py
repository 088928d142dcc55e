"""Writes the table of endpoints in `docs/api.md` from the application itself: `python -m deploy.apidoc`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from archive.rights import RIGHTS, Right
from service.api import api_router
from service.app import plain
from service.routes import named_routes

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "api.md"
MARK: Final = "<!-- What follows is written by `python -m deploy.apidoc`. -->\n"
_COLUMNS: Final = ("endpoint", "right", "given", "answer", "what")
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_TITLES: Final = {
    "documents": "Documents 文件",
    "customers": "Customers 客户",
    "folders": "Folders 案卷",
    "scan batches": "Scan batches 扫描批次",
    "search": "Search 检索",
    "retention": "Retention and destruction 保管与销毁",
    "certificates": "Certificates 销毁证明",
    "log": "Log 日志",
    "inbox": "Inbox 待办",
    "people": "People 人员",
    "departments": "Departments 部门",
    "grants": "Grants 授权",
    "tokens": "Tokens 令牌",
    "health": "Health 运行状况",
}


def application() -> FastAPI:
    """The endpoints without an installation behind them."""
    app = FastAPI(title="Anjuan")
    app.include_router(plain)
    app.include_router(api_router())
    return app


def table(app: FastAPI) -> str:
    """Every endpoint with its right, what it is given, its answer and what it does, under its tag."""
    described = app.openapi()
    needs = {(method, route.path): _needed(route) for route in named_routes(app) for method in route.methods}
    rows = sorted(_operations(described), key=_place)
    parts = []
    for tag, group in groupby(rows, key=lambda row: _tag(row[2])):
        parts.append(f"\n## {_TITLES.get(tag, tag)}\n{_cells(_COLUMNS)}\n{_cells(['---'] * len(_COLUMNS))}")
        parts.extend(_row(described, needs, *row) for row in group)
    return "\n".join(parts) + "\n\n" + _legend()


def page(app: FastAPI, text: str) -> str:
    """The page with its table as the application has it now; what is written above the mark stays."""
    head, mark, _ = text.partition(MARK)
    return head + (mark or MARK) + table(app)


def _operations(described: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method.upper(), path, methods[method]


def _place(row: tuple[str, str, dict[str, Any]]) -> tuple[int, str, str, int]:
    method, path, operation = row
    tag, order = _tag(operation), list(_TITLES)
    return order.index(tag) if tag in order else len(order), tag, path, _METHODS.index(method.lower())


def _tag(operation: Mapping[str, Any]) -> str:
    return str(operation.get("tags", ["other"])[0])


def _needed(route: Any) -> str:  # noqa: ANN401 - one route of the table
    return "open" if route.is_open else " or ".join(sorted(right.value for right in route.rights))


def _row(
    described: Mapping[str, Any],
    needs: Mapping[tuple[str, str], str],
    method: str,
    path: str,
    operation: dict[str, Any],
) -> str:
    statuses = ", ".join(status for status in operation["responses"] if status < "300")
    what = " ".join(str(operation.get("description", "")).split())
    given = ", ".join(_given(described, operation))
    return _cells([f"`{method} {path.removeprefix('/api/v1')}`", needs[method, path], given, statuses, what])


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _given(described: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    """Names of query parameters, headers and body fields; required ones in bold."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "path":
            yield _named(parameter["name"], needed=parameter.get("required", False))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _fields(described, content["schema"])


def _fields(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    while "anyOf" in schema or "$ref" in schema or schema.get("type") == "array":
        if "anyOf" in schema:
            schema = schema["anyOf"][0]
        elif "$ref" in schema:
            schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = schema["items"]
    needed = schema.get("required", [])
    yield from (_named(name, needed=name in needed) for name in schema.get("properties", {}))


def _named(name: str, *, needed: bool) -> str:
    return f"**{name}**" if needed else name


def _legend() -> str:
    """Which role has which right, from the same table as the routes' checks."""
    rights = "\n".join(
        f"| {right.value} | {', '.join(role.value for role, held in RIGHTS.items() if right in held)} |"
        for right in Right
    )
    return f"## Rights and roles 权限与角色\n| right | roles |\n| --- | --- |\n{rights}\n"


def main() -> int:
    """Write the page anew."""
    PAGE.write_text(page(application(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
