"""The letter that answers a request to delete (PIPL art. 50 (1): who refuses gives the reason), as it is printed.

Which hold keeps a document is not told: an inquiry may be one that its subject must not learn of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from archive.pdf import Form, Heading, Pairs, Paragraph, Table
from retention.due import Reason
from retention.erasure import Outlook
from retention.manifest import TYPE_TITLES
from retention.requests import ErasureRequest, Ground, Outcome
from retention.sentences import sentence, worded

CHINESE_DIGITS: Final = "一二三四五"
KEPT_BY_LAW: Final = "依法须继续保存。"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter is made of; `told` is what the request holds sealed."""

    request: ErasureRequest
    told: Mapping[str, str]
    outlook: Sequence[Outlook]
    organisation: str
    on: date


def article(ground: str) -> str:
    """The item of the law that a ground is."""
    return f"《中华人民共和国个人信息保护法》第四十七条第一款第（{CHINESE_DIGITS[Ground(ground).item - 1]}）项"


def letter_form(letter: Letter) -> Form:
    """The letter: what was asked, what becomes of each document and why, what its reader can do."""
    request = letter.request
    return Form(
        title="个人信息删除请求答复函",
        blocks=(
            Paragraph(f"{letter.told['requester']}："),
            Paragraph(f"您于 {request.received_on.isoformat()} 提出的个人信息删除请求已经办理，现答复如下。"),
            Pairs(
                (
                    ("请求编号", request.number),
                    ("请求依据", f"{article(request.ground)}（{worded(request.ground, 'zh')}）"),
                    ("请求内容", letter.told["statement"]),
                    ("身份核验", "已核验" if request.identity_at else "未通过"),
                )
            ),
            *(_refusal(letter) if request.refused_at else _answers(letter)),
            Paragraph("对本答复有异议的，可以向本单位再次提出，或者依照个人信息保护法第五十条向人民法院提起诉讼。"),
            Paragraph(f"{letter.organisation}（盖章）        {letter.on.isoformat()}"),
        ),
        footer=request.number,
    )


def _refusal(letter: Letter) -> tuple[Heading | Paragraph, ...]:
    return Heading("答复"), Paragraph(f"您的请求未予受理。理由：{letter.told.get('refusal', '')}")


def _answers(letter: Letter) -> tuple[Heading | Paragraph | Table, ...]:
    decided = [each for each in letter.outlook if each.item.outcome]
    rows = tuple((str(n), _named(each), *_answer(each)) for n, each in enumerate(decided, start=1))
    told: list[Heading | Paragraph | Table] = [
        Heading("办理结果"),
        Table(("序号", "材料", "处理", "理由"), rows, (1, 5, 3, 9)),
    ]
    if any(each.item.outcome == Outcome.RESTRICT and not each.gone for each in decided):
        told.append(
            Paragraph(
                "限制处理的材料只作存储和必要的安全保护，不再查阅、检索、借阅或者对外提供；"
                "法定保存期限届满或者保存事由消失后即予删除（个人信息保护法第四十七条第二款）。"
            )
        )
    return tuple(told)


def _named(each: Outlook) -> str:
    kind = TYPE_TITLES.get(each.document.document_type or "other", TYPE_TITLES["other"])
    return " ".join(part for part in (each.document.archival_code, kind) if part)


def _answer(each: Outlook) -> tuple[str, str]:
    """What becomes of a document, and why, as its subject is told."""
    if each.view.destroyed:
        return "已删除", f"销毁证明 {each.document.certificate_no}" if each.document.certificate_no else ""
    if each.item.outcome == Outcome.DELETE:
        return "予以删除", "按规定程序销毁，完成后可查销毁证明。"
    law = [_public(stored) for stored in each.item.because]
    return "限制处理", "".join(dict.fromkeys(law)) + (each.item.reason or "")


def _public(stored: Mapping[str, Any]) -> str:
    if stored["code"] in {"floor", "floor_not_begun", "permanent"}:
        return sentence(Reason(stored["code"], stored["values"]), "zh")
    return KEPT_BY_LAW
