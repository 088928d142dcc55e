"""Hostile and honest uploads over HTTP (reliability.md §5, U01–U06, U24–U28, U31–U33; F23, Q07)."""

from __future__ import annotations

import http.client
import uuid
from pathlib import Path

import httpx
import pytest

from archive.rights import Role
from tests.houses import png
from tests.integration.api.served import Served


@pytest.fixture
def clerk(service: Served) -> str:
    return service.person("clerk", Role.SCANNER)


def test_a_scan_is_answered_with_its_digest_and_comes_back_byte_for_byte(service: Served, clerk: str) -> None:
    body = png(1, 200_000)
    answer = service.upload(clerk, body)
    assert answer.status_code == 202
    original = service.ask(clerk, "GET", f"/documents/{answer.json()['id']}/original")
    assert original.content == body
    assert original.headers["content-disposition"].startswith("attachment;")
    assert original.headers["x-content-type-options"] == "nosniff"
    assert original.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"x", 415, "unsupported_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", 415, "unsupported_type"),
        (b"<!doctype html><script>1</script>", 415, "unsupported_type"),
        (b"PK\x03\x04" + bytes(200), 415, "unsupported_type"),
    ],
    ids=["U01", "U02", "U19 svg", "U19 html", "zip"],
)
def test_what_is_no_scan_is_refused_by_name(service: Served, clerk: str, body: bytes, status: int, code: str) -> None:
    answer = service.upload(clerk, body, "scan.pdf")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_is_what_its_bytes_say(service: Served, clerk: str) -> None:
    found = service.upload(clerk, png(6), "contract.pdf").json()["id"]
    assert service.ask(clerk, "GET", f"/documents/{found}").json()["media_type"] == "image/png"


def test_a_body_that_is_announced_too_long_is_refused_before_it_is_sent(service: Served, clerk: str) -> None:
    limit = service.home.house.settings.max_upload_mib * 1024 * 1024
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/api/v1/documents")
    connection.putheader("Authorization", f"Bearer {service.tokens[clerk]}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(limit + 2 * 1024 * 1024))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    connection.close()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\boot.ini",
        "/etc/shadow",
        "CON",
        "a" * 300 + ".png",
        ".",
        "x\u202egnp.exe",
        "合同\U0002000b.png",
    ],
    ids=["dots", "backslashes", "absolute", "device", "long", "dot", "direction mark", "Ext-B"],
)
def test_a_hostile_name_is_only_a_name(service: Served, clerk: str, name: str) -> None:
    answer = service.upload(clerk, png(24), name)
    assert answer.status_code == 202
    title = service.ask(clerk, "GET", f"/documents/{answer.json()['id']}").json()["title"]
    assert title
    assert len(title) <= 200
    assert not {"/", "\\", "\u202e", "\0"} & set(title)


def test_quotes_and_line_breaks_in_a_name_split_no_header(service: Served, clerk: str) -> None:
    name = 'a";b=c\r\nX-Evil: 1.png'
    found = service.home.put(png(26), name=name)
    token = service.token(service.home.clerk.id)
    answer = service.client.get(f"/api/v1/documents/{found.id}/original", headers={"Authorization": f"Bearer {token}"})
    assert "x-evil" not in answer.headers
    assert answer.headers["content-disposition"].count('"') == 2


def test_a_chinese_name_comes_back_by_rfc_6266(service: Served, clerk: str) -> None:
    found = service.upload(clerk, png(25), "租赁合同.png").json()["id"]
    header = service.ask(clerk, "GET", f"/documents/{found}/original").headers["content-disposition"]
    assert "filename*=UTF-8''%E7%A7%9F%E8%B5%81%E5%90%88%E5%90%8C.png" in header


def test_wrong_details_are_refused_all_at_once(service: Served, clerk: str) -> None:
    answer = service.upload(clerk, png(32), folder_id="nine", customer_id="x" * 99, batch_id="")
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["errors"]} >= {"folder_id", "customer_id"}


def test_a_folder_of_another_department_is_not_there_for_a_clerk(service: Served, clerk: str) -> None:
    elsewhere = service.folder(department="finance")
    hidden = service.upload(clerk, png(33), folder_id=elsewhere["id"])
    absent = service.upload(clerk, png(33), folder_id=str(uuid.uuid4()))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["detail"] == absent.json()["detail"]


def test_the_same_request_again_is_the_same_document(service: Served, clerk: str) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answers = [service.upload(clerk, png(40), headers=key) for _ in range(5)]
    assert len({answer.json()["id"] for answer in answers}) == 1
    other_body = service.upload(clerk, png(41), headers=key)
    assert (other_body.status_code, other_body.json()["code"]) == (409, "idempotency_key_reused")
    colleague = service.person("colleague", Role.SCANNER)
    assert service.upload(colleague, png(40), headers=key).json()["id"] != answers[0].json()["id"]


def test_a_duplicate_is_told_only_to_who_may_see_the_other(service: Served, clerk: str) -> None:
    body = png(28)
    first = service.upload(clerk, body).json()
    second = service.upload(clerk, body).json()
    assert second["duplicates"] == [first["id"]]
    stranger = service.person("stranger clerk", Role.SCANNER, department="finance")
    assert service.upload(stranger, body).json()["duplicates"] == []


def test_a_range_of_an_original_is_that_range(service: Served, clerk: str) -> None:
    body = png(9, 150_000)
    path = f"/documents/{service.upload(clerk, body).json()['id']}/original"
    part = service.ask(clerk, "GET", path, headers={"Range": "bytes=65530-65545"})
    assert (part.status_code, part.content) == (206, body[65530:65546])
    assert part.headers["content-range"] == f"bytes 65530-65545/{len(body)}"
    tail = service.ask(clerk, "GET", path, headers={"Range": "bytes=-10"})
    assert tail.content == body[-10:]
    beyond = service.ask(clerk, "GET", path, headers={"Range": f"bytes={len(body)}-"})
    assert beyond.status_code == 416
    many = service.ask(clerk, "GET", path, headers={"Range": "bytes=" + ",".join("0-1" for _ in range(40))})
    assert (many.status_code, many.content) == (200, body)


def flip(service: Served, document_id: str) -> None:
    """Change one bit near the end of a stored original."""
    objects = (service.home.house.settings.data / "objects").rglob("*")
    stored = max((path for path in objects if path.is_file() and document_id in str(path)), key=size_of)
    sealed = bytearray(stored.read_bytes())
    sealed[-40] ^= 1
    stored.chmod(0o644)
    stored.write_bytes(sealed)


def size_of(path: Path) -> int:
    return path.stat().st_size


@pytest.mark.parametrize("length", [3_000, 2_000_000])
def test_damaged_bytes_are_never_a_complete_answer(service: Served, clerk: str, length: int) -> None:
    found = service.upload(clerk, png(23, length)).json()["id"]
    flip(service, found)
    if length < 100_000:
        answer = service.ask(clerk, "GET", f"/documents/{found}/original")
        assert (answer.status_code, answer.json()["code"]) == (500, "damaged")
    else:
        with pytest.raises(httpx.RemoteProtocolError, match=r"peer closed|incomplete"):
            service.ask(clerk, "GET", f"/documents/{found}/original")
    auditor = service.person("auditor", Role.AUDITOR)
    entries = service.ask(auditor, "GET", f"/audit?subject={found}").json()["entries"]
    assert "document.damaged" in {entry["action"] for entry in entries}
