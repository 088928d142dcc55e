"""How the addresses in settings begin, by setting; what else is given is refused at the start, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

_DATABASE: Final = ("postgresql+psycopg://", "sqlite:///")
_STORE: Final = ("file:///", "s3+http://", "s3+https://")
_HTTP: Final = ("http://", "https://")

BEGINNINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "database_url": _DATABASE,
    "keys_url": _DATABASE,
    "store_url": _STORE,
    "store_destroy_url": _STORE,
    "store_verify_url": _STORE,
    "search_url": _HTTP,
    "broker_url": ("amqp://", "amqps://", "redis://", "rediss://"),
    "tsa_url": _HTTP,
}
"""An empty address is the embedded part."""


def need_address(setting: str, value: str) -> str:
    """The address as it is, or empty. ValueError says how one of this setting begins, or what it lacks."""
    beginnings = BEGINNINGS[setting]
    if value and not value.startswith(beginnings):
        raise ValueError(f"an address that begins with {' or '.join(beginnings)} is needed, or none")
    if value and not value.startswith(("file:", "sqlite:")):
        _need_whole(urlsplit(value))
    return value


def _need_whole(parts: SplitResult) -> None:
    """A database or broker may be reached by a socket of this machine, so that these name no host."""
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("the port is no number from 1 to 65535") from error
    if port == 0 or not (parts.hostname or parts.scheme.startswith(("postgresql", "amqp", "redis"))):
        raise ValueError("the address names no host, or port 0")
    if parts.scheme.startswith("s3+") and not (parts.username and parts.password):
        raise ValueError("key and secret are needed: s3+https://KEY:SECRET@HOST:PORT/PREFIX")


def without_secret(value: object) -> str:
    """What may be shown of an address: how it begins. A password may stand behind that."""
    beginning, sign, rest = str(value).partition("://")
    if not sign:
        return "something with @ in it" if "@" in beginning else repr(beginning)
    return f"{beginning}{sign}{'…' if rest else ''}"
