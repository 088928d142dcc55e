"""Adding, changing and retiring document types, versioned and logged: by an officer, without code (mission B3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import Act, record
from archive.base import now
from archive.database import in_turn
from archive.doctypes import LABELS
from archive.errors import Conflict, Invalid, NotFound
from archive.han import simplified
from archive.own_types import CODE_MAX, READABLE, OwnType, newest_types, type_labels
from archive.rights import Right
from retention.classes import class_in_force

CODE: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")
NAME_MAX: Final = 60
RULES_MAX: Final = 40
RULE_LENGTH: Final = range(2, 33)
_CHANGING: Final = 0x74797065  # «type», the advisory lock under which versions are numbered


@dataclass(frozen=True, slots=True)
class TypeOrder:
    """A type as somebody wants it: names, what its papers are titled, words that stand on them alone, fields, class."""

    code: str
    zh: str
    en: str
    titles: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    retention_class: str | None = None
    version: int = field(default=0)
    """The version that was looked at; 0 for a type that is new."""


def rule_text(text: str) -> str:
    """A title or word as papers are compared with it: NFKC, simplified, lower case, without blanks."""
    return re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", text))).lower()


def save_type(session: Session, actor: Actor, order: TypeOrder) -> OwnType:
    """Add a type, or write a new version of one. Invalid with all that is wrong; Conflict when somebody was faster."""
    actor.need(Right.RECORDS)
    if order.code in LABELS:
        raise Conflict("This type comes with Anjuan: it can be retired, not changed.", code="type_shipped")
    in_turn(session, _CHANGING)
    before = newest_types(session).get(order.code)
    if order.version != (before.version if before else 0):
        raise Conflict("This type was changed meanwhile. Look at it again.", code="type_stale")
    titles, words = _rules(order.titles), _rules(order.words)
    if faults := [*_faults(session, order), *_rule_faults(titles, words)]:
        errors = [{"field": name, "code": code} for name, code in faults]
        raise Invalid(
            "The type cannot be as it is; `errors` lists what to change.", code="type_unusable", errors=errors
        )
    row = OwnType(
        code=order.code, version=order.version + 1, zh=order.zh.strip(), en=order.en.strip(), titles=list(titles),
        words=list(words), fields=list(dict.fromkeys(order.fields)), retention_class=order.retention_class or None,
        retired=before.retired if before else False, changed_at=now(), changed_by=actor.id,
    )  # fmt: skip
    return _kept(session, actor, row, Act.TYPE_DEFINED)


def retire_type(session: Session, actor: Actor, code: str, *, retired: bool) -> OwnType:
    """Give a type no more, or give it again. NotFound; Conflict for `other`, and when it stands so already."""
    actor.need(Right.RECORDS)
    in_turn(session, _CHANGING)
    before = newest_types(session).get(code)
    if before is None and code not in LABELS:
        raise NotFound
    if code == "other" or (before.retired if before else False) is retired:
        raise Conflict("This type cannot be retired, or stands so already.", code="type_unmoved")
    zh, en = (before.zh, before.en) if before else LABELS[code]
    row = OwnType(
        code=code, version=(before.version if before else 0) + 1, zh=zh, en=en, retired=retired,
        titles=before.titles if before else [], words=before.words if before else [],
        fields=before.fields if before else [], retention_class=before.retention_class if before else None,
        changed_at=now(), changed_by=actor.id,
    )  # fmt: skip
    return _kept(session, actor, row, Act.TYPE_RETIRED if retired else Act.TYPE_RESTORED)


def _kept(session: Session, actor: Actor, row: OwnType, act: Act) -> OwnType:
    session.add(row)
    session.flush()
    told = {
        "version": row.version, "zh": row.zh, "en": row.en, "titles": row.titles, "words": row.words,
        "fields": row.fields, "class": row.retention_class or "",
    }  # fmt: skip
    record(session, actor, act, row.code, detail=told)
    return row


def _rules(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain for text in texts if (plain := rule_text(text))))


def _faults(session: Session, order: TypeOrder) -> Iterator[tuple[str, str]]:
    if len(order.code) > CODE_MAX or not CODE.fullmatch(order.code):
        yield "code", "form"
    taken = {name.casefold() for code, names in type_labels(session).items() if code != order.code for name in names}
    for field_, name in (("zh", order.zh.strip()), ("en", order.en.strip())):
        if not 1 <= len(name) <= NAME_MAX:
            yield field_, "length"
        elif name.casefold() in taken:
            yield field_, "taken"
    if set(order.fields) - set(READABLE):
        yield "fields", "unknown"
    if order.retention_class:
        class_in_force(session, order.retention_class)


def _rule_faults(titles: Sequence[str], words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A type that shows in nothing is never read; one that shows in a single character would show everywhere."""
    if not titles and not words:
        yield "titles", "missing"
    for name, rules in (("titles", titles), ("words", words)):
        if len(rules) > RULES_MAX:
            yield name, "count"
        if any(len(rule) not in RULE_LENGTH for rule in rules):
            yield name, "length"
