"""档案销毁清册: cover and lines of a destroyed batch, as data and as the form that is printed (A4, landscape).

Source: records-rules §3; 79号令 names the least of the columns. The register is made of the certificate and the
manifest alone, so that it can be printed again when nothing else is left.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast

from sqlalchemy.orm import Session

from archive.pdf import Form, Heading, NewPage, Pairs, Paragraph, Table
from archive.rights import Confidentiality
from archive.sites import PRIMARY
from retention.bundle import shape
from retention.certificate import METHOD
from retention.disposal import CertificateRow, DestructionBatch
from retention.letters import article
from retention.sentences import worded

LEVELS = {
    Confidentiality.PUBLIC.label: "公开",
    Confidentiality.INTERNAL.label: "内部",
    Confidentiality.CONFIDENTIAL.label: "秘密",
    Confidentiality.SECRET.label: "机密",
}

HEAD = (
    "序号", "档号", "文号", "责任者", "题名", "形成时间", "年度", "密级", "案卷", "类别", "应保管", "已保管",
    "触发事件", "触发日期", "到期日", "页数", "份数", "销毁原因", "备注",
)  # fmt: skip
"""The columns of a list; printed, what belongs together stands in one."""

ERASED: Final = "清除（密码擦除：销毁密钥）"

PRINTED = (
    ("序号", 22), ("档号\n案卷", 114), ("文号\n责任者", 112), ("题名", 144), ("形成时间\n年度", 50), ("密级", 24),
    ("类别", 62), ("应保管\n已保管", 34), ("触发事件", 60), ("到期日", 50), ("页数\n份数", 28), ("销毁原因", 64),
    ("备注", 40),
)  # fmt: skip
"""The columns of the form and points of the page's width: no date is broken."""


@dataclass(frozen=True, slots=True)
class Register:
    """What a register is made of."""

    certificate: shape.Certificate
    manifest: shape.Manifest


def register(session: Session, row: CertificateRow) -> Register:
    """The register of a certificate."""
    batch = session.get_one(DestructionBatch, row.batch_id)
    return Register(cast("shape.Certificate", json.loads(row.body)), cast("shape.Manifest", json.loads(batch.manifest)))


def register_form(made: Register) -> Form:
    """The register as it is printed: cover, then the lines."""
    number = made.certificate["number"]
    kept = _kept(made)
    return Form(
        title="档案销毁清册",
        blocks=(
            Pairs(tuple(cover(made))),
            NewPage(),
            Heading("销毁档案目录"),
            Table(
                tuple(name for name, _ in PRINTED),
                tuple(printed_line(item, kept) for item in made.manifest["items"]),
                tuple(share for _, share in PRINTED),
                dense=True,
            ),
            Paragraph(f"清册 SHA-256 {made.certificate['manifest_sha256']}"),
        ),
        landscape=True,
        footer=f"{number}  SHA-256 {made.certificate['manifest_sha256'][:16]}…",
    )


def lines(made: Register) -> list[tuple[str | int, ...]]:
    """Its lines in the order of `HEAD`."""
    return [line(item, _kept(made)) for item in made.manifest["items"]]


def _kept(made: Register) -> frozenset[str]:
    return frozenset(one["document_id"] for one in made.certificate.get("kept", []))


def _how_and_where(said: shape.Execution) -> str:
    """Method and sites in the words of the form; the method's own name, which NIST SP 800-88 gives it, beside them."""
    method = f"{ERASED} / {said['method']}" if said["method"] == METHOD else said["method"]
    return "  ".join([method, *("主存储" if site == PRIMARY else site for site in said["place"].split())])


