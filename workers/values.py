"""Values as they stand after a label or inside a sentence: names, numbers, codes, dates, amounts. Each says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archive.han import is_han
from archive.numbers import CheckedNumber, normalised, read_resident_id, read_uscc
from workers import dates, money
from workers.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Taken:
    """A value read from text[start:end] of a transcript. `quality` in 0..1: how much it looks like what was asked."""

    value: str
    start: int
    end: int
    quality: float = 1.0
    problem: str = ""
    note: str = ""


Taker = Callable[[Transcript, int, int], Taken | None]
"""Reads one value at the start of text[start:end], or says that none stands there."""

# fmt: off
_COMPANY_ENDS = (
    "有限责任公司", "股份有限公司", "有限公司", "集团公司", "分公司", "子公司", "总公司", "公司", "合伙企业",
    "事务所", "商行", "经营部", "营业部", "工作室", "个体户", "合作社", "联合社", "研究院", "研究所", "设计院",
    "医院", "学校", "大学", "学院", "银行", "支行", "分行", "酒店", "宾馆", "餐厅", "饭店", "超市", "商店", "商场",
    "委员会", "管理处", "服务中心", "中心", "协会", "基金会", "幼儿园", "派出所", "工会", "商会", "联合会", "俱乐部",
    "服务部", "维修部", "批发部", "经销部", "销售部", "养老院", "卫生院", "美容院", "信用社", "加油站", "服务站",
    "养殖场", "工厂", "加工厂", "厂", "门市部", "分店", "专卖店", "药店", "诊所", "出版社", "报社", "管理局",
    "税务局", "公安局", "分局", "办公室", "办事处", "街道办",
    "居委会", "村委会", "业委会", "法院", "检察院", "集团", "商贸行", "贸易行", "店", "农场", "合伙", "中学",
    "小学", "(有限合伙)", "(普通合伙)", "(特殊普通合伙)",
)
_NOT_NAMES = frozenset((
    "先生", "女士", "同志", "姓名", "名称", "全称", "简称", "盖章", "签字", "签名", "签章", "公章", "本人", "以下简称",
    "单位", "个人", "公司", "无", "我单位", "我公司", "本公司", "本单位", "贵公司", "贵司", "各位业主", "业主", "客户",
    "代表", "签约代表", "开票", "收款", "经办", "信息", "如下", "方", "人", "章", "签", "虚假", "识别号", "意见",
    "资料", "情况", "服务",
))
# fmt: on
_ENDS = "|".join(map(re.escape, sorted(_COMPANY_ENDS, key=len, reverse=True)))
COMPANY = rf"[一-鿿㐀-䶿〇A-Za-z0-9&·.\-()（） ]{{2,48}}?(?:{_ENDS})(?:\((?:有限|普通|特殊普通)合伙\))?"
_LIMITED = re.compile(
    r".{2,40}?公 ?司(?:\((?:有限|普通|特殊普通)合伙\)"
    r"|[一-鿿()]{0,12}?(?:分公司|支公司|子公司|营业部|经营部|办事处|项目部|分店|门店))?"
)
_MISREAD_FORMS = tuple(
    (re.compile("|".join(form[:n] + "[^" + form[n] + "\\s]" + form[n + 1 :] for n in range(len(form)))), form)
    for form in ("有限责任公司", "股份有限公司", "有限公司")
)
_COMPANY_TAIL = re.compile(rf"(?:{_ENDS})\)?$")
_FORM_ALONE = re.compile(
    r"有限|股份|集团|个体|国有|外商|港澳台|企业法人|个人独资|普通合伙|[我本贵该](?:公司|单位|司)|其他|内资|私营"
)
_NO_NAME = re.compile(
    r"^(?:须|应[当在于]|可[以在]|需要?[在于]|将[在于]|按照|不得|必须|如有)|\d{5}|[系为在][我本贵][公单]|兹|^(?:信息|资料|档案|登记|将其|同意|享有|承担)|^[\d)]{3}"
)
_STOP = re.compile(r"[\n\t,，;；。:!?！？、【】\[\]{}|_<>《》\"“”]")
_OPENING = re.compile(r"[ \t:;|._\-—=*]*")
_TITLES = re.compile(r"(?:先生|女士|小姐|同志|夫妇|经理|总经理|老师)$")
_LATIN_NAME = re.compile(r"[A-Z][\w.,&'\-]*(?: [\w.,&'()\-]+)*")
_NO_PERSON = re.compile(
    r"^(?:可|应当|有权|不得|同意|将|须|已|未)|..人$|登记|申请|信息|资料|档案|单位|双方|签[字名章]$|盖章|日期$|编号$|电话$|地址$|号码$"
)
_PERSON = re.compile(r"[一-鿿㐀-䶿](?:[ \n]?[一-鿿㐀-䶿·•]){1,14}")
_ID_RUN = re.compile(
    r"(?<![0-9A-Za-z])[\dOoQDIlSsZzBbG|!](?:[ \t\n\-]?[\dOoQDIlSsZzBbG|!×*xXkK]){14,17}(?![0-9A-Za-z])"
)
_USCC_RUN = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z|](?:[ \-]?[0-9A-Za-z|]){17}(?![0-9A-Za-z])")
_CODE = re.compile(r"[A-Za-z0-9一-鿿№()\[\]〔〕【】#/_.\-—–]+(?: ?[A-Za-z0-9\-]+)*")
_NUMBER_LENGTH, _FEWEST_DIGITS = 18, 6
_FIGURE = r"[\dOoIlSBZbDQ|]"
_READ_AS = str.maketrans("OoIlSBZbDQ|", "00115826001")
_MISREAD_DIGIT = re.compile(
    r"(?<=\d)[OoIlSBZbQ|]+(?=\d)|(?<=\d)[olb|]$|(?<=\d\d\d)O$|(?<=\d)[OlZS](?=[-/])|(?<=[-/])[OIlZS](?=\d)"
    r"|(?<![0-9A-Za-z])[OIlZ](?=\d{3})|(?<=\d\d)[BbOlS](?=[号\])])"
)
_NUMBER_SIGN = re.compile(r"[Nn][Oo0]\.?|№")
_REST_OF_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-/]*(?:第?\d*号)?(?![一-鿿]{5})")
_BRANCH_BEGINS = re.compile(r"[一-鿿]{0,12}")
_BRANCH = re.compile(r"[一-鿿]{2,10}(?:分公司|支公司|子公司|营业部|经营部|办事处|项目部|分店|门店)")
_FAR = 40
_SPAN_JOINT = 4
_TO_WHAT = re.compile(r"\s*(?:起|始)?\s*[至到~](?!今)")
_CLEAR = 0.9
_SHORTEST_PERSON, _LONGEST_PERSON = 2, 4
_SHORTEST_COMPANY = 4


def person(text: Transcript, start: int, end: int) -> Taken | None:
    """A person's name in Han characters: two to four, more with the dot of transcribed names."""
    whole = end
    start, end = _after_opening(text, start, end), _until_label(text, start, end, sure=0.0)
    hit = _PERSON.match(text.text, start, end)
    if hit is None or (hit.end() < whole and company_in_one_row(text, start, whole)):
        return None
    name, stop = _first_words(hit[0]), hit.end()
    name = _TITLES.sub("", name)
    stop = start + _length_with_blanks(hit[0], len(name))
    if len(name) < _SHORTEST_PERSON or name in _NOT_NAMES or _NO_PERSON.search(name):
        return None
    if len(name) > _LONGEST_PERSON and "·" not in name:
        return None
    return Taken(name, start, stop, 0.9 if len(name) <= 3 else 0.8)  # noqa: PLR2004 - four characters are rarer


