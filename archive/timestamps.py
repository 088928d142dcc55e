"""Time stamps (RFC 3161) by an authority elsewhere: asked for over HTTP, and checked before they are believed.

pyHanko asks and checks. It is loaded with the first stamp, so that a service that stamps nothing stays small.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from archive.errors import Away

Done = TypeVar("Done")
Untyped = Any
"""asn1crypto brings no types."""

ANSWERS_WITHIN: Final = 15.0
LARGEST_ANSWER: Final = 256 * 1024
ASKED: Final = "application/timestamp-query"


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token (DER, CMS) as the authority gave it, the instant that it names, and the name of who signed it."""

    token: bytes
    at: datetime
    authority: str


def beside(work: Callable[[], Done]) -> Done:
    """What it gives, done in a thread of its own: pyHanko runs an event loop, and the caller's thread may have one."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(work).result()


class Authority:
    """One time stamping authority. `roots` is a PEM file of certificates to which its own must lead.

    Without it a token is checked against the certificate that it brings itself: that it is whole, not whose it is.
    """

    def __init__(self, url: str, roots: Path | None = None) -> None:
        self.url, self._roots = url, roots

    def stamp(self, digest: bytes) -> TimeStamp:
        """A stamp over a SHA-256. Away when the authority does not answer, refuses, or answers something else."""
        try:
            return beside(lambda: self._checked(asyncio.run(self.asker.async_timestamp(digest, "sha256")), digest))
        except Away:
            raise
        except Exception as error:  # whatever an answer from elsewhere breaks, there is no stamp
            raise Away(f"The time stamping authority {self.url} gave no usable stamp: {error!r}") from error

    @cached_property
    def asker(self) -> Untyped:
        """What pyHanko asks stamps of when it signs a PDF."""
        from pyhanko.sign.timestamps import TimeStamper  # noqa: PLC0415 - see above

        url = self.url

        class Asker(TimeStamper):  # type: ignore[misc] # pyHanko is untyped here
            async def async_request_tsa_response(self, req: Untyped) -> Untyped:
                return type(self).answer(req)

            @staticmethod
            def answer(req: Untyped) -> Untyped:
                from asn1crypto import tsp  # noqa: PLC0415 - as above

                return tsp.TimeStampResp.load(_posted(url, req.dump()), strict=True)

        return Asker()

    def _checked(self, token: Untyped, digest: bytes) -> TimeStamp:
        """The stamp, once it is over this digest and signed by a certificate that may stamp."""
        from pyhanko.sign.validation.generic_cms import validate_tst_signed_data  # noqa: PLC0415 - as above
        from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415 - as above

        signed = token["content"]
        own = [each.chosen for each in signed["certificates"]]
        context = ValidationContext(trust_roots=self._trusted() or own, other_certs=own, allow_fetching=False)
        found = asyncio.run(validate_tst_signed_data(signed, context, lambda name: digest if name == "sha256" else b""))
        if not (found["intact"] and found["valid"] and found["trust_problem_indic"] is None):
            raise Away(f"The stamp of {self.url} does not hold: is its certificate one of ANJUAN_TSA_ROOTS_FILE?")
        return TimeStamp(token.dump(), found["timestamp"], str(found["signing_cert"].subject.human_friendly))

    def _trusted(self) -> list[Untyped]:
        return pem_certificates(self._roots.read_bytes()) if self._roots else []


def pem_certificates(data: bytes) -> list[Untyped]:
    """The certificates of a PEM file, in its order, as pyHanko takes them."""
    from asn1crypto import pem, x509  # noqa: PLC0415 - as above

    found = pem.unarmor(data, multiple=True)
    return [x509.Certificate.load(der) for name, _, der in found if name == "CERTIFICATE"]


def _posted(url: str, body: bytes) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": ASKED})  # noqa: S310 - the settings take http(s) alone
    try:
        with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN) as answer:  # noqa: S310 - as above
            given: bytes = answer.read(LARGEST_ANSWER)
    except OSError as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise Away(f"The time stamping authority {url} did not answer: {error}") from error
    return given