def cover(made: Register) -> list[tuple[str, str]]:
    """The cover's fields and their values, in the order of the form."""
    said, counts = made.certificate, made.certificate["counts"]
    return [
        ("清册编号", said["number"]),
        ("全宗号 / 单位", f"{said['organisation']['fonds']}  {said['organisation']['name']}".strip()),
        ("批次", said["batch"]["title"]),
        ("门类 (类别)", said["batch"]["category"]),
        ("数量", _amount(counts)),
        ("年度", f"{said['years']['earliest']} — {said['years']['latest']}"),
        ("鉴定报告", f"{said['appraisal']['report_no']}  {moment(said['appraisal']['finished_at'])}"),
        ("鉴定小组", _team(said["appraisal"])),
        *((f"批准人 {number}", signer(signed)) for number, signed in enumerate(said["approvals"], start=1)),
        *((f"监销人 {number}", signer(signed)) for number, signed in enumerate(said["supervisors"], start=1)),
        ("执行人", said["execution"]["executor"]["name"]),
        ("销毁方法 / 地点", _how_and_where(said["execution"])),
        ("起止时间", f"{moment(said['execution']['started_at'])} — {moment(said['execution']['ended_at'])}"),
        *early_grounds(made),
        ("纸质原件", "  ".join(part for part in (said["paper"][name] for name in PAPER) if part)),
        *(
            (f"纸质监销人 {number}", signer(signed))
            for number, signed in enumerate(said["paper"].get("supervisors", []), start=1)
        ),
        ("状态", "已销毁" if said["state"] == "complete" else f"部分销毁，留存 {len(said.get('kept', []))} 件"),
    ]


PAPER: Final[tuple[Literal["fate", "place", "method"], ...]] = ("fate", "place", "method")


def early_grounds(made: Register) -> Iterator[tuple[str, str]]:
    """What went before its period was over, and by which request (PIPL art. 47)."""
    early = [item["early"] for item in made.manifest["items"] if "early" in item]
    for (number, ground), count in sorted(Counter((asked["request"], asked["ground"]) for asked in early).items()):
        yield "提前删除依据", f"{number}  {article(ground)}  {count} 件"


def _amount(counts: shape.Counts) -> str:
    units = {"volumes": "卷", "documents": "件", "pages": "页", "files": "个文件", "bytes": "字节"}
    return "  ".join(f"{counts[name]} {unit}" for name, unit in units.items())  # type: ignore[literal-required]


def _team(appraisal: shape.Appraisal) -> str:
    members = "、".join(member["name"] for member in appraisal["members"])
    return f"组长 {appraisal['leader']['name']}  成员 {members}"


def signer(signed: shape.SignedStatement) -> str:
    """Who signed, when, with what words, and the beginning of the key's fingerprint."""
    person, statement = signed["person"], signed["statement"]
    return (
        f"{person['name']} ({person['department']})  {moment(statement['at'])}  “{statement['opinion']}”  "
        f"密钥 {signed['key'][:16]}…"
    )


def moment(text: str) -> str:
    """An instant to the second, UTC."""
    return text[:19].replace("T", " ") + " UTC" if text else ""


def line(item: shape.ManifestItem, kept: frozenset[str] = frozenset()) -> tuple[str | int, ...]:
    """One line of the register, in the order of `HEAD`; what was let stay says so in its remark."""
    trigger = item["trigger"]
    return (
        item["number"], item["archival_code"], item["reference_no"], item["responsible"], item["title"],
        item["formed_on"], item["year"], LEVELS.get(item["confidentiality"], item["confidentiality"]),
        item["volume_no"], f"{item['class_code']} v{item['class_version']}", item["required_period"],
        item["kept_period"], worded(trigger["event"], "zh") if trigger else "",
        trigger["occurred_on"] if trigger else "", item["due_date"], item["pages"], item["copies"], item["reason"],
        " ".join(part for part in ("未销毁" if item["document_id"] in kept else "", item["remark"]) if part),
    )  # fmt: skip


def printed_line(item: shape.ManifestItem, kept: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The same line in the order of `PRINTED`."""
    said = dict(zip(HEAD, map(str, line(item, kept)), strict=True))
    together = {"触发事件": ("触发事件", "触发日期")}
    return tuple(_stacked(said[part] for part in together.get(name, name.split("\n"))) for name, _ in PRINTED)


def _stacked(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)


def quick(said: shape.Certificate) -> str:
    """What the QR code says: number, manifest's digest, issuing key's fingerprint; capitals make it smaller."""
    return f"ANJUAN:{said['number']}:{said['manifest_sha256']}:{said['signature']['key']}".upper()
