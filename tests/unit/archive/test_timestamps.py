"""Time stamps: had from a real authority, believed only when they are over what was asked and hold."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from archive.base import now
from archive.errors import Away
from archive.seals import _made
from archive.settings import WrongSetting, load_settings
from archive.timestamps import Authority
from retention.bundle import verify
from tests.authority import TestAuthority, time_stamping_authority

SAID = b"what was said"
DIGEST = sha256(SAID).digest()


@pytest.fixture
def authority() -> Iterator[TestAuthority]:
    with time_stamping_authority() as running:
        yield running


@pytest.fixture
def roots(authority: TestAuthority, tmp_path: Path) -> Path:
    path = tmp_path / "roots.pem"
    path.write_bytes(authority.certificate)
    return path


def test_a_stamp_is_over_what_was_asked_and_names_time_and_authority(authority: TestAuthority, roots: Path) -> None:
    for trusted in (None, roots):
        given = Authority(authority.url, trusted).stamp(DIGEST)
        assert abs(given.at - now()) < timedelta(seconds=10)
        assert "Test Authority 时间戳" in given.authority
        assert verify.stamped(given.token) == (DIGEST.hex(), given.at.replace(microsecond=0))


def test_openssl_says_the_same_of_the_token(authority: TestAuthority, roots: Path, tmp_path: Path) -> None:
    (tmp_path / "said").write_bytes(SAID)
    (tmp_path / "said.tst").write_bytes(Authority(authority.url).stamp(DIGEST).token)
    asked = ["openssl", "ts", "-verify", "-in", "said.tst", "-token_in", "-CAfile", str(roots), "-data"]
    for name, status in (("said", 0), ("said.tst", 1)):
        done = subprocess.run([*asked, name], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == status, done.stderr.decode()


def test_what_is_no_stamp_of_this_is_not_believed(authority: TestAuthority, tmp_path: Path) -> None:
    authority.lies = True
    with pytest.raises(Away, match=r"no usable stamp|does not hold"):
        Authority(authority.url).stamp(DIGEST)
    authority.lies, authority.away = False, True
    with pytest.raises(Away, match="did not answer"):
        Authority(authority.url).stamp(DIGEST)
    with pytest.raises(Away, match="did not answer"):
        Authority("http://127.0.0.1:9/").stamp(DIGEST)


def test_an_authority_whose_certificate_leads_to_none_of_the_roots_is_not_believed(
    authority: TestAuthority, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(_made(load_settings()))
    with pytest.raises(Away, match=r"ANJUAN_TSA_ROOTS_FILE|no usable stamp"):
        Authority(authority.url, other).stamp(DIGEST)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("tsa_url", "ftp://x"), ("tsa_roots_file", "/nowhere/roots.pem"), ("pdf_signer_file", "/etc/hostname")],
)
def test_a_setting_that_cannot_be_used_stops_the_start(setting: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=f"ANJUAN_{setting.upper()}"):
        load_settings(**{setting: value})
