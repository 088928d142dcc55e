"""The certificate of destruction and the appraisal report as they are printed. Registers stand in `register`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from archive.pdf import Form, Heading, Pairs, Paragraph, Table
from retention.appraisals import ReportLine
from retention.bundle import shape
from retention.disposal import Appraisal
from retention.register import Register, cover, moment
from retention.sentences import worded

DECISIONS = {"destroy": "销毁", "extend": "续存", "permanent": "永久", None: "未定"}


def certificate_form(made: Register) -> Form:
    """The certificate: what, how much, who, how verified, and how a stranger checks it."""
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
                    ("签发密钥指纹", said["signature"]["key"]),
                )
            ),
            Paragraph(
                "本证明的 JSON 原文、清册、批准与监销签名、日志包含证明及核对程序 verify.py 在同编号的核对包中；"
                "核对只需 Python 3.9 以上，不需本系统。"
            ),
        ),
        footer=f"{said['number']}  {said['execution']['service']}",
    )


def _tally(targets: Sequence[shape.Target]) -> list[tuple[str, ...]]:
    """How many targets of each kind there were, and how many of them are verified absent."""
    every: Counter[tuple[str, str, str, str]] = Counter()
    verified: Counter[tuple[str, str, str, str]] = Counter()
    for target in targets:
        kind = (target["target"], target["site"], target["method"], target["verify_method"])
        every[kind] += 1
        verified[kind] += target["result"] == "verified"
    return [(*kind, str(count), str(verified[kind])) for kind, count in every.items()]


def report_form(appraisal: Appraisal, lines: Sequence[ReportLine], names: dict[str, str]) -> Form:
    """The appraisal report (鉴定报告); `names` gives people's names by id."""
    counts = Counter(line.item.decision for line in lines)
    finished = appraisal.finished_at
    facts = (
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
            f"{worded(line.item.event, 'zh')} {line.item.event_date}", line.item.due_date.isoformat(),
            DECISIONS[line.item.decision], str(line.item.years or ""), line.item.reason or "",
            names.get(line.item.decided_by or "", ""),
        )
        for line in lines
    )  # fmt: skip
    return Form(
        "档案鉴定报告",
        (Pairs(facts), Heading("鉴定意见"), Table(head, rows, (2, 8, 4, 8, 4, 3, 2, 10, 4))),
        landscape=True,
    )
