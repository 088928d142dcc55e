"""Every error a use case may raise, in one tree.

    Refusal                 the caller can do something about it: `code`, `status`, a sentence that says what to do
    ├── NotFound            404  what is absent, and what the actor may not see: they answer alike
    ├── Gone                410  destroyed; names the certificate
    ├── Forbidden           403  the actor lacks a right (never used for what cannot be seen)
    │   └── StepUpRequired  403  needs a fresh sign-in
    ├── Conflict            409  the state of things does not allow it now
    ├── Invalid             422  the request itself is wrong
    └── Unavailable         503  a part is away; try again later
    Fault                   something of ours or below us is broken; retryable or permanent
    ├── Damaged             bytes are not what was stored
    └── Away                a store, engine or database did not answer

`status` follows RFC 9110; one translator at each entry point turns these into answers.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """A refusal with a stable code and a sentence of advice. `detail` goes to the caller, `reason` to the log."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "refused"

    def __init__(self, detail: str, *, code: str | None = None, reason: str = "", **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.reason = reason
        self.extra = extra


class NotFound(Refusal):
    """Absent, or not to be seen. Carries no words of its own, so that both answer alike (invariant 6)."""

    status = 404
    default_code = "not_found"

    def __init__(self, *, reason: str = "") -> None:
        super().__init__("Nothing is here, or it is not for you to see.", reason=reason)


class Gone(Refusal):
    """Destroyed; `certificate_no` names the proof."""

    status = 410
    default_code = "destroyed"


class Forbidden(Refusal):
    """The actor's rights do not reach this act."""

    status = 403
    default_code = "forbidden"


class StepUpRequired(Forbidden):
    """A signature needs a sign-in of the last five minutes, or a token with the scope `sign`."""

    default_code = "step_up_required"

    def __init__(self) -> None:
        super().__init__("Sign in again to sign: your last sign-in is older than five minutes.")


class Conflict(Refusal):
    """Not now: the state of things forbids it."""

    status = 409
    default_code = "conflict"


class Invalid(Refusal):
    """The request is wrong; `extra['errors']` may list each fault by field."""

    status = 422
    default_code = "invalid"


class Unavailable(Refusal):
    """A part that this needs is away. Try again later; nothing was lost."""

    status = 503
    default_code = "unavailable"


def reason_given(reason: str, most: int) -> str:
    """What a person said why, without the blanks around it. Invalid for nothing, or for more than `most` characters."""
    said = reason.strip()
    if not 1 <= len(said) <= most:
        wrong = [{"field": "reason", "code": "length" if said else "missing"}]
        raise Invalid(f"Say why, in at most {most} characters.", errors=wrong)
    return said


class Fault(Exception):
    """Broken below us. `retryable` says whether the same step may succeed later."""

    retryable: ClassVar[bool] = False


class Damaged(Fault):
    """Bytes differ from what was stored: wrong digest, wrong tag, cut or swapped chunk. Says which object."""


class Away(Fault):
    """A server or disk did not answer. `patient`: it may be so for days, and who waits for it asks ever less often."""

    retryable = True
    patient: ClassVar[bool] = False
