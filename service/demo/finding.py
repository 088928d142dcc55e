"""Second act: who may, finds by what the paper says; who may not, learns nothing."""

from __future__ import annotations

import urllib.parse
import uuid

from service.demo.client import Answer, Client
from service.demo.papers import CITIZEN_NUMBER, CONTRACT
from service.demo.stage import Stage
from service.demo.taking_in import TakenIn

_FORBIDDEN, _ABSENT = 403, 404


def find(stage: Stage, taken: TakenIn) -> None:
    """A phrase is found by a colleague and by nobody else."""
    stage.story.chapter("二、找得到，看得见的人才找得到", "2. Found, by whom may see it")
    found = _searched(stage.by("sales"), CONTRACT.phrase, hits=1)
    hits = [hit for hit in found["hits"] if hit["document_id"] == taken.contract]
    told = f"同部门的人按正文“{CONTRACT.phrase}”找到它，并框出位置"
    english = f"A colleague finds it by «{CONTRACT.phrase}» in it, outlined on the page"
    stage.story.holds(told, english, bool(hits and hits[0]["boxes"]), found.body)
    nothing = stage.by("finance").get(_query(CONTRACT.phrase))
    silent = nothing["total"] == 0 and not any(nothing["facets"].values())
    stage.story.holds(
        "别的部门搜不到，连数目也没有", "Another department finds nothing, not even a count", silent, nothing.body
    )
    _unseen_is_absent(stage, taken.contract)
    _masked(stage, taken.identity_card)


def _searched(reader: Client, phrase: str, *, hits: int) -> Answer:
    return reader.until(_query(phrase), lambda answer: answer.status == 200 and answer["total"] == hits)  # noqa: PLR2004 - OK


def _query(phrase: str) -> str:
    return f"/search?q={urllib.parse.quote(phrase)}"


def gone_from_search(reader: Client) -> bool:
    """Whether the contract's phrase finds nothing any more."""
    return bool(_searched(reader, CONTRACT.phrase, hits=0)["total"] == 0)


def _unseen_is_absent(stage: Stage, document: str) -> None:
    stranger = stage.by("finance")
    unseen, absent = stranger.get(f"/documents/{document}"), stranger.get(f"/documents/{uuid.uuid4()}")
    alike = unseen.status == absent.status == _ABSENT and unseen["code"] == absent["code"]
    stage.story.holds(
        "看不到的与不存在的，答复一样", "What may not be seen answers like what is not there", alike, (unseen, absent)
    )


def _masked(stage: Stage, card: str) -> None:
    original = stage.by("sales").get(f"/documents/{card}/original")
    refused = original.status == _FORBIDDEN and original["code"] == "masked_only"
    stage.story.holds(
        "身份证原件不给普通查阅者", "The identity card's original is not for an ordinary reader", refused, original
    )
    text = stage.by("sales").get(f"/documents/{card}/pages/1/text").body.decode()
    covered = CITIZEN_NUMBER not in text and CITIZEN_NUMBER[-2:] in text
    stage.story.holds("看得到的文字里，证件号已打码", "In the text that is shown, the number is covered", covered, text)
