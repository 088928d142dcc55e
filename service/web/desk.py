"""What the review desk shows of one paper: why it waits, what is doubtful, where it may belong, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive import reasons
from archive.access import ReadableScope
from archive.clues import ClueKind
from archive.customers import NAME_FIELDS, ON_PAPER
from archive.documents import FIELDS, Document, State, file_name_of
from archive.folders import Folder
from archive.house import House
from archive.intake import DUPLICATE, duplicates
from archive.masking import mask
from archive.people import Person
from archive.readable import readable, sees_unmasked
from archive.rights import Role
from archive.sealing import DocumentKey
from retention.changes import placed_by
from retention.corrections import bearer_of
from service.views import shown_title
from service.web.candidates import NEW, Candidate, candidates, proposal
from service.web.documents import fields_with_places, review_in_words, review_told
from service.web.language import Language, say

UNSURE: Final = 0.6
"""Below this a field is looked at first, whatever the reasons say."""
KEYS: Final = 9
DECISIVE: Final = {*NAME_FIELDS, *(type_.value for type_ in ON_PAPER)}
"""Fields on which the choice of the customer rests."""
ABOUT_CUSTOMER: Final = frozenset({
    "name_near", "name_only", "name_misread", "name_disagrees", "number_disagrees", "number_unsure", "customer_unknown",
    "customer_not_named", "customer_ambiguous", "customer_uncertain", "own_party_missing",
})  # fmt: skip
ABOUT_TYPE: Final = frozenset({"type_uncertain", "type_other", "several_papers", "nothing_read"})


def desk_of(
    house: House, session: Session, scope: ReadableScope, document: Document, view: dict[str, Any], language: Language
) -> dict[str, Any]:
    """Everything beside the scan, for the template."""
    key, bare = house.vault.key(document.id), sees_unmasked(scope, document)
    told = review_told(session, scope, key, document)
    first, rest = doubtful_first(view, told)
    places = list(numbered(candidates(session, scope, house.vault, key, document), document, language))
    return {
        "review": review_in_words(told, language, bare=bare), "doubtful": first, "rest": rest, "places": places,
        "types": _likely_types(session, scope, document, told, len(places)),
        "twins": _twins(house, session, scope, document) if DUPLICATE in document.review else [],
        "placed_by": _name(session, placed_by(session, key, document)) if document.customer else "",
        "bearer": _bearer(house, session, key, document, bare=bare),
        "proposal": proposal(key, document) if bare else None,
        "officers": _officers(session) if not places else [],
        "uploader": _name(session, document.uploader_id),
        "file_name": file_name_of(key, document) if bare else mask(file_name_of(key, document)),
    }  # fmt: skip


def doubtful_first(view: Mapping[str, Any], told: Iterable[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The fields that need a look, missing ones among them, and the others."""
    codes = {written.partition(":")[0] for written in told}
    named = {value for written in told for value in _values(written)}
    fields = fields_with_places(dict(view))
    known = {each["name"] for each in fields}
    missing = [_empty(name) for name in FIELDS if name in named - known]
    if codes & ABOUT_CUSTOMER:
        named |= DECISIVE
    first = [each for each in fields if each["name"] in named or (not each["corrected"] and _unsure(each))]
    return first + missing, [each for each in fields if each not in first]


def _unsure(told: Mapping[str, Any]) -> bool:
    return bool(told["problem"]) or told["confidence"] < UNSURE


def _values(written: str) -> tuple[str, ...]:
    try:
        return tuple(part for value in reasons.parsed(written).values for part in value.split("/"))
    except KeyError:
        return ()


def _empty(name: str) -> dict[str, Any]:
    """A field that should be there, as a place to type it."""
    return {"name": name, "value": "", "confidence": None, "corrected": False, "problem": "", "place": None}


def numbered(found: Iterable[Candidate], document: Document, language: Language) -> Iterator[dict[str, Any]]:
    """Where it may go, each with its key: a customer's open folders, or one that is opened."""
    number, listed = 0, list(found)
    for each in listed:
        evidence = _evidence(each, language)
        places: list[Folder | None] = [*each.folders] or [None]
        for folder in places:
            number += 1
            yield {
                "key": number if number <= KEYS else None, "customer": each.customer, "folder": folder,
                "value": folder.code if folder else NEW + each.customer.id, "evidence": evidence,
                "chosen": _chosen(each, folder, document), "against": "against" in each.evidence,
            }  # fmt: skip


def _evidence(candidate: Candidate, language: Language) -> list[str]:
    """What speaks for a customer, and against; that it has them now only where nothing else does."""
    held = dict(candidate.evidence)
    if len(held) > 1:
        held.pop("chosen", None)
    return [_speaks(why, about, language) for why, about in held.items()]


def _speaks(why: str, about: str, language: Language) -> str:
    if why in set(ClueKind):
        return say(
            language, "review.by_clue" if about else "review.by_register", field=_field(why, language), code=about
        )
    return say(language, f"review.by_{why}", field=_field(about, language))


def _chosen(each: Candidate, folder: Folder | None, document: Document) -> bool:
    """The place that it has, else the only place of its customer, or of who bears both number and name on it."""
    if document.folder_id is not None:
        return folder is not None and folder.id == document.folder_id
    meant = (
        document.customer_id == each.customer.id if document.customer_id else {"number", "name"} <= set(each.evidence)
    )
    return meant and len(each.folders) <= 1


def _field(name: str, language: Language) -> str:
    return say(language, f"fields.{name}") if name else ""


def _likely_types(
    session: Session, scope: ReadableScope, document: Document, told: Iterable[str], taken: int
) -> list[tuple[int, str]]:
    """With a doubtful type: what it was taken for and what is filed here most, each with its key."""
    if not {written.partition(":")[0] for written in told} & ABOUT_TYPE:
        return []
    usual = select(Document.document_type).where(readable(scope), Document.state == State.FILED.value)
    usual = usual.where(Document.document_type.is_not(None)).group_by(Document.document_type)
    codes = session.scalars(usual.order_by(func.count().desc(), Document.document_type).limit(KEYS))
    likely = dict.fromkeys(code for code in (document.document_type, *codes) if code and code != "other")
    return list(zip(range(taken + 1, KEYS + 1), likely, strict=False))


def _twins(house: House, session: Session, scope: ReadableScope, document: Document) -> list[dict[str, str]]:
    """The papers with the same bytes, for a link to each."""
    rows = session.scalars(select(Document).where(Document.id.in_(duplicates(session, scope, document)))).unique()
    return [
        {"id": row.id, "title": shown_title(house.vault.key(row.id), row, scope), "state": row.state} for row in rows
    ]


def _bearer(house: House, session: Session, key: DocumentKey, document: Document, *, bare: bool) -> str:
    """Whose number stands on a paper that was given to another customer; for who may see the number."""
    bearer = bearer_of(session, house.vault, key, document) if bare and document.customer_id else None
    return bearer.name if bearer else ""


def _name(session: Session, person_id: str | None) -> str:
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else ""


def _officers(session: Session) -> list[str]:
    """Whom a clerk asks to register a customer."""
    people = session.scalars(select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name))
    return [person.name for person in people if Role.OFFICER in person.role_set][:3]
