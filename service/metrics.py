"""The figures in Prometheus' words. Labels are kinds, states, codes and route templates: never a person's word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from archive.house import House
from archive.jobs import Kind
from archive.queues import QUEUE_OF, Queue
from indexes.port import SearchEngine, State
from service.bell import SILENT
from service.figures import Figures, Gauges
from service.health import Part, parts
from service.sites import Sites

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0, 60.0)
READ: Final = {("recognised", ""): 0, ("blank", ""): 0, ("failed", ""): 0}
"""Counters that stand from the start, so that their rise from nothing is seen."""
SANDBOXES: Final = ("bubblewrap", "namespaces", "limits")


class Metrics(Collector):
    """Everything that one service process tells Prometheus."""

    def __init__(self, house: House, engine: SearchEngine, sites: Sites) -> None:
        self._house, self._engine, self._sites = house, engine, sites
        self.gauges = Gauges(house, engine)
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series beside each that nobody asks for
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        told = "How long requests took, by the template of their route."
        self.requests = Histogram(
            "anjuan_request_seconds", told, ["method", "route", "status"], buckets=BUCKETS, registry=self._registry
        )
        self._registry.register(SILENT)
        self._registry.register(self)

    def text(self) -> bytes:
        """What a scrape gets."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing: what is asked is asked at a scrape alone."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All figures. A database that is away leaves the parts, which say so."""
        found = list(parts(self._house, self._engine, self._sites))
        yield from _of_parts(found)
        if all(part.ok for part in found if part.name in {"database", "schema"}):
            figures = self.gauges.read()
            for family in (_of_jobs, _of_documents, _of_crew, _of_log, _of_index, _of_records, _of_disks, _of_sites):
                yield from family(figures)


def _gauge(name: str, told: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"anjuan_{name}", told, labels=labels)


def _single(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"anjuan_{name}", told, value=value)


def _seconds(at: datetime, since: datetime | None) -> float:
    return max(0.0, (at - since).total_seconds()) if since else 0.0


def _stamp(at: datetime | None) -> float:
    """Seconds since 1970; 0 for what never was, so that its age is alarming."""
    return at.timestamp() if at else 0.0


def _of_parts(found: list[Part]) -> Iterator[Metric]:
    up = _gauge("part_up", "1: the part answers, 0: it does not; needed parts stop everything.", "part", "needed")
    warns = _gauge("part_warns", "1: the part works, and something is to be done about it.", "part")
    for part in found:
        up.add_metric([part.name, "yes" if part.needed else "no"], part.ok)
        warns.add_metric([part.name], part.warns)
    yield from (up, warns)


def _of_jobs(figures: Figures) -> Iterator[Metric]:
    due = _gauge("jobs_due", "Jobs that wait for a worker.", "kind", "queue")
    running = _gauge("jobs_running", "Jobs that a worker does.", "kind", "queue")
    age = _gauge("jobs_oldest_seconds", "How long the oldest waiting job waits.", "kind", "queue")
    given_up = _gauge("jobs_given_up", "Jobs in quarantine: every attempt failed.", "kind", "queue")
    known = {one.kind: one for one in figures.quick.jobs}
    for kind in Kind:
        labels, one = [kind.value, QUEUE_OF[kind.value].value], known.get(kind.value)
        due.add_metric(labels, one.due if one else 0)
        running.add_metric(labels, one.running if one else 0)
        age.add_metric(labels, _seconds(figures.quick.at, one.since) if one else 0)
        given_up.add_metric(labels, figures.quick.given_up.get(kind.value, 0))
    yield from (due, running, age, given_up)


def _of_documents(figures: Figures) -> Iterator[Metric]:
    states = _gauge("documents", "Documents by state; quarantined: could not be read.", "state")
    failures = _gauge("documents_failed", "Quarantined documents by the code of the reason.", "reason")
    pages = CounterMetricFamily(
        "anjuan_pages_read", "Pages read since this process began, by outcome and reason.", labels=["state", "reason"]
    )
    for state, count in figures.slow.documents.items():
        states.add_metric([state], count)
    for reason, count in figures.quick.failures.items():
        failures.add_metric([reason], count)
    for (state, reason), count in (READ | dict(figures.quick.pages_read)).items():
        pages.add_metric([state, reason], count)
    yield from (states, failures, pages)


def _of_crew(figures: Figures) -> Iterator[Metric]:
    workers = _gauge("workers", "Worker processes at work, by the queue they serve.", "queue")
    sandboxes = _gauge("sandboxes", "Reading workers by what they open files in; limits: nearly nothing.", "kind")
    for queue in Queue:
        workers.add_metric([queue.value], figures.quick.crew.by_queue[queue.value])
    for kind in SANDBOXES:
        sandboxes.add_metric([kind], figures.quick.crew.by_sandbox[kind])
    yield from (workers, sandboxes)


def _of_log(figures: Figures) -> Iterator[Metric]:
    waits, at = figures.quick.unplaced, figures.quick.at
    yield _single("log_unsequenced", "Entries of the log without a place in the tree.", waits.count)
    yield _single("log_unsequenced_seconds", "How long the oldest of them waits.", _seconds(at, waits.since))
    told = "When the log was signed last, in seconds since 1970; 0: never."
    yield _single("log_checkpoint_timestamp_seconds", told, _stamp(figures.slow.checkpoint_at))


def _of_index(figures: Figures) -> Iterator[Metric]:
    state = _gauge("index_state", "1 at the state in which the search index is.", "state")
    for one in State:
        state.add_metric([one.value], one is figures.quick.index.state)
    yield state
    yield _single("index_documents", "Documents that the index knows.", figures.quick.index.documents)
    yield _single("index_lag", "Documents that search does not know as they are now.", figures.quick.index_lag)


def _of_records(figures: Figures) -> Iterator[Metric]:
    slow = figures.slow
    yield _single("backup_timestamp_seconds", "When a backup was made last, in seconds since 1970; 0: never.",
                  _stamp(slow.backup_at))  # fmt: skip
    yield _single("backups_kept", "1: backups are made regularly here, so that a late one is missed.",
                  slow.backups_kept)  # fmt: skip
    yield _single("drill_timestamp_seconds", "When a restore was rehearsed last and passed, since 1970; 0: never.",
                  _stamp(slow.drill_at))  # fmt: skip
    yield _single("begun_timestamp_seconds", "When this archive began, in seconds since 1970.", _stamp(slow.begun_at))
    yield _single("appraisals_due", "Documents that are due and in no appraisal.", slow.due)
    yield _single("appraisals_overdue", "Documents that have been so for 30 days.", slow.overdue)


def _of_disks(figures: Figures) -> Iterator[Metric]:
    free = _gauge("disk_free_bytes", "Room on the disk of this place.", "place")
    size = _gauge("disk_size_bytes", "The size of that disk.", "place")
    left = _gauge("disk_days_left", "Days until it is full, if papers come in as in the last fortnight.", "place")
    for disk in figures.slow.disks:
        free.add_metric([disk.place], disk.free)
        size.add_metric([disk.place], disk.size)
        if disk.days_left is not None:
            left.add_metric([disk.place], disk.days_left)
    yield from (free, size, left)


def _of_sites(figures: Figures) -> Iterator[Metric]:
    copies = _gauge("site_copies", "Objects that a site beside the primary holds.", "site")
    waiting = _gauge("site_waiting", "Objects that it lacks.", "site")
    size = _gauge("site_waiting_bytes", "How much that is.", "site")
    lag = _gauge("site_lag_seconds", "How long the oldest of them waits.", "site")
    failed = _gauge("site_failed", "Objects that were tried in vain so far.", "site")
    away = _gauge("site_away_seconds", "For how long it does not answer.", "site")
    at = _gauge(
        "site_set_timestamp_seconds", "When the newest set there was made, since 1970; 0: there is none.", "site"
    )
    sets = _gauge("site_sets", "Sets that stand there, and those with their keys.", "site", "part")
    late = _gauge("site_set_late", "1: two sets were left out there.", "site")
    for site in figures.slow.sites:
        at.add_metric([site.name], _stamp(site.set_at))
        sets.add_metric([site.name, "rows"], site.sets)
        sets.add_metric([site.name, "keys"], site.key_sets)
        late.add_metric([site.name], site.set_late)
        copies.add_metric([site.name], site.copies)
        waiting.add_metric([site.name], site.waiting)
        size.add_metric([site.name], site.waiting_bytes)
        lag.add_metric([site.name], site.lag)
        failed.add_metric([site.name], site.failed)
        away.add_metric([site.name], _seconds(figures.quick.at, site.away_since))
    yield from (copies, waiting, size, lag, failed, away, at, sets, late)
