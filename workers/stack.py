"""A stack of papers with separator sheets between them: found, and split into documents of their own (mission A5).

    find_separators   every page is looked at for a code of ours, before anything is read            (nothing is kept)
    hand_over         each part copied without re-encoding, compared page by page, sealed, put       (bytes first)
                      all parts named, the stack condemned, the job ended                            (one commit)

A crash before that commit leaves open intents, and the job begins anew; after it, nothing is left to do. The pages of
the sheets themselves are in no part. Whoever reads the stack meanwhile reads it whole.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.orm import Session

from archive import media
from archive.arrangements import Leaf
from archive.audit import READER, Act, record
from archive.documents import Document, changed, file_name_of
from archive.errors import Fault, Gone
from archive.intake import Stowed
from archive.jobs import Claim, Dead, finish, still_mine
from archive.parts import How, Part, Run, name_part, origins_of, part_name, stow_part
from archive.people import Person, actor_for
from archive.readable import readable_scope
from archive.separators import Destination, Doubt, known_sheet, place_of, read_token
from archive.vault import Vault
from retention.holds import held
from retention.withdrawal import Why, condemn
from workers.case import Case, case_of, locked
from workers.excerpts import codes, excerpt
from workers.reading import open_scan
from workers.scan import Scan
from workers.sheets import Finding, Sheet
from workers.tools import Tools
from workers.unreadable import Unreadable

_STACKS: Final = frozenset({media.PDF, media.TIFF})


class HoldCame(Fault):
    """A hold was placed while the stack was being split: the job begins anew, and leaves it whole."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Behind:
    """The leaves behind one sheet, up to the next; `sheet` is None before the first."""

    leaves: tuple[Leaf, ...]
    sheet: str | None

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages of the original, in the order in which they stand."""
        return tuple(leaf.page for leaf in self.leaves)


@dataclass(frozen=True, slots=True)
class Division:
    """How a stack is to be split; nothing when it stays whole.

    `notes`: what a person has to know, by page as it stands now, like the `sheets`: in a stack whose pages were put in
    another order, that is another number than in the original.
    """

    runs: tuple[Behind, ...] = ()
    notes: Mapping[int, str] = field(default_factory=dict)
    sheets: tuple[int, ...] = ()

    @property
    def kept_whole(self) -> Mapping[int, str]:
        """What is to be said when it was not split: its sheets, if there were any to split at, and the notes."""
        return {**dict.fromkeys(self.sheets, Doubt.NOT_SPLIT.value), **self.notes}


def find_separators(tools: Tools, case: Case, scan: Scan) -> Division:
    """Look at every page of a file that can be a stack. What claims to be a sheet and is none of ours is a note."""
    notes = _earlier_doubt(tools, case)
    if scan.count < 2 or case.media_type not in _STACKS:  # noqa: PLR2004 - one page is no stack
        return Division(notes=notes)
    leaves, sheets = case.leaves or tuple(Leaf(page) for page in range(1, scan.count + 1)), dict[int, str]()
    stands = {leaf.page: number for number, leaf in enumerate(leaves, start=1)}
    for page, said in codes(scan):
        found = sheet_on(tools.house.vault, said)
        if isinstance(found, Doubt):
            notes[stands[page]] = found.value
        elif found is not None:
            sheets[stands[page]] = found
    return settled(leaves, sheets, notes, _why_whole(tools, case)) if sheets else Division(notes=notes)


def _earlier_doubt(tools: Tools, case: Case) -> dict[int, str]:
    """What was doubtful about the sheet before this document, when it came out of a stack."""
    with tools.house.database.reading() as session:
        doubts = [origin.doubt for origin in origins_of(session, case.document_id) if origin.doubt]
        return {1: doubts[0]} if doubts else {}


def _why_whole(tools: Tools, case: Case) -> Doubt | None:
    """What keeps a stack in one piece: a hold, or that it was filed as it is."""
    with tools.house.database.reading() as session:
        if session.get_one(Document, case.document_id).filed_at is not None:
            return Doubt.FILED
        return Doubt.HELD if held(session, case.document_id) else None


def sheet_on(vault: Vault, said: Sequence[str]) -> str | Doubt | None:
    """The sheet that a page is, by its codes: the one that is named, or why it is not believed."""
    read = {found for code in said if (found := read_token(vault, code)) is not None}
    named = sorted(found for found in read if not isinstance(found, Doubt))
    if len(named) > 1:
        return Doubt.SEVERAL
    return named[0] if named else next(iter(sorted(read)), None)


def settled(
    leaves: Sequence[Leaf], sheets: Mapping[int, str], notes: Mapping[int, str], whole: Doubt | None
) -> Division:
    """The runs between the sheets, in order; no run without a page. A stack of nothing but sheets stays as it is."""
    runs = runs_between(leaves, sheets)
    why = whole or (None if runs else Doubt.ONLY)
    if why is not None:
        return Division(notes={**dict.fromkeys(sheets, why.value), **notes})
    return Division(runs, notes, tuple(sheets))


def runs_between(leaves: Sequence[Leaf], sheets: Mapping[int, str]) -> tuple[Behind, ...]:
    """The leaves without the sheets, which are counted from 1, cut at them."""
    starts = [0, *sorted(sheets)]
    ends = [*starts[1:], len(leaves) + 1]
    runs = (Behind(tuple(leaves[start : end - 1]), sheets.get(start)) for start, end in zip(starts, ends, strict=True))
    return tuple(run for run in runs if run.leaves)


def noted(sheets: Sequence[Sheet], notes: Mapping[int, str]) -> list[Sheet]:
    """The pages with what is to be said about sheets among their findings, so that a person sees it."""
    return [
        replace(sheet, findings=(*sheet.findings, Finding(notes[sheet.number]))) if sheet.number in notes else sheet
        for sheet in sheets
    ]


def hand_over(tools: Tools, held_job: Claim, case: Case, scan: Scan, division: Division) -> bool:
    """Split the stack into documents. False when its pages cannot be copied as they are: then it stays whole."""
    try:
        stowed = [_stow(tools, case, scan, run) for run in division.runs]
    except Unreadable:
        return False
    with tools.house.database.transaction() as session:
        _name_all(session, held_job, case, list(zip(division.runs, stowed, strict=True)))
    return True


def _stow(tools: Tools, case: Case, scan: Scan, run: Behind) -> Stowed:
    """One part: extracted in the confined child, each page compared with the stack's, sealed under its own key, put."""
    body = io.BytesIO(excerpt(tools, scan, case.media_type, run.pages))
    return stow_part(tools.house, case.uploader_id, body, case.media_type)