def _first_words(text: str) -> str:
    """The first word of names printed with blanks: `张 三` is one name, `张三 李四` two."""
    parts = text.replace("•", "·").replace("\n", "").split(" ")
    if all(len(part) == 1 for part in parts) or len(parts[0]) == 1:
        return "".join(parts[:3] if len(parts[0]) == 1 and all(len(p) == 1 for p in parts) else parts[:2])
    return parts[0]


def _length_with_blanks(text: str, printed: int) -> int:
    """How many characters of a text hold its first printed ones."""
    seen = 0
    for place, character in enumerate(text):
        seen += not character.isspace()
        if seen == printed:
            return place + 1
    return len(text)


def company(text: Transcript, start: int, end: int) -> Taken | None:
    """An organisation's name: up to 公司, 厂, 中心 and the like; one that wraps goes on in the next row."""
    here = company_in_one_row(text, start, end)
    start = _after_opening(text, start, end)
    segment = _segment(text, start, _until_label(text, start, end, sure=0.7)).rstrip()
    if here and not _BRANCH_BEGINS.fullmatch(segment[here.end - start :]):
        return here
    return _wrapped_company(text, start, start + len(segment), whole=bool(here)) or here


def company_in_one_row(text: Transcript, start: int, end: int) -> Taken | None:
    """An organisation's name that does not wrap, for places that no label announces."""
    start = _after_opening(text, start, end)
    hit = _longest_company(_segment(text, start, _until_label(text, start, end, sure=0.7)))
    return Taken(_compact(hit), start, start + len(hit), 1.0) if hit else None


