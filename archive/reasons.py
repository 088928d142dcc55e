"""Why a document was read, matched and filed as it was: stable codes with values, and a sentence for each.

A reason is written `code` or `code:value|value`, with `+note` behind when the value was put right on the way. Rows,
the API and tests use the code; pages show the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

LANGUAGES = ("zh", "en")

SENTENCES: dict[str, tuple[str, str]] = {
    # type
    "title": ("标题为“{0}”", "The title is “{0}”"),
    "phrase": ("文中有“{0}”", "The text says “{0}”"),
    "learned": ("与已知该类文件的用语相近（{0}）", "It is worded like papers of this type ({0})"),
    "nothing_read": ("没有可读的页面", "No page could be read"),
    "type_uncertain": ("文种不确定（{0}，把握 {1}）", "The type is uncertain ({0}, {1})"),
    "several_papers": ("后面的页另有标题“{0}”，可能是多份文件", "A later page is titled “{0}”; perhaps several papers"),
    "type_other": ("文种不在已知类型之内", "The type is none of the known ones"),
    # fields
    "label": ("位于“{0}”之后", "It stands after “{0}”"),
    "sentence": ("出自语句“{0}…”", "It stands in the sentence “{0}…”"),
    "beside": ("与“{0}”写在一起", "It stands with “{0}”"),
    "pattern": ("按号码规则找到", "Found by the form of the number"),
    "closing_date": ("文末日期", "The date at the foot of the paper"),
    "salutation": ("信函的称呼", "Whom the letter speaks to"),
    "own_name": ("按本单位登记名称更正", "Written as our own organisation writes its name"),
    "period": ("文中期间的终止日", "The end of the period in the text"),
    "largest_amount": ("文中最大的金额", "The largest amount in the text"),
    "repaired": ("误识字符已按校验码更正", "Misread characters were put right by the check digit"),
    "misread": ("误识字符已按上下文更正", "Misread characters were put right by what stands around them"),
    "wrapped": ("名称跨行连接", "The name goes on in the next row"),
    "figures_and_capitals": ("大小写金额一致", "Figures and capitals agree"),
    "id_check_digit": ("身份证号校验码不符（{0}）", "The check digit of the resident number is wrong ({0})"),
    "id_date": ("身份证号中的出生日期不可能（{0}）", "The birth date in the resident number is impossible ({0})"),
    "uscc_check_digit": ("统一社会信用代码校验码不符（{0}）", "The check character of the credit code is wrong ({0})"),
    "amount_disagrees": ("大小写金额不一致（{0}）", "Figures and capitals of the amount disagree ({0})"),
    "date_impossible": ("日期不存在（{0}）", "There is no such date ({0})"),
    "low_confidence": ("字段“{0}”把握不足（{1}）", "The field “{0}” is unsure ({1})"),
    "field_missing": ("缺少字段“{0}”", "The field “{0}” was not found"),
    # customer
    "number_found": ("证件号码与客户登记相符（{0}）", "The number is that of the customer ({0})"),
    "name_same": ("名称与客户登记完全相同", "The name is exactly the customer's"),
    "name_near": ("名称与客户登记相近（{0}）", "The name is nearly the customer's ({0})"),
    "name_only": ("仅有姓名相同，可能重名", "Only the name agrees; people share names"),
    "name_misread": ("名称疑似误识（{0}）", "The name looks misread ({0})"),
    "name_disagrees": ("号码属于另一名称的客户（{0}）", "The number belongs to a customer of another name ({0})"),
    "number_disagrees": ("名称相同而证件号码不同（{0}）", "The name agrees but the number is another ({0})"),
    "number_unsure": ("证件号码无法核对（{0}）", "The number could not be checked ({0})"),
    "customer_unknown": ("客户登记中没有“{0}”", "“{0}” is not among the customers"),
    "customer_not_named": ("文件没有写明客户", "The paper names no customer"),
    "customer_ambiguous": (
        "可能是不同的客户，无法确定是哪一位",
        "It may be one of several customers; which, cannot be told",
    ),
    "customer_uncertain": ("客户不确定（把握 {0}）", "The customer is uncertain ({0})"),
    "own_party_missing": ("当事人中没有本单位", "Our own organisation is not among the parties"),
    "duplicate": ("与先前收到的一份文件内容完全相同", "Its bytes are those of a paper that came before"),
    "given": ("由经办人指定", "Given by the person who put it in"),
    # pages
    "page_failed": ("第 {0} 页识别失败", "Page {0} could not be read"),
    "page_blank": ("第 {0} 页空白，请确认", "Page {0} is blank; please confirm"),
    "page_unsure": ("第 {0} 页识别质量低（{1}）", "Page {0} was read badly ({1})"),
    "truncated": ("第 {0} 页的图像残缺，下部内容缺失", "The image of page {0} is cut short; what is below is missing"),
    "file_repaired": (
        "文件损坏，经修复后读取，内容可能不全",
        "The file is damaged and was read after a repair; something may be missing",
    ),
    "page_finding": ("第 {0} 页扫描质量：{1}", "Scan check of page {0}: {1}"),
    # separator sheets
    "separator_foreign": (
        "第 {0} 页是其他系统的分隔页，未据此分开",
        "Page {0} is a separator of another installation",
    ),
    "separator_forged": (
        "第 {0} 页的分隔码无法核实，未据此分开",
        "The code on page {0} is no separator of ours",
    ),
    "separator_unknown": (
        "分隔页没有登记，客户与案卷请核对（第 {0} 页）",
        "The separator sheet is not on record; check customer and folder (page {0})",
    ),
    "separator_several": ("第 {0} 页有两张分隔页的码，未据此分开", "Page {0} bears the codes of two separator sheets"),
    "separator_only": ("只有分隔页，没有文件（第 {0} 页）", "Nothing but separator sheets (page {0})"),
    "separator_held": ("已冻结，未按第 {0} 页的分隔页分开", "It is held, so it was not split at page {0}"),
    "separator_filed": ("已归档，未按第 {0} 页的分隔页分开", "It is filed, so it was not split at page {0}"),
    "separator_not_split": (
        "此文件的页面不能原样拆分，未按第 {0} 页的分隔页分开",
        "Its pages cannot be copied as they are, so it was not split at page {0}",
    ),
    "separator_no_place": (
        "分隔页所指案卷已结案或不在您的范围，请选择案卷（第 {0} 页）",
        "The sheet's folder is closed, or not in your reach: choose one (page {0})",
    ),
    "not_merged": ("页面不能原样合并，仍各成一份", "Their pages cannot be joined as they are: they stay apart"),
    "not_split": ("页面不能原样拆分，仍是一份文件", "Its pages cannot be copied as they are: it stays one document"),
    # folder
    "folder_only": ("客户唯一的未结案卷", "The customer's only open folder"),
    "folder_new": ("客户没有未结案卷，归入新案卷", "The customer has no open folder; a new one is made"),
    "folder_ambiguous": ("客户有多个未结案卷（{0}）", "The customer has several open folders ({0})"),
    "type_sure": ("文种确定（{0}，把握 {1}）", "The type is sure ({0}, {1})"),
    "customer_sure": ("客户确定（把握 {0}）", "The customer is sure ({0})"),
}


FOR = frozenset({"name_same", "number_found"})
"""Reasons that speak for a customer: beside a doubt they are told, but nothing waits for them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason taken apart: its code, its values and the notes behind it."""

    code: str
    values: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def reason(code: str, *values: object) -> str:
    """A reason in its written form. KeyError for a code that has no sentence."""
    if code not in SENTENCES:
        raise KeyError(code)
    plain = "|".join(str(value).replace("|", "/").replace("+", "＋") for value in values)
    return f"{code}:{plain}" if values else code


def parsed(written: str) -> Reason:
    """A written reason taken apart. KeyError for a code that has no sentence."""
    body, *notes = written.split("+")
    code, _, values = body.partition(":")
    if code not in SENTENCES:
        raise KeyError(code)
    return Reason(code, tuple(values.split("|")) if values else (), tuple(note for note in notes if note in SENTENCES))


def sentence(written: str, language: str, named: Callable[[str], str] = str) -> str:
    """The reason as a sentence in `zh` or `en`; a value that it lacks is left out.

    `named` gives the word for a value that is a code of ours, e.g. of a field, and leaves others as they are.
    """
    place = LANGUAGES.index(language)
    taken = parsed(written)
    whole = SENTENCES[taken.code][place]
    body = whole.format(*map(named, taken.values), *("–",) * 4) if taken.values else _without_values(whole)
    joint = "；" if language == "zh" else "; "
    return joint.join([body, *(SENTENCES[note][place] for note in taken.notes)])


def labels(language: str) -> dict[str, str]:
    """Each reason by its code in a few words without its values: a heading for all papers that have it."""
    place = LANGUAGES.index(language)
    return {code: _without_values(pair[place]) for code, pair in SENTENCES.items()}


def _without_values(sentence: str) -> str:
    plain = re.sub(r" ?[（(][^（）()]*\{\d\}[^（）()]*[）)]", "", sentence)
    return re.sub(r"\{\d\}", "…", plain)
