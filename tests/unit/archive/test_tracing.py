"""A request and its jobs stand in one trace; nothing personal, and nothing at all where nobody asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from archive.errors import Invalid
from archive.tracing import begin_tracing, end_tracing, span


@pytest.fixture
def sent() -> Iterator[Any]:
    """Spans as they would be sent; OpenTelemetry is an extra."""
    kept = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    begin_tracing("", "test", kept)
    yield kept
    end_tracing()


def test_without_an_address_nothing_is_loaded_and_nothing_said() -> None:
    begin_tracing("", "test")
    with span("request", "abc") as told:
        told.tell("GET /x", status=200)


def test_an_address_without_the_extra_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(Invalid, match=r"anjuan\[tracing\]"):
        begin_tracing("http://127.0.0.1:1/v1/traces", "test")


def test_a_request_and_its_jobs_are_one_trace_and_say_what_they_were(sent: Any) -> None:  # noqa: ANN401 - an extra's
    with span("request", "r-1") as told:
        told.tell("POST /documents", status=202)
    with span("read_document", "r-1", job="j", attempt=1) as about:
        about.tell(done=1)
    with pytest.raises(ValueError, match="张三"), span("read_document", "r-2", job="k", attempt=1):
        raise ValueError("the paper of 张三")
    end_tracing()
    first, second, other = sent.get_finished_spans()
    assert [one.name for one in (first, second, other)] == ["POST /documents", "read_document", "read_document"]
    assert first.context.trace_id == second.context.trace_id != other.context.trace_id
    assert (first.attributes["anjuan.status"], second.attributes["anjuan.done"]) == (202, 1)
    assert (other.status.description, other.events) == ("ValueError", ())