def _longest_company(segment: str) -> str:
    """The segment up to where an organisation's name ends: at 公司 and its branch, else at the last such word."""
    segment = _mended_forms(segment)
    limited = _LIMITED.match(segment)
    if limited and _reads_as_company(limited[0]):
        return limited[0]
    heads = (segment[: hit.end()] for hit in re.finditer(_ENDS, segment))
    return max((head for head in heads if _reads_as_company(head)), key=len, default="")


def _mended_forms(segment: str) -> str:
    """The segment, as long as it was, with the legal form read aright (有陌公司): no other word is near it."""
    for pattern, form in _MISREAD_FORMS:
        segment = pattern.sub(form, segment)
    return segment


def _reads_as_company(head: str) -> bool:
    compact = _compact(head)
    if len(compact) < _SHORTEST_COMPANY or not re.fullmatch(COMPANY, head):
        return False
    lost = abs(compact.count("(") - compact.count(")"))  # of a pair of brackets recognition may lose one
    return not _FORM_ALONE.match(compact) and not _NO_NAME.search(compact) and lost <= 1


def _wrapped_company(text: Transcript, start: int, end: int, *, whole: bool) -> Taken | None:
    """The name that goes on below, in its own cell where others stand beside it. `whole`: it may end here as well."""
    head = text.text[start:end].strip()
    if len(head) <= _LONGEST_PERSON or "·" in head or not (is_han(head[-1]) or head.endswith(")")):
        return None
    below = text.going_on(start, end)
    if below is None:
        return None
    place = below[0]
    tail = _segment(text, place, _until_label(text, place, text.row_at(place)[1], sure=0.7))
    joined = _longest_company(head + tail)
    if len(joined) <= len(head) or (whole and not _BRANCH.fullmatch(joined[len(_longest_company(head)) :])):
        return None
    return Taken(_compact(joined), start, place + len(joined) - len(head), 0.85, note="wrapped")


def latin_name(text: Transcript, start: int, end: int) -> Taken | None:
    """A name in Latin letters up to a gap, a label or the end of the row."""
    start = _after_opening(text, start, end)
    stop = text.following_label(start + 1, end, sure=_CLEAR)
    hit = _LATIN_NAME.match(text.text, start, stop)
    if hit is None or len(hit[0].strip(" ,.")) < _SHORTEST_COMPANY or any(is_han(c) for c in hit[0]):
        return None
    name = re.split(
        r"[,;] (?!Ltd|Inc|LLC)|\s\((?!\w+\)\s*(?:Co|Ltd|Inc|Limited))|\s+(?:hereinafter|a company|of\b)", hit[0]
    )[0].strip(" ,")
    return Taken(name, start, start + len(name), 0.85)


def name(text: Transcript, start: int, end: int) -> Taken | None:
    """An organisation or a person, in this order."""
    return company(text, start, end) or person(text, start, end) or latin_name(text, start, end)


def resident_id(text: Transcript, start: int, end: int) -> Taken | None:
    """A resident identity number near the start."""
    return _checked(text, start, end, _ID_RUN, read_resident_id)


