"""Canonical JSON: one value, one sequence of bytes (RFC 8785), so that hashes and signatures can be made again."""

from __future__ import annotations

import hashlib

import rfc8785


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value; ValueError for what JSON cannot say exactly (NaN, 2⁵³, lone surrogates).

    Money and dates are strings, so that what we sign holds no fractions.
    """
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # it refuses by itself what is no JSON value


def digest(value: object) -> str:
    """SHA-256, in hex, of the canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()
