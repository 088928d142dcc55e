"""Spans for OpenTelemetry: one for each request and each job, all on one request's behalf in one trace.

An extra: `pip install anjuan[tracing]`, and `ANJUAN_TRACES_URL` says where they go (OTLP over HTTP). Without either
this costs a comparison. A span names a route or a kind of job, and numbers: no path, person or word of a paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from typing import Any, Final

from archive.errors import Invalid

Untyped = Any
"""OpenTelemetry is not there for the type checker, as it need not be there at all."""

_MISSING: Final = "ANJUAN_TRACES_URL is set, and OpenTelemetry is not installed: pip install «anjuan[tracing]»."


class Span:
    """What is known only at its end can still be told."""

    def __init__(self, span: Untyped = None) -> None:
        self._span = span

    def tell(self, name: str = "", **told: str | int) -> None:
        """Name it, and say more of it."""
        if self._span is None:
            return
        if name:
            self._span.update_name(name)
        for key, value in told.items():
            self._span.set_attribute(f"anjuan.{key}", value)


class _Tracing:
    """The process's tracer and the module it comes from; None while there is none."""

    tracer: Untyped = None
    api: Untyped = None
    provider: Untyped = None


def begin_tracing(address: str, part: str, exporter: Untyped = None) -> None:
    """Send this process's spans to an address, as those of `part`; nothing for none. Invalid when not installed."""
    if not address and exporter is None:
        return
    try:
        api, sdk = import_module("opentelemetry.trace"), import_module("opentelemetry.sdk.trace")
        export, resources = (
            import_module("opentelemetry.sdk.trace.export"),
            import_module("opentelemetry.sdk.resources"),
        )
        sender = exporter or import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter(
            endpoint=address
        )
    except ImportError as error:
        raise Invalid(_MISSING) from error
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": f"anjuan-{part}"}))
    provider.add_span_processor(export.BatchSpanProcessor(sender))
    _Tracing.api, _Tracing.provider, _Tracing.tracer = api, provider, provider.get_tracer("anjuan")


def end_tracing() -> None:
    """Send what is left."""
    if _Tracing.provider is not None:
        _Tracing.provider.shutdown()
    _Tracing.tracer = _Tracing.api = _Tracing.provider = None


@contextmanager
def span(name: str, request: str | None, **told: str | int) -> Iterator[Span]:
    """A span on behalf of a request, whose number makes the trace; an error that leaves it is told by its kind."""
    if _Tracing.tracer is None:
        yield Span()
        return
    attributes = {f"anjuan.{key}": value for key, value in (told | {"request": request or ""}).items()}
    with _Tracing.tracer.start_as_current_span(
        name, context=_of_request(request), attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as begun:
        try:
            yield Span(begun)
        except Exception as error:
            begun.set_status(_Tracing.api.StatusCode.ERROR, type(error).__name__)
            raise


def _of_request(request: str | None) -> Untyped:
    if request is None:
        return None
    digest, api = sha256(request.encode()).digest(), _Tracing.api
    parent = api.SpanContext(
        int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big"), is_remote=True,
        trace_flags=api.TraceFlags(api.TraceFlags.SAMPLED),
    )  # fmt: skip
    return api.set_span_in_context(api.NonRecordingSpan(parent))
