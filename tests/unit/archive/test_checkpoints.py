"""Checkpoints: the published form, the signatures, and what is refused."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from archive.checkpoints import Checkpoint, key_id, parse, sign, verify
from archive.errors import Damaged
from archive.signing import SigningKey, fingerprint, verified

ORIGIN = "anjuan.example/log"
KEY = SigningKey("checkpoint", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
POINT = Checkpoint(ORIGIN, 20852163, sha256(b"root").digest())

# The note of the C2SP specification tlog-checkpoint.
PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def test_the_published_note_is_read() -> None:
    signed = parse(PUBLISHED)
    assert (signed.checkpoint.origin, signed.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert signed.checkpoint.text + "\n" == PUBLISHED.partition("—")[0]
    assert [(len(line.key_id), len(line.value)) for line in signed.signatures] == [(4, 64)]


def test_a_signed_checkpoint_verifies_with_its_own_origin_and_key_only() -> None:
    note = sign(POINT, KEY)
    assert verify(note, ORIGIN, KEY.public) == POINT
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    for origin, public in ((ORIGIN, other), ("anjuan.example/other", KEY.public)):
        with pytest.raises(Damaged):
            verify(note, origin, public)


def test_a_witness_s_line_beside_ours_changes_nothing() -> None:
    note = sign(POINT, KEY) + PUBLISHED.rpartition("\n\n")[2]
    assert verify(note, ORIGIN, KEY.public) == POINT
    assert len(parse(note).signatures) == 2


def test_the_key_id_is_the_one_of_the_specification() -> None:
    made = sha256(ORIGIN.encode() + b"\n\x01" + KEY.public).digest()[:4]
    assert parse(sign(POINT, KEY)).signatures[0].key_id == key_id(ORIGIN, KEY.public) == made


@given(st.data())
def test_one_changed_letter_is_found(data: st.DataObject) -> None:
    note = sign(POINT, KEY)
    place = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != note[place]))
    with pytest.raises(Damaged):
        verify(note[:place] + letter + note[place + 1 :], ORIGIN, KEY.public)


@pytest.mark.parametrize(
    "note",
    ["", "\n\n", POINT.text, POINT.text + "\n", POINT.text + "\n— x\n", sign(POINT, KEY)[:-1], "\n" + sign(POINT, KEY)],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(Damaged):
        verify(note, ORIGIN, KEY.public)


def test_signatures_hold_for_their_message_and_key_only() -> None:
    signature = KEY.sign_value({"b": 1, "a": "阅"})
    assert verified(KEY.public, '{"a":"阅","b":1}'.encode(), signature)
    assert not verified(KEY.public, '{"a":"阅","b":2}'.encode(), signature)
    assert not verified(KEY.public[:31], b"", signature)
    assert not verified(KEY.public, '{"a":"阅","b":1}'.encode(), signature[:63])
    assert KEY.fingerprint == fingerprint(KEY.public) == sha256(KEY.public).hexdigest()
    assert "private" not in repr(KEY)
