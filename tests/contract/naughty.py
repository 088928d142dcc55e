"""Stores that misbehave on purpose, through the port itself: every test that needs a fault takes one of these."""

# ruff: noqa: ANN401 - a wrapper passes on whatever the port takes and gives
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

from archive.stores.port import Bucket, ObjectStore


class NaughtyStore:
    """Fails the n-th call (from 1) with the error given for n; `late` does the call first, as when a reply is lost."""

    def __init__(self, store: ObjectStore, errors: Mapping[int, Exception], *, late: bool = False) -> None:
        self._store = store
        self._errors = errors
        self._late = late
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._counted(name, found) if callable(found) else found

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def counted(*args: Any, **named: Any) -> Any:
            self.calls.append(name)
            error = self._errors.get(len(self.calls))
            if error is not None and not self._late:
                raise error
            result = call(*args, **named)
            if error is not None:
                raise error
            return result

        return counted


class FlipStore:
    """Reads every object with one bit turned over, at byte `at` of what `get` gives."""

    def __init__(self, store: ObjectStore, at: int, bit: int = 0) -> None:
        self._store = store
        self._at = at
        self._mask = 1 << bit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, bucket: Bucket, key: str, *, version: str | None = None, start: int = 0) -> Iterator[bytes]:
        """As the store beneath, with the bit turned."""
        position = start
        for chunk in self._store.get(bucket, key, version=version, start=start):
            turned = bytearray(chunk)
            if position <= self._at < position + len(turned):
                turned[self._at - position] ^= self._mask
            yield bytes(turned)
            position += len(chunk)