def _name_all(session: Session, held_job: Claim, case: Case, parts: Sequence[tuple[Behind, Stowed]]) -> None:
    """The one commit: every part with its place, the stack condemned, the job done."""
    stack = session.get_one(Document, case.document_id, with_for_update={"of": Document}, populate_existing=True)
    still_mine(session, held_job)
    if held(session, stack.id):
        raise HoldCame("A hold keeps the stack as it is.")
    name, places = file_name_of(case.key, stack), _places(session, stack, [run.sheet for run, _ in parts])
    named = []
    for run, stowed in parts:
        place = places[run.sheet]
        part = Part(
            (Run(stack.id, stack.sha256, run.pages),), How.STACK, part_name(name, run.pages), place.customer_id,
            place.folder, place.document_type, run.sheet if place.known else None, place.doubt, _turned(run.leaves),
        )  # fmt: skip
        named.append(name_part(session, READER, stack, part, stowed).id)
    record(session, READER, Act.DOCUMENT_DIVIDED, stack.id, detail={"parts": named})
    condemn(session, READER, stack, Why.DIVIDED)
    finish(session, held_job)


def _places(session: Session, stack: Document, sheets: Sequence[str | None]) -> dict[str | None, Destination]:
    """Where each sheet sends its documents. Before the first sheet: where the stack itself was said to belong."""
    uploader = session.get_one(Person, stack.uploader_id)
    actor = actor_for(uploader, scopes=frozenset({"read", "write"}), fresh_until=None, origin="stack")
    scope = readable_scope(session, actor)
    given = stack.customer_id if stack.customer_given else None
    kind = stack.document_type if stack.type_confidence == 1.0 else None
    places: dict[str | None, Destination] = {None: Destination(given, stack.folder, kind)}
    for sheet_id in {sheet for sheet in sheets if sheet is not None}:
        sheet = known_sheet(session, sheet_id)
        places[sheet_id] = (
            replace(places[None], doubt=sheet.value, known=False)
            if isinstance(sheet, Doubt)
            else place_of(session, scope, sheet).over(places[None])
        )
    return places


def _turned(leaves: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """Which way the pages of a part stand, counted in the part."""
    return tuple(Leaf(at, leaf.turn) for at, leaf in enumerate(leaves, start=1))


def split_document(tools: Tools, held_job: Claim) -> None:
    """Split a document where a person asked for it, the same way; the parts keep how its pages were turned."""
    with tools.house.database.transaction() as session:
        case = case_of(tools, session, locked(session, held_job.subject), held_job)
        still_mine(session, held_job)
    parts = [tuple(Leaf(page, turn) for page, turn in part) for part in held_job.args["parts"]]
    try:
        with open_scan(tools, case) as scan:
            stowed = [_stow(tools, case, scan, Behind(part, None)) for part in parts]
    except Unreadable:
        with tools.house.database.transaction() as session:
            leave_whole(session, case.document_id, held_job.args["state"], "not_split")
            finish(session, held_job)
        return
    with tools.house.database.transaction() as session:
        _name_split(session, held_job, case, list(zip(parts, stowed, strict=True)))


def _name_split(
    session: Session, held_job: Claim, case: Case, parts: Sequence[tuple[tuple[Leaf, ...], Stowed]]
) -> None:
    whole = locked(session, case.document_id)
    still_mine(session, held_job)
    if held(session, whole.id):
        raise HoldCame("A hold keeps the document as it is.")
    name, place, named = file_name_of(case.key, whole), _places(session, whole, [])[None], []
    for leaves, stowed in parts:
        pages = tuple(leaf.page for leaf in leaves)
        part = Part(
            (Run(whole.id, whole.sha256, pages),), How.SPLIT, part_name(name, pages), place.customer_id, place.folder,
            None, leaves=_turned(leaves),
        )  # fmt: skip
        named.append(name_part(session, READER, whole, part, stowed).id)
    record(session, READER, Act.DOCUMENT_DIVIDED, whole.id, detail={"parts": named})
    condemn(session, READER, whole, Why.DIVIDED)
    finish(session, held_job)


def give_up_split(session: Session, dead: Dead) -> None:
    """Every attempt failed: it stays one document, where it was, and says so."""
    with suppress(Gone):
        leave_whole(session, dead.subject, dead.args["state"], "not_split")


def leave_whole(session: Session, document_id: str, state: str, why: str) -> None:
    """Put a document back to where it was, with the reason for a person. Gone when it was withdrawn meanwhile."""
    document = locked(session, document_id)
    document.state, document.review = state, list(dict.fromkeys([*document.review, why]))
    changed(session, document)
