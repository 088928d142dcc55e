"""What was learned about document types from corrections: looked at, asked for, taken back."""

from __future__ import annotations

from typing import Any

import typer

from archive import type_models
from archive.audit import OPERATOR
from archive.house import House
from archive.type_models import LearnedTypes
from service.commands.opening import AsJson, show, the_house
from service.views import moment

group = typer.Typer(no_args_is_help=True)


@group.callback()
def types() -> None:
    """What was learned about document types from corrections."""


@group.command("status")
def status(as_json: AsJson = False) -> None:
    """Each learning: what it was taught by, how it and its forerunner did on corrections held back, which is in use."""
    with the_house() as house:
        found = told(house)
    lines = [f"corrected: {found['corrected']}, in use: {found['in_use']}"]
    lines += [
        f"{one['made_at']}  {one['state']:9} taught by {one['taught']}, of {one['held_back']} held back"
        f" {one['right_before']} were right before, {one['right_after']} after"
        for one in found["learnings"]
    ]
    show(found, "\n".join(lines), as_json=as_json)


@group.command("learn")
def learn(as_json: AsJson = False) -> None:
    """Ask the workers to learn from what was corrected, now instead of tonight."""
    with the_house() as house, house.database.transaction() as session:
        asked = type_models.ask_to_learn(session)
    show({"asked": asked}, "Learning is queued." if asked else "Learning is queued already.", as_json=as_json)


@group.command("back")
def back(as_json: AsJson = False) -> None:
    """Set the learned model in use aside for the one before it, at last for the one that comes with Anjuan."""
    with the_house() as house, house.database.transaction() as session:
        former = type_models.go_back(session, OPERATOR)
        name = former.id if former else "shipped"
    show({"in_use": name}, f"In use: {name}", as_json=as_json)


def told(house: House) -> dict[str, Any]:
    """How many papers were corrected, which model is in use, and all learnings."""
    with house.database.reading() as session:
        found = type_models.learnings(session)
        return {
            "corrected": type_models.corrected(session),
            "in_use": type_models.current_id(session) or "shipped",
            "learnings": [_learning(one) for one in found],
        }


def _learning(one: LearnedTypes) -> dict[str, Any]:
    return {
        "id": one.id, "made_at": moment(one.made_at), "state": one.state, "corrections": one.corrections,
        "taught": one.taught, "held_back": one.held_back, "right_before": one.right_before,
        "right_after": one.right_after, "loss_before": one.loss_before, "loss_after": one.loss_after,
    }  # fmt: skip
