"""The one module that speaks to OpenSearch: requests and what goes wrong, in our words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opensearchpy import ConnectionError as NoConnection
from opensearchpy import NotFoundError, OpenSearch, TransportError

from archive.errors import Away, Fault

_SECONDS: Final = 20
_CONFLICT: Final = 409
_BUSY: Final = frozenset({429, 502, 503, 504})
_MISSING: Final = 404


class Absent(Fault):
    """An index, alias or entry that was named is not there."""


class Refused(Fault):
    """The cluster did not take the request; `reason` is its own word for it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"OpenSearch refused ({status}): {reason}")
        self.reason = reason


class Cluster:
    """A cluster, by its REST requests. Away when it does not answer, Absent for what is missing, Refused else."""

    def __init__(self, url: str) -> None:
        self._client = OpenSearch(hosts=[url], timeout=_SECONDS, max_retries=0)

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | str | None = None, **params: str | int
    ) -> dict[str, Any]:
        """One request and its answer."""
        try:
            answer = self._client.transport.perform_request(method, path, params=params, body=body)
        except NotFoundError as error:
            raise Absent(f"OpenSearch knows nothing at {path}") from error
        except NoConnection as error:
            raise Away("OpenSearch does not answer.") from error
        except TransportError as error:
            if error.status_code in _BUSY:
                raise Away(f"OpenSearch is busy or not whole ({error.status_code}).") from error
            raise Refused(int(error.status_code), str(error.error)) from error
        return answer if isinstance(answer, dict) else {"answer": answer}

    def bulk(self, index: str, lines: Sequence[Mapping[str, Any]]) -> set[str]:
        """Write many entries; the ids that were refused for being older. Away when one failed for another reason."""
        if not lines:
            return set()
        body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        answer = self.ask("POST", f"/{index}/_bulk", body, require_alias="false")
        results = [result for item in answer["items"] for result in item.values()]
        failed = [result for result in results if result["status"] not in {_CONFLICT, _MISSING} and "error" in result]
        if failed:
            raise Away(f"{len(failed)} of {len(results)} entries were not written: {failed[0]['error'].get('reason')}")
        return {str(result["_id"]) for result in results if result["status"] == _CONFLICT}

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()
