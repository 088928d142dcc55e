from __future__ import annotations

import pytest

from tests import servers


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "running_exports", dict)
    monkeypatch.delenv("ANJUAN_TEST_MINIO_URL", raising=False)
    monkeypatch.delenv("ANJUAN_REQUIRE_SERVERS", raising=False)


def test_a_missing_server_skips_and_says_the_remedy() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"ANJUAN_TEST_MINIO_URL .* make servers"):
        servers.server_url("ANJUAN_TEST_MINIO_URL")


def test_a_missing_server_fails_where_servers_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match=r"ANJUAN_TEST_MINIO_URL .* make servers"):
        servers.server_url("ANJUAN_TEST_MINIO_URL")


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_TEST_MINIO_URL", "s3+http://a:b@elsewhere/c")
    assert servers.server_url("ANJUAN_TEST_MINIO_URL") == "s3+http://a:b@elsewhere/c"
