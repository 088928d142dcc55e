"""Fourth act: appraised, frozen in a list, signed by two, executed under the eyes of two more."""

from __future__ import annotations

from typing import Any, Final

from service.demo.client import Answer
from service.demo.stage import Stage
from service.demo.taking_in import TakenIn

_OVER: Final = frozenset({"executed", "done", "partial", "cancelled"})
_WATCHING: Final = ("clerk", "sales")


def destroy(stage: Stage, taken: TakenIn) -> str:
    """Destroy the contract; the certificate's number."""
    batch = _batch(stage, _appraised(stage, taken.contract))
    path = f"/destruction-batches/{batch['id']}"
    _signed(stage, path, batch["manifest_sha256"])
    _executed(stage, path)
    return _confirmed(stage, path)


def _appraised(stage: Stage, document: str) -> str:
    stage.story.chapter("四、销毁：二人签署，二人监销", "4. Destruction: two signatures, two witnesses")
    officer = stage.by("officer")
    opened = officer.post("/appraisals", {"title": "年度鉴定", "document_ids": [document]})
    stage.answered("开始鉴定", "An appraisal is opened", opened, 201)
    early = officer.post("/destruction-batches", {"appraisal_id": opened["id"], "title": "第一批"})
    refused = early.status in {409, 422}
    stage.story.holds("没有逐件决定，不成批次", "What nobody decided makes no batch", refused, early)
    verdict = [{"document_id": document, "decision": "destroy", "reason": "期满，无续存价值"}]
    decided = officer.put(f"/appraisals/{opened['id']}/decisions", verdict)
    stage.answered("逐件决定，写明理由", "Each document is decided, with a reason", decided)
    stage.answered("鉴定结束", "The appraisal is finished", officer.post(f"/appraisals/{opened['id']}/finish"))
    return str(opened["id"])


def _batch(stage: Stage, appraisal: str) -> Answer:
    made = stage.by("officer").post("/destruction-batches", {"appraisal_id": appraisal, "title": "第一批"})
    return stage.answered("提出销毁批次，清册就此冻结", "A batch is proposed, its list frozen", made, 201)


def _signed(stage: Stage, path: str, digest: str) -> None:
    sign, stale = {"manifest_sha256": digest, "opinion": "同意销毁"}, stage.cast.unsigned
    own = stage.by("officer").post(f"{path}/approve", sign)
    stage.answered("提出的人不能签", "Who proposed it cannot sign", own, 403)
    without = stale.post(f"{path}/approve", sign)
    stepped = without.status == 403 and without["code"] == "step_up_required"  # noqa: PLR2004 - Forbidden
    stage.story.holds("没有重新验证身份不能签", "No signature without a fresh sign-in", stepped, without)
    wrong = stage.by("approver").post(f"{path}/approve", sign | {"manifest_sha256": "0" * 64})
    stage.story.holds(
        "签在别的清册上，不认", "A signature under another list is refused", wrong.status in {409, 422}, wrong
    )
    first = stage.by("approver").post(f"{path}/approve", sign)
    stage.answered("第一位审批人签署", "The first approver signs", first)
    early = stage.by("officer2").post(f"{path}/execute", _witnesses(stage))
    stage.answered("一个签名毁不了任何东西", "One signature destroys nothing", early, 409)
    second = stage.by("approver2").post(f"{path}/approve", sign)
    stage.answered("第二位审批人签署", "The second approver signs", second)


def _witnesses(stage: Stage) -> dict[str, Any]:
    return {"supervisors": [stage.by(name).person_id for name in _WATCHING]}


def _executed(stage: Stage, path: str) -> None:
    own = stage.by("officer").post(f"{path}/execute", _witnesses(stage))
    stage.answered("提出的人不能执行", "Who proposed it cannot execute it", own, 403)
    begun = stage.by("officer2").post(f"{path}/execute", _witnesses(stage))
    stage.answered("另一位档案员执行", "Another officer executes it", begun, 202)
    seen = stage.by("officer").until(path, lambda answer: answer["state"] in _OVER)
    targets = seen["targets"]
    verified = seen["state"] == "executed" and bool(targets) and all(target["verified_at"] for target in targets)
    stage.story.holds(
        f"原件、渲染件、密钥、索引共 {len(targets)} 处，逐处核实已无",
        f"Original, renditions, key, index: {len(targets)} places, each verified absent", verified, seen.body,
    )  # fmt: skip


def _confirmed(stage: Stage, path: str) -> str:
    for name in _WATCHING:
        said = stage.by(name).post(f"{path}/confirm", {"observed": "已当场核对清册与结果"})
        stage.answered(f"监销人 {name} 确认", f"The supervisor {name} confirms", said)
    seen = stage.by("officer").until(path, lambda answer: bool(answer["certificate_no"]) and answer["state"] == "done")
    number = str(seen["certificate_no"])
    stage.story.holds(
        f"批次完成，销毁证明 {number}", f"The batch is done; certificate {number}", seen["state"] == "done", seen.body
    )
    return number
