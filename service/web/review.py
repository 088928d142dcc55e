"""审核: what the machine doubted, side by side with the scan; correct, choose, file, and the next is there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from archive import reasons
from archive.access import Actor, ReadableScope
from archive.base import today
from archive.documents import FIELDS, Document, State, file_name_of
from archive.errors import Forbidden, Invalid, Refusal
from archive.folders import Folder
from archive.house import House
from archive.masking import mask
from archive.own_types import types_in_use
from archive.readable import level_named, readable_folder, sees_unmasked, the_document
from archive.review_leases import hold, holders, leave
from archive.rights import Right
from retention.changes import Change, changes_since
from retention.corrections import Correction, Opening, correct, reread
from retention.withdrawal import withdraw
from service.api.documents import RereadIn
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, done_reading, scope_of
from service.etags import PreconditionFailed, etag
from service.sightings import note_view
from service.views import document_view, shown_title
from service.web.answers import frame_of, go, language_of, show
from service.web.candidates import NEW, folders_alike
from service.web.customers import register
from service.web.desk import desk_of
from service.web.documents import review_in_words, review_told
from service.web.forms import Secret, Several, Word, checked, one_of, the_form
from service.web.language import Language
from service.web.naming import people_named
from service.web.waiting import Queue, left, left_by_reason, left_by_state, take_next, waiting

router = APIRouter()
Reviewer = Annotated[Actor, Needs(Right.CORRECT)]
PAGE: Final = 100
DESK: Final = "X-Anjuan-Desk"
"""The desk's script has the next paper at hand: it wants no page in answer."""


