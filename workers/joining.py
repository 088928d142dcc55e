"""Several documents become one, as a person asked: their pages joined without being encoded anew (mission A5).

As a stack is split: everything is put first, one commit then names the whole and condemns what it was made of.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy.orm import Session

from archive.arrangements import Leaf
from archive.audit import READER, Act, record
from archive.documents import Document, file_name_of
from archive.errors import Gone
from archive.intake import Stowed
from archive.jobs import Claim, Dead, finish, still_mine
from archive.parts import How, Part, Run, name_part, stow_part
from retention.holds import held
from retention.withdrawal import Why, condemn
from workers.bundles import BUNDLE, packed
from workers.case import Case, case_of, locked
from workers.excerpts import excerpt
from workers.reading import open_scan
from workers.scan import open_pages
from workers.stack import HoldCame, leave_whole
from workers.tools import Tools
from workers.unreadable import Unreadable

Source = tuple[Case, tuple[Leaf, ...]]


def merge_documents(tools: Tools, held_job: Claim) -> None:
    """Join the documents of the job, in its order."""
    with tools.house.database.transaction() as session:
        still_mine(session, held_job)
        told = held_job.args["sources"]
        cases = [case_of(tools, session, locked(session, each["id"]), held_job) for each in told]
    leaves = [tuple(Leaf(page, turn) for page, turn in each["leaves"]) for each in told]
    sources = list(zip(cases, leaves, strict=True))
    try:
        stowed = stow_part(tools.house, cases[0].uploader_id, io.BytesIO(_joined(tools, sources)), cases[0].media_type)
    except Unreadable:
        with tools.house.database.transaction() as session:
            _leave_apart(session, told)
            finish(session, held_job)
        return
    with tools.house.database.transaction() as session:
        _name_whole(session, held_job, sources, stowed)


def _joined(tools: Tools, sources: Sequence[Source]) -> bytes:
    """An extract of each, compared; the extracts in one file, compared again."""
    bodies = []
    for case, leaves in sources:
        with open_scan(tools, case) as scan:
            bodies.append(excerpt(tools, scan, case.media_type, [leaf.page for leaf in leaves]))
    media_type = sources[0][0].media_type
    with open_pages(io.BytesIO(packed(media_type, bodies)), BUNDLE, tools.sandbox) as bundle:
        return excerpt(tools, bundle, media_type, range(1, bundle.count + 1))


def _name_whole(session: Session, held_job: Claim, sources: Sequence[Source], stowed: Stowed) -> None:
    rows = {case.document_id: locked(session, case.document_id) for case, _ in sorted(sources, key=_by_id)}
    still_mine(session, held_job)
    if any(held(session, document_id) for document_id in rows):
        raise HoldCame("A hold keeps one of the documents as it is.")
    first, owner = rows[sources[0][0].document_id], _owner(list(rows.values()))
    leaves = [leaf for _, taken in sources for leaf in taken]
    part = Part(
        tuple(Run(case.document_id, rows[case.document_id].sha256, tuple(leaf.page for leaf in taken))
              for case, taken in sources),
        How.MERGE, file_name_of(sources[0][0].key, first), owner.customer_id if owner else None,
        owner.folder if owner else None, leaves=tuple(Leaf(at, leaf.turn) for at, leaf in enumerate(leaves, start=1)),
    )  # fmt: skip
    whole = name_part(session, READER, first, part, stowed)
    for row in rows.values():
        record(session, READER, Act.DOCUMENT_MERGED, row.id, detail={"into": whole.id})
        condemn(session, READER, row, Why.MERGED)
    finish(session, held_job)


def _by_id(source: Source) -> str:
    return source[0].document_id


def _owner(rows: Sequence[Document]) -> Document | None:
    """Whose place the whole takes: the one that a person gave a customer or a folder; they agree (`join`)."""
    given = [row for row in rows if row.customer_given]
    return next((row for row in given if row.folder), given[0] if given else None)


def give_up_merge(session: Session, dead: Dead) -> None:
    """Every attempt failed: they stay documents of their own, and say so."""
    _leave_apart(session, dead.args["sources"])


def _leave_apart(session: Session, told: Sequence[Mapping[str, Any]]) -> None:
    for each in sorted(told, key=lambda source: str(source["id"])):
        with suppress(Gone):
            leave_whole(session, each["id"], each["state"], "not_merged")
