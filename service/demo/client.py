"""One person's way to the REST API: nothing here knows more than a stranger with a token would."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_TIMEOUT: Final = 60.0
_PATIENCE: Final = 180.0
_PAUSE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said: a status, and JSON or bytes."""

    status: int
    body: Any

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return self.body[name]


@dataclass(frozen=True, slots=True)
class Client:
    """The API as one person with one token has it."""

    url: str
    person_id: str
    token: str

    def get(self, path: str) -> Answer:
        """Ask."""
        return self._send("GET", path)

    def post(self, path: str, value: Mapping[str, Any] | None = None) -> Answer:
        """Do."""
        return self._send("POST", path, *_json(value or {}))

    def put(self, path: str, value: object) -> Answer:
        """Set."""
        return self._send("PUT", path, *_json(value))

    def upload(self, name: str, content: bytes, **form: str) -> Answer:
        """Put a scan in."""
        edge = uuid.uuid4().hex
        return self._send(
            "POST", "/documents", _multipart(edge, name, content, form), f"multipart/form-data; boundary={edge}"
        )

    def until(self, path: str, done: Callable[[Answer], bool]) -> Answer:
        """Ask until it is done, or for three minutes; the last answer."""
        end = time.monotonic() + _PATIENCE
        while not done(answer := self.get(path)) and time.monotonic() < end:
            time.sleep(_PAUSE)
        return answer

    def _send(self, method: str, path: str, data: bytes | None = None, media_type: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid.uuid4().hex}
        if data is not None:
            headers["Content-Type"] = media_type
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - loopback
                return _read(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return _read(error.code, error.headers.get("Content-Type", ""), error.read())


def _read(status: int, media_type: str, raw: bytes) -> Answer:
    return Answer(status, json.loads(raw) if "json" in media_type else raw)


def _json(value: object) -> tuple[bytes, str]:
    return json.dumps(value).encode(), "application/json"


def _multipart(edge: str, name: str, content: bytes, form: Mapping[str, str]) -> bytes:
    fields = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in form.items()
    )
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    return (fields + head).encode() + content + f"\r\n--{edge}--\r\n".encode()
