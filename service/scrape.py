"""The door of `/metrics`: a right, or a token from a file that only Prometheus and the service read."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Annotated, Final

import structlog
from fastapi import Depends, Request

from archive.access import Actor
from service.edge import Gate, form_token, house_of

log = structlog.get_logger()
SHORTEST: Final = 20


class Scrape(Gate):
    """Lets through the bearer of the scrape token, as nobody in particular; everybody else as `Gate` does."""

    def __call__(  # type: ignore[override]  # the scraper is no actor, and nobody asks who it is
        self, request: Request, presented: Annotated[str, Depends(form_token)]
    ) -> Actor | None:
        """The actor of the request; None for the scraper, who can do nothing else."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        file = house_of(request).settings.metrics_token_file
        if given and file and _fits(given, file):
            return None
        return super().__call__(request, presented)


def scrape_token(file: Path) -> str:
    """The token that stands in the file. ValueError says what is wrong with it."""
    try:
        token = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read ({type(error).__name__})") from error
    if len(token) < SHORTEST:
        raise ValueError(f"{file} holds fewer than {SHORTEST} characters; make one by: openssl rand -hex 32")
    return token


def _fits(given: str, file: Path) -> bool:
    """Read anew each time, so that a token is changed without a restart."""
    try:
        return hmac.compare_digest(given.encode(), scrape_token(file).encode())
    except ValueError as error:
        log.warning("metrics.token", error=str(error))
        return False
