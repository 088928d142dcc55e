"""The report of a restore drill as it is printed (恢复演练报告); it is read from the signed JSON and adds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from archive.pdf import Block, Form, Heading, Pairs, Paragraph, Table
from archive.signing import fingerprint

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "restore": ("恢复", "备份逐位核对，密钥、数据库、对象恢复到空的环境"),
    "replay": ("销毁重放", "已销毁的文件在恢复后仍不可读"),
    "log": ("日志", "整条日志重新计算，与备份时签署的检查点一致"),
    "rights": ("权限", "人员、角色、部门、授权与现行系统一致"),
    "bytes": ("字节", "每个对象以其密钥解封，SHA-256 与登记值一致"),
    "pages": ("页面", "文件在隔离环境中打开，页数相符，抽一页解码"),
    "fields": ("字段", "题名、字段、客户、案卷、档号与现行系统一致"),
    "text": ("检索", "从页面随机取一段文字，在恢复后的索引中检索到该页"),
}

PROBLEMS: Final[Mapping[str, str]] = {
    "not_restored": "备份未能恢复",
    "destroyed_returns": "已销毁，恢复后却可读",
    "log_breaks": "日志验证不通过",
    "rights_differ": "与现行系统不一致，且日志中没有可解释的变更",
    "bytes_differ": "对象缺失、损坏或无密钥",
    "pages_missing": "页面记录与页数不符",
    "does_not_open": "打不开",
    "other_pages": "打开后的页数不符",
    "fields_closed": "字段解不开",
    "fields_differ": "字段或归属与现行系统不一致",
    "text_closed": "文字解不开",
    "text_not_found": "页面上的文字检索不到",
}


def form_of(told: Mapping[str, Any], zone: ZoneInfo) -> Form:
    """The form of a signed report; instants on the organisation's clock."""
    return Form(
        title="恢复演练报告",
        blocks=(
            Pairs(tuple(_facts(told, zone))),
            Heading("逐项检查"),
            Table(("检查", "内容", "查", "略过", "不符"), tuple(_tallies(told)), (3, 12, 2, 2, 2)),
            Paragraph("略过：现行系统在备份之后已有改动，或该文件没有可比的内容（例如空白页、未读完的文件）。"),
            *_findings(told),
            Heading("核对"),
            Pairs((("签署密钥指纹", fingerprint(bytes.fromhex(told["key"]))), ("签名", told["signature"]))),
            Paragraph("签名是对同编号 report.json 去掉 signature 一项之后的规范字节（RFC 8785）的 Ed25519 签名。"),
        ),
        footer=told["no"],
    )


def _facts(told: Mapping[str, Any], zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    source, sample = told["source"], told["sample"]
    yield "报告编号", told["no"]
    yield "结论", "通过" if told["ok"] else "不通过"
    yield "全宗号 / 单位", f"{told['organisation']['fonds']}  {told['organisation']['name']}".strip()
    yield "起止时间", f"{_moment(told['began_at'], zone)} — {_moment(told['ended_at'], zone)}"
    if source:
        yield "备份", source["name"] + ("（为本次演练新做）" if source["fresh"] else "")
        yield "备份时间", _moment(source["of"], zone)
        yield "备份规模", f"{source['files']} 个文件  {source['bytes']} 字节  日志 {source['log_size']} 条"
    yield "范围", f"共 {told['documents']} 件，" + ("全部检查" if sample is None else f"抽查 {len(told['drawn'])} 件")
    lost = told["rpo_seconds"]
    yield "达到的 RPO", "从未做过可留存的备份" if lost is None else f"{_span(lost)}（此刻出事会丢失的时间段）"
    yield "到可开放", f"{_span(told['open_seconds'])}（恢复、重放销毁，人员可以登录）"
    yield "达到的 RTO", f"{_span(told['search_seconds'])}（含重建检索）"


def _tallies(told: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for check, (name, says) in CHECKS.items():
        tally = told["tallies"].get(check)
        counts = [f"{tally[part]}" for part in ("looked", "passed_over", "wrong")] if tally else ["未进行", "", ""]
        yield (name, says, *counts)


def _findings(told: Mapping[str, Any]) -> Iterator[Block]:
    if told["findings"]:
        yield Heading("不符之处")
        lines = tuple(
            (CHECKS[one["check"]][0], one["subject"], f"{PROBLEMS[one['problem']]}  {one['detail']}".strip())
            for one in told["findings"]
        )
        yield Table(("检查", "对象", "问题"), lines, (2, 6, 10))


def _moment(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _span(seconds: int | None) -> str:
    """Seconds as days, hours, minutes, seconds; what was not reached says so."""
    if seconds is None:
        return "未达到"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "天"), (hours, "小时"), (minutes, "分"), (rest, "秒"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "不到 1 秒"