def uscc(text: Transcript, start: int, end: int) -> Taken | None:
    """A unified social credit code near the start."""
    return _checked(text, start, end, _USCC_RUN, read_uscc)


def sound(take: Taker) -> Taker:
    """The taker without what it doubts itself, for places where no label vouches for the value."""

    def taken(text: Transcript, start: int, end: int) -> Taken | None:
        found = take(text, start, end)
        return found if found and not found.problem else None

    return taken


def _checked(
    text: Transcript, start: int, end: int, run: re.Pattern[str], read: Callable[[str], CheckedNumber]
) -> Taken | None:
    hit = run.search(text.text, start, end)
    if hit is None or hit.start() - start > _FAR:
        return None
    seen = read(hit[0])
    if seen.problem.endswith("_length") or (seen.problem and _is_no_number(hit[0], read)):
        return None
    quality = 0.5 if seen.problem else 0.9 if seen.repaired else 1.0
    return Taken(seen.value, hit.start(), hit.end(), quality, seen.problem, "repaired" if seen.repaired else "")


def _is_no_number(run: str, read: Callable[[str], CheckedNumber]) -> bool:
    """Whether a run that does not check is none at all: two numbers over a gap, words, too short, sound as another."""
    figures = sum(character.isdigit() for character in run)
    if re.search(r"[\n\t]", run) or len(normalised(run)) < _NUMBER_LENGTH or figures < _FEWEST_DIGITS:
        return True
    other = read_uscc if read is read_resident_id else read_resident_id
    return not other(run).problem


def code(text: Transcript, start: int, end: int) -> Taken | None:
    """A number of letters, digits and signs as papers give to contracts, customers and certificates."""
    start = _after_opening(text, start, end)
    opening = _NUMBER_SIGN.match(text.text, start, end)
    end = _until_label(text, opening.end() if opening else start, end, sure=0.7)
    hit = _CODE.match(text.text, start, end)
    said = _balanced(hit[0]) if hit else ""
    if not any(character.isdigit() for character in said):
        return None
    said += _rest_of_code(text, start, start + len(said))
    said = re.sub(r"^([Nn])0(?=\.)", r"\1O", said)
    value = re.sub(r"[—–]|(?<=[0-9A-Za-z])一(?=[0-9A-Za-z])", "-", re.sub(r"\s+", "", said).strip(".-/"))
    repaired = digits_mended(value)
    note = "misread" * (repaired != value)
    return Taken(repaired, start, start + len(said), 1.0 if len(value) >= 4 else 0.6, note=note)  # noqa: PLR2004 - shorter ones are rather counters


def digits_mended(value: str) -> str:
    """A number with letters that stand among its digits read as the digits they look like: 2O21, 1169Z57."""
    return _MISREAD_DIGIT.sub(lambda run: run[0].translate(_READ_AS), value)


def _rest_of_code(text: Transcript, start: int, end: int) -> str:
    """The break and what goes on in the next row of a code that wraps: figures and letters alone."""
    places = text.running(start, end)[end - start :]
    hit = _REST_OF_CODE.match(_at(text.text, places))
    return "\n" + hit[0] if hit and places[0] == end + 1 else ""


def _balanced(code_: str) -> str:
    """A code up to a bracket that it does not open itself: (合同编号:HT-1)项下."""
    depth = 0
    for place, character in enumerate(code_):
        depth += (character in "([〔【") - (character in ")]〕】")
        if depth < 0:
            return code_[:place]
    return code_


def digits(fewest: int, most: int) -> Taker:
    """A taker for a run of digits of a known length."""
    run = re.compile(rf"(?<![\dA-Za-z\-]){_FIGURE}(?:[ ]?{_FIGURE}){{{fewest - 1},{most - 1}}}(?![\d])")

    def take(text: Transcript, start: int, end: int) -> Taken | None:
        hit = run.search(text.text, start, end)
        if hit is None or hit.start() - start > _FAR:
            return None
        seen = re.sub(r"\s", "", hit[0])
        value = seen.translate(_READ_AS)
        if sum(character.isdigit() for character in seen) * 3 < len(seen) * 2:
            return None
        return Taken(value, hit.start(), hit.end(), 1.0 if value == seen else 0.9, note="misread" * (value != seen))

    return take