@router.get("/review")
def review_page(
    request: Request, actor: Reviewer, house: TheHouse, session: Reading, state: str = "review", reason: str = "",
    cursor: str = "",
) -> Response:  # fmt: skip
    """What waits for a decision, oldest first, by state and by reason, with what is left of each."""
    scope, queue = scope_of(session, actor), Queue(one_of(State, state, "state"), reason[:40])
    cursors = Cursors(house, actor, f"review/{queue.state}/{queue.reason}")
    rows = _part(session, scope, queue, cursors.read(cursor))
    onward = cursors.write(rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return show(
        request, "review.html", items=_listed(house, session, scope, rows[:PAGE], language_of(request)), cursor=onward,
        queue=queue, states=left_by_state(session, scope), reasons=_by_reason(session, scope, queue, request),
        holders=holders(session, [row.id for row in rows]), actor=actor,
    )  # fmt: skip


def _part(session: Session, scope: ReadableScope, queue: Queue, place: list[Any] | None) -> list[Document]:
    asked = select(Document).where(waiting(scope, queue))
    if place:
        last = session.get_one(Document, str(place[0]))
        asked = asked.where(tuple_(Document.received_at, Document.id) > (last.received_at, last.id))
    return list(session.scalars(asked.order_by(Document.received_at, Document.id).limit(PAGE + 1)).unique())


def _listed(
    house: House, session: Session, scope: ReadableScope, rows: list[Document], language: Language
) -> list[dict[str, Any]]:
    keys, names = house.vault.keys([row.id for row in rows]), people_named(session, [row.uploader_id for row in rows])
    items = []
    for row in (row for row in rows if row.id in keys):
        key, bare = keys[row.id], sees_unmasked(scope, row)
        items.append({
            "id": row.id, "title": shown_title(key, row, scope), "kind": row.document_type, "error": row.error,
            "reasons": review_in_words(review_told(session, scope, key, row), language, bare=bare),
            "file_name": file_name_of(key, row) if bare else mask(file_name_of(key, row)),
            "sender": names.get(row.uploader_id, ""), "sender_id": row.uploader_id, "received_at": row.received_at,
        })  # fmt: skip
    return items


def _by_reason(session: Session, scope: ReadableScope, queue: Queue, request: Request) -> list[tuple[str, str, int]]:
    """Reasons with a heading and a count each; codes that are newer than the table stand as they are."""
    counted = left_by_reason(session, scope, queue.state)
    words = reasons.labels(language_of(request))
    return [(code, words.get(code, code), number) for code, number in counted.items() if code not in reasons.FOR]


@router.post("/review/several")
def post_several(
    actor: Reviewer, house: TheHouse, session: OneTransaction, chosen: Several, act: Word = "", state: Word = "review"
) -> Response:
    """One act on all that were chosen; what does not allow it stays as it is, and is counted."""
    scope, done = scope_of(session, actor), 0
    for document_id in dict.fromkeys(chosen):
        try:
            with session.begin_nested():
                _one_of_several(house, session, actor, scope, document_id, act)
            done += 1
        except Refusal:
            continue
    told = f"{act}_all" if done == len(dict.fromkeys(chosen)) else f"{act}_some"
    where = one_of(State, state, "state").value
    return go("/review", told, state=where)


def _one_of_several(
    house: House, session: Session, actor: Actor, scope: ReadableScope, document_id: str, act: str
) -> None:
    if act == "withdraw":
        withdraw(session, actor, scope, document_id, "")
    elif act == "reread":
        reread(session, actor, scope, house.vault, document_id=document_id)
    else:
        raise Invalid("This is not among the choices.", errors=[{"field": "act", "code": "unknown"}])


@router.get("/review/folders")
def folders_part(request: Request, actor: Reviewer, session: Reading, folder: str = "") -> Response:
    """Open folders that fit what was typed, for the field's list."""
    return show(request, "parts/folders.html", folders=folders_alike(session, scope_of(session, actor), folder))


def _asked_for(request: Request) -> None:
    """Forbidden for a browser that looks ahead (Sec-Purpose): it would take a paper, and log a view that nobody had."""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        raise Forbidden("Ask for this page when it is wanted.", code="ahead")


Wanted: Final = Depends(_asked_for)


@router.get("/review/next", dependencies=[Wanted])
def next_page(actor: Reviewer, session: OneTransaction, after: str = "", reason: str = "", told: str = "") -> Response:
    """To the next paper of the queue, which is the asker's for a while; to the list when none is left.

    A GET, though a lease is written: it is where forms lead to (303), it changes no document, and what it writes ends
    by itself within two minutes. Nothing asks for it unbidden: the cookie goes with no request of another site, robots
    have none, no page of ours is marked for prefetching, and a browser that looks ahead says so and is refused.
    """
    queue = Queue(reason=reason[:40])
    onward = take_next(session, actor, scope_of(session, actor), queue, after[:36])
    asked = {"reason": queue.reason} if queue.reason else {}
    return go(f"/review/{onward}" if onward else "/review", told[:40] or ("" if onward else "nothing_left"), **asked)


@router.get("/review/{document_id}", dependencies=[Wanted])
def correction_page(
    request: Request, document_id: str, actor: Reviewer, house: TheHouse, session: Reading, reason: str = ""
) -> Response:
    """One paper to decide on: the opener's for a while (a GET all the same: `next_page`), or it says whose it is."""
    scope, queue = scope_of(session, actor), Queue(reason=reason[:40])
    document = the_document(session, scope, document_id)
    view = document_view(house, session, scope, document)
    beside = desk_of(house, session, scope, document, view, language_of(request))
    number, types = left(session, scope, queue), _types(session, document)
    done_reading(session)
    note_view(house, actor, document.id)
    with house.database.transaction() as writing:
        holder = hold(writing, actor, document.id)
    return show(
        request, "correction.html", document=view, version=etag(document.version), types=types, desk=beside,
        missing=[name for name in FIELDS if name not in view["fields"]], marks=_marks(beside), holder=holder,
        queue=queue, left=number, mine=document.uploader_id == actor.id and document.filed_at is None,
        splittable=document.filed_at is None,
    )  # fmt: skip


def _types(session: Session, document: Document) -> list[str]:
    """Types to choose from: those in use, and the one that it has."""
    return list(dict.fromkeys((*types_in_use(session), *((document.document_type,) if document.document_type else ()))))


def _marks(beside: dict[str, Any]) -> dict[str, Any]:
    """Every doubtful field's place is outlined from the start."""
    return {"hits": [], "asked": [each["place"] for each in beside["doubtful"] if each["place"]]}


@router.post("/review/{document_id}/lease", status_code=204)
def post_lease(document_id: str, actor: Reviewer, session: OneTransaction) -> Response:
    """Still there: the paper stays the asker's for a while longer."""
    hold(session, actor, the_document(session, scope_of(session, actor), document_id).id)
    return Response(status_code=204)


@router.post("/review/{document_id}/leave", status_code=204)
def post_leave(document_id: str, actor: Reviewer, session: OneTransaction) -> Response:
    """Gone: the paper is anybody's again."""
    leave(session, actor, document_id)
    return Response(status_code=204)


@router.post("/review/{document_id}/customer")
def post_customer(
    document_id: str, actor: Annotated[Actor, Needs(Right.CUSTOMERS)], house: TheHouse, session: OneTransaction,
    kind: Word = "", name: Word = "", number: Word = "", another: Word = "", queue_reason: Word = "",
) -> Response:  # fmt: skip
    """Register the customer of a paper, give it to them, and back to the paper."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id, lock=True)
    customer = register(session, actor, house, kind=kind, name=name, number=number, another=another)
    if document.folder_id is None:
        theirs = Correction(given=frozenset({"customer_id"}), customer_id=customer.id)
        correct(session, actor, scope, house.vault, document_id=document_id, wanted=theirs)
    return go(f"/review/{document.id}", "registered", **({"reason": queue_reason} if queue_reason else {}))


@router.post("/review/{document_id}")
def post_correction(
    request: Request,
    document_id: str,
    actor: Reviewer,
    house: TheHouse,
    session: OneTransaction,
    form: Annotated[FormData, the_form],
) -> Response:
    """Keep what was changed; with `file` put it into its folder and go on to the next."""
    scope = scope_of(session, actor)
    document = the_document(session, scope, document_id, lock=True)
    _need_current(request, house, session, document, form)
    wanted = _wanted(house, session, scope, document, form)
    correct(session, actor, scope, house.vault, document_id=document_id, wanted=wanted)
    asked = {"reason": reason} if (reason := str(form.get("queue_reason", ""))[:40]) else {}
    if not wanted.file:
        return go(f"/review/{document_id}", "saved", **asked)
    leave(session, actor, document_id)
    if request.headers.get(DESK):
        return Response(status_code=204)
    return go("/review/next", after=document_id, **asked)


def _need_current(request: Request, house: House, session: Session, document: Document, form: FormData) -> None:
    """PreconditionFailed with who changed what since the page was made."""
    if str(form.get("version", "")) == etag(document.version):
        return
    since = datetime.fromisoformat(str(form.get("seen_at", "")) or "1970-01-01T00:00:00+00:00")
    changes = changes_since(session, house.vault.key(document.id), document, since)
    told = [_told(request, session, each) for each in changes]
    raise PreconditionFailed("It was changed meanwhile. Load it again, then change it.", changes=told)


def _told(request: Request, session: Session, change: Change) -> str:
    frame = frame_of(request)
    names = people_named(session, [change.actor])
    who = names.get(change.actor) or frame.word("machine", change.actor.replace(":", "_"))
    what = "、".join(frame.word("fields", name) for name in change.what)
    return frame.say("review.changed", who=who, act=frame.word("act", change.act), what=what)


def _wanted(house: House, session: Session, scope: ReadableScope, document: Document, form: FormData) -> Correction:
    """What differs from what was shown. A covered number that was left alone stays what it is."""
    seen, given = document_view(house, session, scope, document), set[str]()
    kind, level, title = (str(form.get(name, "")).strip() for name in ("document_type", "confidentiality", "title"))
    if kind and kind != document.document_type:
        given.add("document_type")
    if level and level != document.level.label:
        given.add("confidentiality")
    if title and title != seen["title"]:
        given.add("title")
    folder, customer_id = _place_of(session, scope, form)
    if folder is not None and folder.id != document.folder_id:
        given.add("folder_id")
    if customer_id is not None and (document.folder_id is None or customer_id != document.customer_id):
        given.add("customer_id")
    return Correction(
        given=frozenset(given), document_type=kind, title=title, folder_id=folder.id if folder else None,
        customer_id=customer_id, confidentiality=level_named(level) if level else document.level,
        reason=str(form.get("reason", "")).strip(), fields=_changed_fields(seen["fields"], form),
        file=form.get("act") == "file",
        opening=Opening(house.settings.fonds, today(house.settings.zone).year) if customer_id else None,
    )  # fmt: skip


def _place_of(session: Session, scope: ReadableScope, form: FormData) -> tuple[Folder | None, str | None]:
    """The folder that was typed or chosen, or the customer whose folder is to be opened."""
    typed = str(form.get("folder", "")).strip() or str(form.get("place", "")).strip()
    if typed.startswith(NEW):
        return None, typed.removeprefix(NEW)
    code = typed.split(" ", 1)[0]
    if not code:
        return None, None
    folder = session.scalar(select(Folder).where(Folder.code == code, readable_folder(scope)))
    if folder is None:
        raise Invalid("There is no such folder.", errors=[{"field": "folder_id", "code": "unknown"}])
    return folder, None


def _changed_fields(shown: dict[str, Any], form: FormData) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in FIELDS:
        value = form.get(f"field-{name}")
        if not isinstance(value, str) or value.strip() == str(shown.get(name, {}).get("value") or ""):
            continue
        found[name] = value.strip() or None
    added, value = str(form.get("added", "")), str(form.get("added_value", "")).strip()
    if added and value:
        found[added] = value
    return found


@router.post("/documents/{document_id}/reread")
def post_reread(
    document_id: str,
    actor: Reviewer,
    house: TheHouse,
    session: OneTransaction,
    engine: Word = "",
    password: Secret = "",
) -> Response:
    """Have the original read again, by another engine, or with the password of an encrypted one."""
    how = checked(RereadIn, engine=engine or None, password=password).parsed()
    reread(session, actor, scope_of(session, actor), house.vault, document_id=document_id, how=how)
    return go(f"/documents/{document_id}", "reread")
