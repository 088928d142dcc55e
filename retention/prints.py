"""The certificate of destruction and the appraisal report as they are printed. Registers stand in `register`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from archive.pdf import Form, Heading, Pairs, Paragraph, Symbol, Table
from retention.appraisals import ReportLine, report_no
from retention.bundle import shape
from retention.disposal import Appraisal
from retention.register import Register, cover, moment, quick
from retention.sentences import worded

TARGETS = {
    "index": "检索库", "rendition": "副本与识读文件", "original": "原件", "leftover": "未完成的上传",
    "rows": "数据库记录", "log": "日志明细", "jobs": "任务参数", "grants": "授权", "requests": "申请",
    "scratch": "临时文件", "key": "密钥", "purge-and-merge": "清除并合并索引段", "purge-versions": "清除全部版本",
    "delete-rows": "删除记录", "erase-details": "清除日志明细", "clear-arguments": "清空任务参数",
    "unlink": "删除文件", "crypto-erase": "销毁密钥", "index asked by id": "按编号查询检索库",
    "versions, markers and uploads listed": "列出版本、标记与上传", "folder listed": "列出文件夹",
    "rows read by another session": "由另一会话读取记录", "installation": "本系统", "search": "检索库",
    "vault asked by a read-only connection": "由只读连接查询密钥库", "vault": "密钥库", "primary": "主存储",
}  # fmt: skip
"""Words for targets, places and methods as they are printed; what has none here is printed as it is."""

DECISIONS = {"destroy": "销毁", "extend": "续存", "permanent": "永久", None: "未定"}


def certificate_form(
    made: Register, *, seal: str, stamp: Mapping[str, str] | None, looks: Sequence[Mapping[str, Any]] = ()
) -> Form:
    """The certificate: what, how much, who, how verified, and how a stranger checks it.

    `seal` is the fingerprint of the certificate that signs the PDF, `stamp` what is told of the time stamp, `looks`
    what was found when it was looked again.
    """
    said = made.certificate
    return Form(
        title="档案销毁证明",
        blocks=(
            Pairs((("证明编号", said["number"]), *cover(made)[1:])),
            Heading("逐项核实"),
            Table(
                ("目标", "地点", "方法", "核实方式", "目标数", "已核实"),
                tuple(_tally(said["targets"])),
                (3, 3, 4, 6, 2, 2),
            ),
            Heading("核对"),
            Pairs(
                (
                    ("清册 SHA-256", said["manifest_sha256"]),
                    ("公钥清单 SHA-256", said["keys_sha256"]),
                    ("签发时间", moment(said["issued_at"])),
                    ("时间戳", stamp_told(stamp)),
                    ("签发密钥指纹", said["signature"]["key"]),
                    ("PDF 签章证书指纹", seal),
                )
            ),
            *_later(looks),
            Symbol(quick(said), 0.22),
            Paragraph(
                "本证明的 JSON 原文、清册、批准与监销签名、日志包含证明及核对程序 verify.py 在同编号的核对包中；"
                "核对只需 Python 3.9 以上，不需本系统。二维码载有证明编号、清册摘要与签发密钥指纹。"
            ),
        ),
        footer=f"{said['number']}  {said['execution']['service']}",
    )


def _later(looks: Sequence[Mapping[str, Any]]) -> tuple[Heading | Pairs, ...]:
    """What was found a day and a week later; nothing before that."""
    if not looks:
        return ()
    told = tuple((f"{look['days']} 天后", f"{moment(look['at'])}  {_found(look)}") for look in looks)
    return (Heading("事后复核"), Pairs(told))


def _found(look: Mapping[str, Any]) -> str:
    back = f"，其中 {len(look['returned'])} 项曾再次出现，已再次销毁" if look["returned"] else ""
    return f"{look['targets']} 项目标均不存在{back}"


def stamp_told(stamp: Mapping[str, str] | None) -> str:
    """When and by whom it was time-stamped, or plainly that it was not."""
    return f"{moment(stamp['at'])}  {stamp['authority']}" if stamp else "未加盖时间戳 / not time-stamped"


def _tally(targets: Sequence[shape.Target]) -> list[tuple[str, ...]]:
    """How many targets of each kind there were, and how many of them are verified absent."""
    every: Counter[tuple[str, str, str, str]] = Counter()
    verified: Counter[tuple[str, str, str, str]] = Counter()
    for target in targets:
        kind = (target["target"], target["site"], target["method"], target["verify_method"])
        every[kind] += 1
        verified[kind] += target["result"] == "verified"
    return [
        (*(TARGETS.get(word, word) for word in kind), str(count), str(verified[kind])) for kind, count in every.items()
    ]


def report_form(appraisal: Appraisal, lines: Sequence[ReportLine], names: dict[str, str]) -> Form:
    """The appraisal report (鉴定报告); `names` gives people's names by id."""
    counts = Counter(line.item.decision for line in lines)
    finished = appraisal.finished_at
    facts = (
        *([("报告编号", report_no(appraisal))] if finished else []),
        ("题名", appraisal.title),
        ("开始", f"{moment(appraisal.opened_at.isoformat())}  {names.get(appraisal.opened_by, '')}"),
        (
            "完成",
            f"{moment(finished.isoformat())}  {names.get(appraisal.finished_by or '', '')}" if finished else "未完成",
        ),
        ("结论", "  ".join(f"{DECISIONS[decision]} {count} 件" for decision, count in sorted(counts.items(), key=str))),
    )
    head = ("序号", "档号", "类别", "触发事件", "到期日", "意见", "年限", "理由", "鉴定人")
    rows = tuple(
        (
            str(line.item.ordinal), line.archival_code, f"{line.item.class_code} v{line.item.class_version}",
            f"{worded(line.item.event, 'zh')} {line.item.event_date}" if line.item.event else "",
            line.item.due_date.isoformat(),
            DECISIONS[line.item.decision], str(line.item.years or ""), line.item.reason or "",
            names.get(line.item.decided_by or "", ""),
        )
        for line in lines
    )  # fmt: skip
    return Form(
        "档案鉴定报告",
        (Pairs(facts), Heading("鉴定意见"), Table(head, rows, (24, 112, 64, 110, 52, 32, 30, 270, 80), dense=True)),
        landscape=True,
        footer=f"{report_no(appraisal)}  {appraisal.title}" if finished else appraisal.title,
    )
