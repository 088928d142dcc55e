"""What data subjects ask for in the state machine: deletion where nothing bars it, else restriction to storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from archive.errors import Refusal
from retention import erasure, restriction
from retention.requests import Ground, Outcome
from tests.integration.retention.model import RECORDS, Doc, Model
from tests.integration.retention.world import World

OFFICER = st.sampled_from(sorted(RECORDS) * 3 + ["first", "sales"])
PICK = st.integers(0, 999)


class Asking(RuleBasedStateMachine):
    """An installation beside its model, and what people ask of it."""

    world: World
    model: Model

    # Asking both

    def agree(self, allowed: bool, act: Callable[[], Any]) -> Any:  # noqa: ANN401, FBT001 - as the act gives it
        """Do it; what the model forbids must be refused, and nothing else."""
        try:
            given = act()
        except Refusal as refusal:
            if allowed:
                raise AssertionError(f"refused: {refusal.code}: {refusal.detail}") from refusal
            return None
        assert allowed, "the model forbids what was done"
        return given if given is not None else True

    def doc(self, n: int) -> Doc:
        return list(self.model.docs.values())[n % len(self.model.docs)]

    # What data subjects ask for

    @rule(who=OFFICER, n=PICK, outcome=st.sampled_from([*Outcome, Outcome.DELETE]))
    def asked_to_delete(self, who: str, n: int, outcome: Outcome) -> None:
        """A request, checked and answered: deleted early where nothing bars it, else stored and nothing more."""
        document = self.doc(n)
        gone = document.destroying or document.destroyed
        allowed = who in RECORDS and not gone and (outcome is Outcome.RESTRICT or self.model.erasable(document))
        if self.agree(allowed, lambda: self._ask(who, document.id, outcome)):
            document.asked |= outcome is Outcome.DELETE
            document.restricted |= outcome is Outcome.RESTRICT

    def _ask(self, who: str, doc: str, outcome: Outcome) -> None:
        vault = self.world.house.vault
        with self.world.as_(who) as (session, actor, _):
            scope, today = self.world.known(who, session), self.world.today
            order = erasure.RequestOrder("李四", "delete it", Ground.CONSENT_WITHDRAWN, today, document_ids=[doc])
            made = erasure.record_request(session, actor, scope, vault, order, today=today)
            erasure.check_identity(session, actor, scope, vault, made.id, how="seen")
            erasure.decide(session, actor, scope, made.id, [erasure.Answer(doc, outcome, "asked")], today=today)

    @precondition(lambda self: any(doc.restricted for doc in self.model.docs.values()))
    @rule(who=OFFICER, n=PICK)
    def brought_back(self, who: str, n: int) -> None:
        """Two people lift a restriction."""
        kept = [doc for doc in self.model.docs.values() if doc.restricted]
        document = kept[n % len(kept)]
        if document.destroying or document.destroyed:
            return
        if self.agree(who in RECORDS, lambda: self._bring_back(who, document.id)):
            document.restricted = not document.lift_asked or document.lift_asked == who
            document.lift_asked = (document.lift_asked or who) if document.restricted else ""

    def _bring_back(self, who: str, doc: str) -> None:
        with self.world.as_("officer") as (session, _, _):
            found = restriction.restrictions(session, self.world.known("officer", session))
            [row] = [row.id for row, document in found if document.id == doc]
        with self.world.as_(who) as (session, actor, _):
            restriction.lift(session, actor, self.world.known(who, session), row, "withdrawn")