def day(text: Transcript, start: int, end: int) -> Taken | None:
    """The first date."""
    places = text.running(start, end)
    return _dated(places, dates.find_dates(_at(text.folded, places), compact=True))


def last_day(text: Transcript, start: int, end: int) -> Taken | None:
    """The end of a period, or the only date or 长期 that stands there."""
    places = text.running(start, end)
    part = _at(text.folded, places)
    periods = dates.find_periods(part, compact=True)
    if periods:
        return _dated(places, [periods[0].end])
    ends = dates.find_ends(part, compact=True)
    if len(ends) > 1 and (re.search(r"[自从起]", part[: ends[0].end + 2]) or _close_and_later(ends)):
        return _dated(places, ends[1:])
    if ends and _TO_WHAT.match(part, ends[0].end):
        return None
    if ends and re.search(r"[自从]\s*$", part[: ends[0].start]) and "止" not in part[ends[0].end : ends[0].end + 2]:
        return None
    return _dated(places, ends)


def _close_and_later(ends: list[dates.WrittenDate]) -> bool:
    """Whether two dates follow each other closely and in order: a span whose 至 was lost."""
    first, second = ends[:2]
    return bool(first.iso) and second.iso > first.iso and second.start - first.end <= _SPAN_JOINT


def _at(text: str, places: Sequence[int]) -> str:
    return "".join(text[place] for place in places)


def _dated(places: Sequence[int], found: list[dates.WrittenDate]) -> Taken | None:
    if not found:
        return None
    first = found[0]
    quality = max(0.4, 1.0 - first.start / 80) if first.iso else 0.2
    return Taken(first.iso, places[first.start], places[first.end - 1] + 1, quality, first.problem)


def amount(text: Transcript, start: int, end: int) -> Taken | None:
    """An amount of money in figures or capitals or both; both must agree."""
    places = text.running(start, end)
    found = money.find_amounts(_at(text.folded, places))
    capitals = [one for one in found if one.capitals]
    figures = [one for one in found if not one.capitals]
    marked = [one for one in figures if one.marked] or [one for one in figures if one.start <= 3] or figures[:1]  # noqa: PLR2004 - right after the label

    if not found:
        return None
    chosen = _agreeing(capitals, marked) or (capitals or marked)[0]
    yuan, problem = chosen.yuan, ""
    if capitals and marked and not _agreeing(capitals, marked):
        yuan, problem = money.reconciled(marked[0], capitals[0])
    quality = 1.0 if capitals and marked and not problem else 0.5 if problem else 0.9 if chosen.marked else 0.6
    note = "figures_and_capitals" if quality == 1.0 else ""
    return Taken(money.written(yuan), places[chosen.start], places[chosen.end - 1] + 1, quality, problem, note)


def _agreeing(capitals: list[money.Amount], figures: list[money.Amount]) -> money.Amount | None:
    said = {one.yuan for one in capitals}
    return next((one for one in figures if one.yuan in said), None)


def _after_opening(text: Transcript, start: int, end: int) -> int:
    hit = _OPENING.match(text.text, start, end)
    return hit.end() if hit else start


def _until_label(text: Transcript, start: int, end: int, *, sure: float) -> int:
    return text.following_label(start, end, sure=sure)


def _segment(text: Transcript, start: int, end: int) -> str:
    """The text up to punctuation or a gap."""
    hit = _STOP.search(text.text, start, end)
    return text.text[start : hit.start() if hit else end]


def _compact(name_: str) -> str:
    """A name without the blanks between Han characters."""
    return re.sub(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])", "", name_).strip()


def is_organisation(name_: str) -> bool:
    """Whether a name reads as an organisation's: it ends like one, or is Latin with a company form, or is long."""
    latin = re.search(
        r"\b(?:ltd|llc|inc|corp|co|company|limited|gmbh|plc|group|trading|logistics)\b", name_, re.IGNORECASE
    )
    return bool(_COMPANY_TAIL.search(name_) or latin or (len(name_) > _LONGEST_PERSON and "·" not in name_))
