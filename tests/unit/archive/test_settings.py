"""A setting that cannot be used stops the start by its name, with what would be right and without its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.settings import WrongSetting, load_settings, unknown_settings


@pytest.mark.parametrize(
    ("setting", "given", "told"),
    [
        ("store_url", "ftp://x", "file:///"),
        ("store_verify_url", "s3+https://host/prefix", "KEY:SECRET"),
        ("store_destroy_url", "s3+http://a:b@host:99999/x", "port"),
        ("database_url", "mysql://u:pw@h/x", "postgresql+psycopg://"),
        ("database_url", "postgresql://u:pw@h/x", "postgresql+psycopg://"),
        ("keys_url", "keys.sqlite", "sqlite:///"),
        ("search_url", "localhost:9200", "http://"),
        ("search_url", "https://", "names no host"),
        ("broker_url", "kafka://u:pw@h", "amqp://"),
        ("tsa_url", "ftp://u:pw@h", "https://"),
        ("fonds", "", "A001"),
        ("fonds", "A 1", "A001"),
        ("allowed_hosts", "", "or * for any"),
        ("allowed_hosts", "https://archive.example.org", "without https://"),
        ("trusted_proxies", "abc", "abc is no address"),
        ("trusted_proxies", "127.0.0.1;10.0.0.1/8", "10.0.0.1/8 is no address"),
    ],
)
def test_an_address_of_another_kind_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, setting: str, given: str, told: str
) -> None:
    monkeypatch.setenv(f"ANJUAN_{setting.upper()}", given)
    with pytest.raises(WrongSetting, match=f"ANJUAN_{setting.upper()}") as refused:
        load_settings()
    assert told in str(refused.value)
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        ("database_url", "postgresql+psycopg://anjuan@/anjuan?host=/run/postgresql"),
        ("store_url", "s3+http://key:se%2Fcret@127.0.0.1:9000/anjuan"),
        ("store_url", "file:///srv/objects"),
        ("broker_url", "redis://:pw@h:6379/0"),
        ("broker_url", "amqps://u:pw@h//"),
    ],
)
def test_an_address_that_can_be_used_is(monkeypatch: pytest.MonkeyPatch, setting: str, given: str) -> None:
    monkeypatch.setenv(f"ANJUAN_{setting.upper()}", given)
    assert getattr(load_settings(), setting) == given


def test_hosts_and_proxies_that_can_be_used_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_ALLOWED_HOSTS", "archive.example.org;*.example.org")
    monkeypatch.setenv("ANJUAN_TRUSTED_PROXIES", "127.0.0.1; ::1; 10.0.0.0/8")
    settings = load_settings()
    assert settings.allowed_hosts == ("archive.example.org", "*.example.org")
    assert settings.trusted_proxies == ("127.0.0.1", "::1", "10.0.0.0/8")


def test_secrets_that_are_not_there_stop_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANJUAN_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(WrongSetting, match=r"ANJUAN_SECRETS_DIR: .*nowhere is no folder"):
        load_settings()


def test_a_name_that_is_nearly_a_setting_is_told_with_the_nearest() -> None:
    environment = {"ANJUAN_DATABSE_URL": "", "ANJUAN_PORT": "1", "ANJUAN_XYZZY_Q": "", "ANJUAN_TEST_MINIO_URL": ""}
    told = dict(unknown_settings(environment | {"ANJUAN_SECRETS_DIR": "/x", "PATH": "/bin"}))
    assert told == {"ANJUAN_DATABSE_URL": "ANJUAN_DATABASE_URL", "ANJUAN_XYZZY_Q": ""}
