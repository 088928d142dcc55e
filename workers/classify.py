"""Which type of paper a document is: titles and key phrases weighed against each other, with the reasons."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive.reasons import reason
from workers import layout
from workers.kinds import TITLE, WEAK_TITLE, Kind
from workers.layout import Passage
from workers.sheets import PageState, Sheet, Verdict
from workers.type_model import UNLEARNED, TypeModel, shipped
from workers.vocabulary import PUNCTUATION, USUAL, Title, Vocabulary

_UNKNOWN = 2.0
"""What `other` weighs before anything is read: a paper of a known type shows at least a title or two phrases."""

PAGES = 6
"""A type shows on the first pages; what follows are annexes."""

_HEAD_ROWS = 6
_ANYWHERE, _SMALL, _LATER_PAGE, _MISREAD, _COMPOSED = 0.6, 0.3, 0.5, 0.85, 0.95
_LARGE = 1.15
_FIRST_ROWS, _STACKED = 3, 0.7
_UNSHOWN, _OWN_TITLE, _OWN_PHRASE, _MANY_PHRASES = 0.85, WEAK_TITLE + 0.1, 2.0, 5.0
"""So sure at most of a type that shows in no words of its own: a paper of no known type shares a few with it."""

_FOREIGN_WEIGHT = 4.0
_FOREIGN = re.compile(r"[一-鿿]{2,14}(?:[书证表单函据票册卡]|记录|报告|决议|明细|章程|名单|清单|方案|通知|决定)")
_TITLE_LENGTH = 32
_FORGIVING_FROM = 4
_PHRASE_CEILING = 9.0
_SUREST = 0.995
_AFTER_TITLE = re.compile(r"(?:正本|副本|复印件|样本|范本|存根|存根联|客户联|\d{1,12}份?|no\d*|№\d*)$")
_REMARK = re.compile(r"\s*[(\[][^()\[\]]{1,12}[)\]]\s*$")
"""What stands in brackets behind a title: 企业信用报告(自主查询版)."""
_SENTENCE = re.compile(r"[，,；;。!?！？]")


@dataclass(frozen=True, slots=True)
class _Evidence:
    weight: float
    reason: str


def classify(sheets: Sequence[Sheet], model: TypeModel | None = None, words: Vocabulary = USUAL) -> Verdict:
    """The likeliest type, its probability by rules and model, and the words that speak for it (`title:…`, `phrase:…`).

    Without `model` the one that comes with Anjuan counts. A document without a readable page is `other` with
    confidence 0 and the reason `nothing_read`.
    """
    weighed, model = weigh(sheets, words), model or shipped()
    if weighed is None:
        return Verdict("other", 0.0, ("nothing_read",))
    likely = model.probabilities(weighed.scores, weighed.text)
    best = max(likely, key=lambda code: likely[code])
    most = _SUREST if best == "other" or _shown(weighed.evidence[best]) else _UNSHOWN
    most = most if best in model.kinds else min(most, UNLEARNED)
    sure, reasons = round(min(most, likely[best]), 4), _reasons(weighed.evidence[best])
    if not reasons and best != "other":
        reasons = (reason("learned", f"{sure:.0%}"),)
    name, others = words.own.get(best, ""), _other_papers(weighed.pages, best, words)
    if others:
        return Verdict(best, min(sure, _STACKED), (*reasons, reason("several_papers", "、".join(others))), name)
    return Verdict(best, sure, reasons, name)


def _shown(evidence: Sequence[_Evidence]) -> bool:
    """Whether the type shows in words of its own: a title or phrase that is its alone, many others."""
    least = {"title": _OWN_TITLE, "phrase": _OWN_PHRASE}
    own = any(found.weight >= least[found.reason.partition(":")[0]] for found in evidence)
    return own or sum(found.weight for found in evidence) >= _MANY_PHRASES


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the rules say of a document: a weight for each type with its evidence, and the text that was looked at."""

    scores: Mapping[str, float]
    evidence: Mapping[str, Sequence[_Evidence]]
    pages: Sequence[Sequence[Passage]]
    text: str


def weigh(sheets: Sequence[Sheet], words: Vocabulary = USUAL) -> Weighed | None:
    """The rules' weights for each type, as natural logarithms; None when no page could be read."""
    pages = [layout.rows(sheet) for sheet in sheets[:PAGES] if sheet.state is PageState.RECOGNISED]
    if not any(pages):
        return None
    text = squeezed("".join(row.folded for page in pages for row in page))
    titles = _titles(pages, words)
    evidence = {kind.code: [*_phrases(kind, text), *_only(titles.get(kind.code))] for kind in words.kinds}
    scores = {code: sum(found.weight for found in all_found) for code, all_found in evidence.items()}
    foreign = None if titles else _foreign_title(pages[0])
    if foreign:
        evidence["other"].append(foreign)
    scores["other"] += _UNKNOWN + (foreign.weight if foreign else 0.0)
    return Weighed(scores, evidence, pages, text)


def _other_papers(pages: Sequence[Sequence[Passage]], best: str, words: Vocabulary) -> list[str]:
    """Titles of other types at the very head of a later page: perhaps several papers in one file."""
    heads = (row for page in pages[1:] for row in page[:_FIRST_ROWS])
    found = (hit for row in heads for hit in _titles_in(row, 1.0, words))
    return sorted(
        {
            _told(hit)
            for code, hit in found
            if code not in (best, "other") and hit.weight >= TITLE and len(_told(hit)) > 1
        }
    )


