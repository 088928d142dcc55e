"""The reasons of a due date in words, Chinese and English: one sentence for each code of `retention.due.Reason`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from retention.due import Reason

Language = Literal["zh", "en"]

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "no_class": ("尚未确定保管期限类。", "It has no retention class yet."),
    "class": (
        "保管期限类 {code} 第 {version} 版，依据：{basis}。",
        "Class {code}, version {version}; basis: {basis}.",
    ),
    "class_unapproved": (
        "期限类 {code} 尚未经批准，不产生到期日。",
        "Class {code} is proposed and not approved yet: until then nothing falls due.",
    ),
    "permanent": ("永久保管。", "It is kept permanently."),
    "permanent_by_appraisal": ("经鉴定改为永久保管。", "An appraisal made it permanent."),
    "no_event": (
        "尚未登记起算事件（{events}），期限未开始。",
        "None of the events that start its period is recorded ({events}).",
    ),
    "period": (
        "自 {start} 起 {years} 年（{event} 发生于 {occurred_on}，起算规则：{start_rule}），{due} 到期。",
        "{years} years from {start} ({event} on {occurred_on}, {start_rule}): due on {due}.",
    ),
    "event_before_paper": (
        "请核对：事件（{occurred_on}）早于文件自身的日期（{dated}）。",
        "Check this: the event ({occurred_on}) is earlier than the paper itself ({dated}).",
    ),
    "extended": ("经鉴定由 {from} 续存至 {until}。", "An appraisal extended it from {from} to {until}."),
    "erasure_requested": (
        "个人信息主体请求删除（{number}，{ground}），自 {due} 起可提前鉴定。",
        "The data subject asked for deletion ({number}: {ground}): to be appraised early from {due}.",
    ),
    "floor": (
        "法定最短保管期限 {years} 年（依据：{basis}）到 {until} 才届满。",
        "The law keeps it for {years} years at least ({basis}): until {until}.",
    ),
    "floor_not_begun": (
        "法定最短保管期限 {years} 年（依据：{basis}）尚未起算。",
        "The law keeps it for {years} years at least ({basis}), which have not begun.",
    ),
    "held": ("自 {since} 起冻结：{title}。", "Held since {since}: {title}."),
    "in_batch": ("已列入销毁批次。", "It is listed in a destruction batch."),
    "in_appraisal": ("正在鉴定。", "It is being appraised."),
    "destroying": ("正在销毁。", "It is being destroyed."),
}

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "contract_performed": ("合同履行完毕", "contract performed"),
    "contract_terminated": ("合同终止", "contract terminated"),
    "relationship_ended": ("业务关系结束", "relationship ended"),
    "transaction_completed": ("交易完成", "transaction completed"),
    "purpose_achieved": ("处理目的已实现", "purpose achieved"),
    "matter_closed": ("事项办结", "matter closed"),
    "procurement_ended": ("采购结束", "procurement ended"),
    "facility_settled": ("授信结清", "facility settled"),
    "adverse_event_ended": ("不良行为终止", "adverse event ended"),
    "asset_disposed": ("资产处置", "asset disposed"),
    "expired": ("有效期满", "expired"),
    "superseded": ("被替代", "superseded"),
    "fiscal_year_end": ("会计年度终了", "fiscal year end"),
    "made": ("形成", "made"),
    "registered": ("登记", "registered"),
    "purpose_gone": ("处理目的已实现或不再必要", "the purpose is achieved, or cannot be"),
    "service_ended": ("已停止提供产品或者服务", "the service has ended"),
    "consent_withdrawn": ("个人撤回同意", "consent was withdrawn"),
    "unlawful_handling": ("违法或者违约处理", "it was handled unlawfully"),
    "law_requires": ("法律、行政法规规定的其他情形", "another law requires it"),
    "event_date": ("自事件之日", "from the day of the event"),
    "next_year_01_01": ("自次年一月一日", "from the next 1 January"),
    "day_after_fiscal_year_end": ("自会计年度终了次日", "from the day after the fiscal year's end"),
}


def sentence(reason: Reason, language: Language) -> str:
    """One reason in words; KeyError for a code that the table lacks (a test asks for each)."""
    values = {name: worded(value, language) for name, value in reason.values.items()}
    return SENTENCES[reason.code][_place(language)].format(**values)


def sentences(reasons: Iterable[Reason], language: Language) -> str:
    """All reasons, one after the other."""
    return ("" if language == "zh" else " ").join(sentence(reason, language) for reason in reasons)


def worded(value: str, language: Language) -> str:
    """Codes of events and start rules in words, several with blanks between; any other value as it is."""
    parts, place = value.split(" "), _place(language)
    if not all(part in WORDS for part in parts):
        return value
    return ("、" if language == "zh" else ", ").join(WORDS[part][place] for part in parts)


def _place(language: Language) -> int:
    return 0 if language == "zh" else 1
