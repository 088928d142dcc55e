"""Third act: the matter ends, a period runs out, a hold stands against it and is lifted by two."""

from __future__ import annotations

from typing import Any, Final

from service.demo.client import Answer
from service.demo.papers import SIGNED_IN_YEAR
from service.demo.stage import Stage
from service.demo.taking_in import TakenIn

_ENDED: Final = f"{SIGNED_IN_YEAR + 1}-02-28"
_DUE: Final = f"{SIGNED_IN_YEAR + 7}-01-01"
"""The event is of the next year, its period begins with the year after and lasts five years."""


def keep(stage: Stage, taken: TakenIn) -> None:
    """From an open folder to a document that is due and not held."""
    _ended(stage, taken)
    _held(stage, taken.contract)


def _ended(stage: Stage, taken: TakenIn) -> None:
    stage.story.chapter("三、保管期限由事件起算", "3. A period that begins with an event")
    closed = stage.by("officer").post(f"/folders/{taken.folder}/close", {"closed_on": _ENDED})
    stage.answered("案卷办结，不再收件", "The folder is closed and takes no more papers", closed)
    event = stage.by("officer").post(
        "/trigger-events",
        {
            "event": "contract_performed", "subject": {"kind": "folder", "id": taken.folder}, "occurred_on": _ENDED,
            "evidence": "退租交接单",
        },
    )  # fmt: skip
    stage.answered(
        f"登记起算事件：合同履行完毕 {_ENDED}", f"The trigger event is recorded: performed on {_ENDED}", event, 201
    )
    retention = _retention(stage, taken.contract)
    due = retention["due_date"] == _DUE and bool(retention["why"])
    stage.story.holds(
        f"到期日由此算出：{_DUE}，并说明理由", f"The due date follows: {_DUE}, with its reasons", due, retention
    )


def _held(stage: Stage, document: str) -> None:
    officer = stage.by("officer")
    hold = officer.post(
        "/holds", {"title": "诉讼", "reason": "法院来函", "subjects": [{"kind": "document", "id": document}]}
    )
    stage.answered("来了诉讼：冻结这份文件", "A lawsuit comes: the document is put on hold", hold, 201)
    stage.story.holds(
        "冻结中的文件不进鉴定名单",
        "What is held cannot be appraised",
        document not in _candidates(stage),
        _candidates(stage),
    )
    lift = f"/holds/{hold['id']}/lift"
    first = officer.post(lift, {"reason": "结案"})
    stage.answered("一个人只能申请解冻", "One person can only ask to lift it", first, 202)
    again = officer.post(lift, {"reason": "结案"})
    still = again.status == 202 and bool(_retention(stage, document)["holds"])  # noqa: PLR2004 - Accepted
    stage.story.holds("同一人再说一次也不算数", "The same person's second word does not count", still, again)
    stage.answered(
        "第二个人同意，冻结解除", "A second person lifts it", stage.by("officer2").post(lift, {"reason": "结案属实"})
    )
    listed = _candidates(stage) == [document]
    stage.story.holds(
        "现在它、也只有它，等待鉴定", "Now it, and only it, waits for appraisal", listed, _candidates(stage)
    )


def _retention(stage: Stage, document: str) -> dict[str, Any]:
    seen: Answer = stage.by("officer").get(f"/documents/{document}")
    return dict(seen["retention"])


def _candidates(stage: Stage) -> list[str]:
    return [item["document_id"] for item in stage.by("officer").get("/appraisals/candidates")["items"]]