def _foreign_title(page: Sequence[Passage]) -> _Evidence | None:
    """The head of a paper that no type is called by: 毕业证书, 民事判决书, 送货单."""
    for row in page[:_FIRST_ROWS]:
        text = _stripped(row.folded)
        if _FOREIGN.fullmatch(text):
            return _Evidence(_FOREIGN_WEIGHT, f"title:{text}")
    return None


def _told(title: _Evidence) -> str:
    return title.reason.partition(":")[2]


def squeezed(text: str) -> str:
    """A folded text without blanks."""
    return re.sub(r"\s+", "", text)


def nearly_in(text: str, phrase: str) -> bool:
    """Whether a text holds a phrase, one substituted character forgiven in four or more."""
    if phrase in text:
        return True
    if len(phrase) < _FORGIVING_FROM:
        return False
    middle = len(phrase) // 2
    return _near(text, phrase, phrase[:middle], 0) or _near(text, phrase, phrase[middle:], middle)


def _near(text: str, phrase: str, part: str, offset: int) -> bool:
    """Whether the phrase stands, with one substitution at most, where one of its halves stands exactly."""
    place = text.find(part)
    while place >= 0:
        start = place - offset
        window = text[start : start + len(phrase)] if start >= 0 else ""
        if len(window) == len(phrase) and _differences(window, phrase) <= 1:
            return True
        place = text.find(part, place + 1)
    return False


def _differences(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _titles(pages: Sequence[Sequence[Passage]], words: Vocabulary) -> dict[str, _Evidence]:
    """The best title of each kind in the document, by code; a second one adds nothing."""
    best: dict[str, _Evidence] = {}
    for page_index, page in enumerate(pages):
        usual = statistics.median(_height(row) for row in page) if page else 1.0
        for row_index, row in enumerate(page):
            share = 1.0 if row_index < _HEAD_ROWS else _ANYWHERE if _height(row) > _LARGE * usual else _SMALL
            for code, found in _titles_in(row, share * (1.0 if page_index == 0 else _LATER_PAGE), words):
                if code not in best or found.weight > best[code].weight:
                    best[code] = found
    return best


def _height(row: Passage) -> float:
    return statistics.median(glyph.box[3] for glyph in row.glyphs) if row.glyphs else 0.0


def _titles_in(row: Passage, share: float, words: Vocabulary) -> Iterator[tuple[str, _Evidence]]:
    """What a row says as a title: of titles that end alike only the longest counts (信用评估报告 is no 评估报告)."""
    if len(row.folded) > 2 * _TITLE_LENGTH:
        return
    parts = (row.folded, *row.folded.split(layout.GAP))
    texts = {_stripped(text) for part in parts for text in (part, _REMARK.sub("", part))}
    texts = {text for text in texts if text and len(text) <= _TITLE_LENGTH}
    matches = [(title, _ends_with(text, title.text)) for title in words.titles for text in texts]
    matches = [(title, quality) for title, quality in matches if quality]
    matches += [(title, _COMPOSED) for text in texts for title in _composed(text, words)]
    longest = max((quality * len(title.text) for title, quality in matches), default=0.0)
    for title, quality in matches:
        if quality * len(title.text) == longest:
            yield title.code, _Evidence(title.weight * share * quality, f"title:{title.text}")


def _composed(text: str, words: Vocabulary) -> Iterator[Title]:
    """The titles that a row makes by the forms of the kinds: 企业信用等级评价报告."""
    for code, form in words.forms:
        hit = form.search(text)
        if hit:
            yield Title(code, hit[0], TITLE)


def _stripped(text: str) -> str:
    """A row as a title: no brackets or blanks, no 副本 or number after it; empty for a sentence or a label."""
    if _SENTENCE.search(text.strip()) or text.rstrip().endswith(":"):
        return ""
    bare = PUNCTUATION.sub("", text)
    return _AFTER_TITLE.sub("", bare)


def _ends_with(text: str, title: str) -> float:
    """1 for a row that ends with the title, less with one misread character, 0 for none."""
    tail = text[-len(title) :]
    if len(tail) < len(title):
        return 0.0
    if tail == title:
        return 1.0
    return _MISREAD if len(title) >= _FORGIVING_FROM and _differences(tail, title) == 1 else 0.0


def _only(evidence: _Evidence | None) -> list[_Evidence]:
    return [evidence] if evidence else []


def _phrases(kind: Kind, text: str) -> list[_Evidence]:
    """The kind's phrases in the text, together no heavier than a ceiling."""
    found = [_Evidence(weight, f"phrase:{phrase}") for phrase, weight in kind.phrases if nearly_in(text, phrase)]
    total = sum(evidence.weight for evidence in found)
    scale = min(1.0, _PHRASE_CEILING / total) if total else 1.0
    return [_Evidence(evidence.weight * scale, evidence.reason) for evidence in found]


def _reasons(evidence: Sequence[_Evidence]) -> tuple[str, ...]:
    return tuple(found.reason for found in sorted(evidence, key=lambda found: -found.weight)[:6])
