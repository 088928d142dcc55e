"""The whole main job, one screen."""

from __future__ import annotations

from service.demo.destroying import destroy
from service.demo.finding import find
from service.demo.keeping import keep
from service.demo.proving import prove
from service.demo.stage import Stage
from service.demo.taking_in import take_in


def walk(stage: Stage) -> None:
    """From an empty archive to a certificate. DoesNotHold at the first step that does not."""
    taken = take_in(stage)
    find(stage, taken)
    keep(stage, taken)
    certificate = destroy(stage, taken)
    prove(stage, taken, certificate)
