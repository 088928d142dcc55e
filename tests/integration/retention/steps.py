"""Every step of an execution that touches something outside the process, counted, with a hook before or after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.retention.world import World

STORE = ("versions", "purge", "uploads", "abort", "absent", "keys", "held")


class Crash(BaseException):
    """The process dies here: nothing in the product may catch it."""


@dataclass
class Steps:
    """Calls the hook at step `at`, before it (or after it, with `late`)."""

    at: int = 0
    late: bool = False
    hook: Callable[[], None] = field(default=lambda: None)
    seen: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.seen.append(name)
        mine = len(self.seen) == self.at
        if mine and not self.late:
            self.hook()
        yield
        if mine and self.late:
            self.hook()

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the port takes and gives
            with self.step(name):
                return call(*args, **kwargs)

        return counted


class Watched:
    """An object whose named methods are steps."""

    def __init__(self, inner: object, names: tuple[str, ...], steps: Steps, label: str) -> None:
        self._inner, self._names, self._steps, self._label = inner, names, steps, label

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the inner object has it
        found = getattr(self._inner, name)
        return self._steps.around(f"{self._label}.{name}", found) if name in self._names else found


@contextmanager
def watching(world: World, steps: Steps) -> Iterator[None]:
    """All ports and commits of the installation are steps while this lasts."""
    house, shelf, transaction = world.house, world.shelf, world.house.database.transaction
    stores = {"destroyer": house.destroyer, "verifier": house.verifier}

    @contextmanager
    def counted() -> Iterator[Any]:
        with steps.step("commit"), transaction() as session:
            yield session

    for name, store in stores.items():
        house.__dict__[name] = Watched(store, STORE, steps, name)
    vault = house.vault
    house.vault = Watched(vault, ("destroy", "absent"), steps, "vault")  # type: ignore[assignment]
    house.database.transaction = counted  # type: ignore[method-assign, assignment]
    world.shelf = Watched(shelf, ("purge", "absent"), steps, "index")  # type: ignore[assignment]
    try:
        yield
    finally:
        house.__dict__.update(stores)
        house.vault, house.database.transaction, world.shelf = vault, transaction, shelf  # type: ignore[method-assign]
