"""The headers that every answer carries: content stays on its own origin, nothing is guessed, framed or remembered."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""One policy for all pages, without `unsafe-*` (reliability.md 3.4.3)."""

ALWAYS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",  # `no-referrer` makes a form's Origin «null», which the check of A16 refuses
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
STATIC: Final = "/static/"


class SecurityHeaders:
    """ASGI middleware that adds `ALWAYS`, and forbids caches to keep anything but static files."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the first message of the answer gets the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(MutableHeaders(scope=message), str(scope["path"]))
            await send(message)

        await self.app(scope, receive, sending)


def dress(headers: MutableHeaders, path: str) -> None:
    """Add what an answer lacks; a route that said something stricter keeps it."""
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-cache" if path.startswith(STATIC) else "no-store")
