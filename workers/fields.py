"""Where each field of each type of paper stands: a table of rules, best first."""

from __future__ import annotations

from collections.abc import Mapping

from archive.own_types import READABLE
from workers import values
from workers.finding import (
    Rule,
    after,
    amount_after,
    amount_in_all,
    anywhere,
    closing_date,
    exactly,
    in_cell,
    largest_amount,
    period_end,
    property_no,
    salutation,
    sentence,
    within,
)

HAN = "[一-鿿㐀-䶿〇·]"
_IN_ALL = (
    r"(?<!首付)(?<!违约)(?<!保证)(?:总[额价]|总价款|总金额|总费用|合同价|价款|价格|造价|报酬|租金|费用)"
    r"(?:共计|合计|总计|总额|为|是|:)+(?P<v>[^。;]{2,60})"
)
_NO_AGENT = r"(?!权限|事项|期限|代理|原因|范围|人|书|单位)"
CODE_SIGNS = r"\da-z\-/.第号字()\[\]〔〕年一-鿿"
_NAME = rf"(?:[一-鿿]{{2,12}}·[一-鿿·]{{1,14}}|{HAN}{{2,4}}?)"
_OPENS = r"(?:\(|,|,?(?:性别)?[男女][,,]|身份证|居民身份证|系|为|先生|女士|同志|小姐)"
_OF_OURS = (
    r"(?:[我本](?:单位|公司|司|厂|校|院|行|局|村|社区|辖区|居委会)|我方)?(?:正式|在职)?"
    r"(?:职工|员工|同志|教师|干部|居民|村民|公民)?"
)
_TITLED_NO = r"(?:合同|协议|认购|订购|购销|买卖|租赁|借款|保证|抵押|契约)书?(?:登记|备案)?(?:编号|号码|号)"
_ENGLISH_SUM = (
    r"(?:fee|price|amount|sum|rent|consideration|value)s?(?:is|of|are|shallbe|:)*"
    r"(?P<v>(?:rmb|cny|¥|￥)[\d,]+(?:\.\d{1,2})?)(?![ol,]?\d)"
)
_CERTIFIED = rf"certifythat(?:mr|mrs|ms|miss)?\.?(?P<v>{_NAME})[(,]"
_DONE = "enteredinto|made|executed|signed|dated"

ID = (
    after("id_no", take=values.resident_id),
    sentence(r"(?:身份证号?码?|身份号码|证件号码?)[:)]?(?P<v>[\dx]{18})(?!\d)", values.resident_id, weight=0.9),
    anywhere(values.resident_id, weight=0.75),
)
_USCC = (within("uscc", "registration_no", take=values.uscc), anywhere(values.sound(values.uscc), weight=0.75))
_REP = (after("legal_rep", take=values.person),)
_EXPIRES = (
    within("valid", take=values.last_day, least=0.72),
    sentence(r"[至到](?P<v>.{8,14}?)(?:[之时]?(?:止|失效|终止|期满|届满))", values.day, weight=0.8),
    sentence(r"日起(?:算|开始)?,?[至到](?P<v>.{8,14})", values.day, weight=0.7),
    period_end,
)
_PROPERTY_NO = (
    r"(?P<v>(?:[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川蜀贵黔云滇陕甘青桂蒙宁新藏][\(\[]?\d{4}[\)\]]?)?"
    rf"{HAN}{{2,12}}?不动产(?:权|证明)第[A-Z0-9a-z]+号)"
)
_OLD_PROPERTY_NO = (
    rf"(?P<v>(?!号)[a-z]?(?:(?!证号|编号){HAN}){{0,6}}?(?:房权证|房地权证|房地证|房产证|房字|国用|集用|土国用|他项)(?:{HAN}{{0,6}})?"
    r"[\(\[]?(?:\d{4})?[\)\]]?字?第?[a-z0-9\-]+号)"
)
_NUMBER_ALONE = r"^(?P<v>(?:no\.)?[a-z]{1,6}[\-.\d(\[][\da-z\-()\[\]]{4,20})$"
_VALUATION_NO = rf"^(?P<v>{HAN}{{2,10}}[评估]{HAN}{{0,3}}字[\(\[〔【]?\d{{4}}[\)\]〕】]?第?[\da-z\-]+号)$"
_TAX_NO = rf"(?P<v>(?:(?!证号|编号){HAN}){{0,3}}[国地]?税[国地登证]{{0,2}}字第?[\(\[]?[\da-z\-]{{6,20}}[\)\]]?号?)"

_NUMBERED = sentence(
    rf"编号(?:为|是)?:?(?P<v>[{CODE_SIGNS}]{{4,30}}?)(?:的|,|。|\)(?!{HAN}{{1,8}}第)|》)",
    values.code,
    weight=0.7,
)
_WITH_CODE = sentence(
    r"(?:^|[,。;:经定])(?P<v>[一-鿿()]{4,40}?)\((?:统一)?(?:社会)?信用代码", values.company, weight=0.7
)
RULES: Mapping[str, Mapping[str, tuple[Rule, ...]]] = {
    "contract": {
        "contract_no": (
            after("contract_no", take=values.code),
            after("number", take=values.code, weight=0.8, least=0.9),
            sentence(rf"{_TITLED_NO}(?:为|是)?:?(?P<v>[{CODE_SIGNS}]{{4,30}})", values.code, weight=0.8),
            _NUMBERED,
        ),
        "signed": (
            within("signed", take=values.day),
            sentence(rf"(?:{_DONE})(?:asof|on|this)*(?P<v>.{{8,30}})", values.day, weight=0.9),
            sentence(r"(?:本合同|本协议|双方)于(?P<v>.{8,14}?)(?:签订|签署|订立|在)", values.day, weight=0.9),
            within("made", take=values.day, weight=0.85),
            closing_date,
        ),
        "expires": (
            *_EXPIRES,
            sentence(r"(?:inforce|effective|valid|ending|expires?)(?:until|through|to|on)(?P<v>.{8,30})", values.day),
            sentence(
                r"(?:有效期限?|期限|效力|延长|持续|延续|顺延|展期|续展)(?:截|延长)?(?:至|到|止于)(?P<v>.{8,14})",
                values.day,
                weight=0.75,
            ),
        ),
        "amount": (
            amount_after("amount"),
            sentence(_IN_ALL, amount_in_all, weight=0.9),
            sentence(_ENGLISH_SUM, values.amount, weight=0.8),
            sentence(r"(?:合计|总计|共计)(?:为|:)?(?P<v>.{2,40})", values.amount, weight=0.8),
            amount_after("total", weight=0.7),
            largest_amount,
        ),
    },
    "id_card": {
        "name": (
            after("name", take=values.person),
            sentence(rf"姓名?(?P<v>{_NAME})(?:性别|民族|出生)", values.person, weight=0.8),
            sentence(rf"名(?P<v>{_NAME})性别", values.person, weight=0.75),
            in_cell(rf"^(?P<v>{HAN}{{2,4}})$", values.person, weight=0.34),
        ),
        "id_no": ID,
        "expires": _EXPIRES,
    },
    "household_register": {
        "name": (
            sentence(rf"(?<!户主)姓名:(?P<v>{_NAME}),性别", values.person, weight=1.1),
            after("name", take=values.person),
            after("customer", take=values.person, weight=0.6),
            sentence(
                rf"(?:(?:兹|特|现)(?:证明|有)|证明(?![兹特现])){_OF_OURS}(?P<v>{_NAME}){_OPENS}",
                values.person,
                weight=0.9,
            ),
        ),
        "id_no": ID,
        "employer": (after("employer", take=values.company, least=0.7),),
        "issued": (within("registered", take=values.day), closing_date),
    },
    "business_licence": {
        "name": (
            after("name", take=values.company, least=0.7),
            after("name", take=values.name, weight=0.9, least=0.7),
            anywhere(values.company_in_one_row, weight=0.4),
        ),
        "uscc": _USCC,
        "cert_no": (after("registration_no", take=values.digits(13, 15)),),
        "legal_rep": _REP,
        "founded": (
            within("founded", take=values.day),
            sentence(r"(?:营业期限|经营期限).{0,3}?(?P<v>\d{4}年\d{1,2}月\d{1,2}日)", values.day, weight=0.5),
        ),
        "issued": (within("licensed", take=values.day), closing_date),
        "expires": _EXPIRES,
    },
    "tax_registration": {
        "name": (after("taxpayer", take=values.name, least=0.7), after("name", take=values.name, weight=0.9)),
        "uscc": _USCC,
        "cert_no": (
            in_cell(_TAX_NO, exactly),
            after("cert_no", "uscc", "number", take=values.code, weight=0.8),
        ),
        "legal_rep": _REP,
        "issued": (within("licensed", "registered", take=values.day), closing_date),
    },
    "property_certificate": {
        "name": (after("holder", take=values.name), after("name", take=values.name, weight=0.6)),
        "id_no": ID,
        "uscc": (within("uscc", take=values.uscc), anywhere(values.sound(values.uscc), weight=0.6)),
        "cert_no": (
            in_cell(_PROPERTY_NO, property_no),
            in_cell(_OLD_PROPERTY_NO, exactly, weight=0.95),
            sentence(_PROPERTY_NO, property_no, weight=0.8),
            after("cert_no", take=values.code, weight=0.8),
        ),
        "issued": (within("registered", "licensed", take=values.day), closing_date),
        "expires": (within("valid", take=values.last_day, least=0.72),),
    },
    "marriage_certificate": {
        "name": (
            after("holder", take=values.person),
            after("customer", take=values.person, weight=0.9),
            after("name", take=values.person, weight=0.8),
            in_cell(rf"^(?P<v>{_NAME})(?:,|;)?性别[男女]", values.person, weight=0.6),
        ),
        "id_no": ID,
        "cert_no": (
            after("cert_no", take=values.code),
            sentence(r"字第(?P<v>[\da-z\-]{4,20})号", values.code, weight=0.8),
            sentence(r"(?P<v>[jl]\d{6}-?\d{4}-?\d{6})", exactly, weight=0.8),
            after("number", take=values.code, weight=0.7),
        ),
        "issued": (within("registered", "licensed", take=values.day), closing_date),
    },
    "income_proof": {
        "name": (
            sentence(
                rf"(?:(?:兹|特|现)(?:证明|有)|证明(?![兹特现])){_OF_OURS}(?P<v>{_NAME}){_OPENS}",
                values.person,
                weight=0.97,
            ),
            sentence(rf"(?P<v>{HAN}{{2,4}}),身份证号?码?:?\d{{6}}", values.person, weight=0.8),
            sentence(_CERTIFIED, values.person, weight=0.9),
            in_cell(rf"^(?P<v>{_NAME})(?:先生|女士|同志)", values.person, weight=0.85),
            in_cell(rf"^(?P<v>{_NAME})\((?:护照|身份证|证件|居民|公民|性别|男|女)", values.person, weight=0.85),
            sentence(rf"(?P<v>{HAN}{{2,4}})(?:先生|女士|同志)(?:/(?:先生|女士))?[,(]", values.person, weight=0.9),
            after("name", "customer", take=values.person),
        ),
        "id_no": ID,
        "employer": (
            after("name", "employer", take=values.company, least=0.7),
            sentence(
                rf"(?:系|为|在|是)(?P<v>{HAN}{{4,30}}?(?:公司|厂|中心|银行|医院|学校|大学))",
                values.company,
                weight=0.8,
            ),
            anywhere(values.company_in_one_row, weight=0.5),
        ),
        "amount": (amount_after("income"), largest_amount),
        "issued": (within("made", take=values.day), closing_date),
    },
    "invoice": {
        "invoice_no": (
            after("invoice_no", take=values.digits(8, 20)),
            after("invoice_no", take=values.code, weight=0.9),
            after("number", take=values.digits(8, 8), weight=0.7),
            in_cell(r"(?:№|n[o0]\.?):?(?P<v>\d{8})(?!\d)", values.digits(8, 8), weight=0.6),
            in_cell(r"^[a-z]{2}-?(?P<v>\d{8})$", exactly, weight=0.6),
        ),
        "invoice_code": (
            after("invoice_code", take=values.digits(10, 12)),
            in_cell(r"^(?P<v>\d{10}|\d{12})$", values.digits(10, 12), weight=0.5),
            in_cell(r"^(?P<v>\d{10}|\d{12})(?:№|n[o0])\.?:?\d{8}$", values.digits(10, 12), weight=0.6),
        ),
        "issued": (within("invoiced", take=values.day), within("made", take=values.day, weight=0.8), closing_date),
        "amount": (amount_after("total"), amount_after("amount", weight=0.5), largest_amount),
    },
    "receipt": {
        "issued": (within("made", "invoiced", take=values.day), closing_date),
        "amount": (amount_after("amount", "total"), largest_amount),
    },
    "power_of_attorney": {
        "name": (
            after("principal", take=values.name, least=0.7),
            sentence(rf"我(?:,|:)?{HAN}{{2,8}}?,?系(?P<v>[一-鿿()a-z]{{4,40}}?)的?法定", values.company, weight=0.97),
            sentence(rf"本人(?P<v>{_NAME}){_OPENS}", values.person, weight=0.9),
            sentence(r"we,(?P<v>[^,]{4,60}?),?(?:do)?hereby", values.name, weight=0.85),
            sentence(rf"我(?P<v>{_NAME})(?:\(|,|身份证|系)", values.person, weight=0.6),
            sentence(
                rf"(?:声明:|兹有|[,。:])(?:注册于{HAN}{{2,12}}?的)?(?P<v>[一-鿿()a-z]{{4,40}}?)的?法定代表人.{{0,12}}?(?:授权|委托)",
                values.company,
                weight=0.85,
            ),
            after("name", "customer", "holder", take=values.name, weight=0.8),
            after("signer", take=values.person, weight=0.6),
        ),
        "agent": (
            after("agent", take=values.person, least=0.7),
            sentence(
                rf"(?:委托|授权|委派|指派){_NO_AGENT}{_OF_OURS}(?P<v>{_NAME})(?:作为|为|\(|,|先生|女士|同志|身份证|代|前往)",
                values.person,
                weight=0.85,
            ),
            sentence(
                rf"(?:appoint|authori[sz]e)s?(?:mr|mrs|ms)?\.?(?P<v>{_NAME})(?:as|to|\(|,)", values.person, weight=0.85
            ),
            after("agent", take=values.name, least=0.7, weight=0.8),
        ),
        "issued": (within("made", "signed", take=values.day), closing_date),
        "expires": _EXPIRES,
    },
    "customer_form": {
        "name": (
            after("customer", take=values.person, weight=1.2),
            after("customer", take=values.name),
            after("name", take=values.name, weight=0.95),
            after("holder", take=values.name, weight=0.7),
            after("employer", take=values.company, weight=0.6, least=0.7),
            after("signer", take=values.person, weight=0.6),
        ),
        "customer_no": (
            after("customer_no", take=values.code),
            after("number", take=values.code, weight=0.7, least=0.8),
        ),
        "id_no": ID,
        "uscc": _USCC,
        "legal_rep": _REP,
        "employer": (after("employer", take=values.company, least=0.7),),
        "issued": (
            within("registered", "made", take=values.day),
            within("joined", take=values.day, weight=0.7),
            closing_date,
        ),
    },
    "credit_report": {
        "name": (
            after("assessed", take=values.name),
            after("customer", "name", take=values.name, weight=0.9, least=0.7),
            _WITH_CODE,
        ),
        "expires": (within("valid", take=values.last_day, least=0.72),),
        "id_no": (after("id_no", take=values.resident_id), anywhere(values.resident_id, weight=0.6)),
        "uscc": _USCC,
        "legal_rep": _REP,
        "issued": (within("rated", take=values.day), within("made", take=values.day, weight=0.85), closing_date),
    },
    "appraisal_report": {
        "name": (
            after("principal", take=values.name),
            after("holder", "customer", "assessed", take=values.name, weight=0.85),
            sentence(r"(?:接受|受)(?P<v>[一-鿿()a-z]{4,40}?)的?委托", values.name, weight=0.8),
            after("addressee", take=values.name, weight=0.7, least=0.8),
            _WITH_CODE,
        ),
        "cert_no": (
            after("report_no", take=values.code),
            in_cell(_VALUATION_NO, exactly, weight=0.8),
            after("number", take=values.code, weight=0.7),
            in_cell(_NUMBER_ALONE, values.code, weight=0.5),
        ),
        "amount": (amount_after("appraised_value"), amount_after("total", "amount", weight=0.7), largest_amount),
        "issued": (
            within("appraised", take=values.day),
            within("rated", take=values.day, weight=0.95),
            within("made", take=values.day, weight=0.85),
            closing_date,
        ),
    },
    "complaint": {
        "name": (
            after("complainant", take=values.name),
            after("customer", "name", take=values.name, weight=0.85, least=0.8),
            after("sender", take=values.name, weight=0.7, least=0.8),
            sentence(rf"(?:本人|我是|我叫)(?P<v>{_NAME})(?:,|\(|系|是|为)", values.person, weight=0.7),
            after("signer", take=values.person, weight=0.6),
        ),
        "id_no": (after("id_no", take=values.resident_id),),
        "customer_no": (after("customer_no", take=values.code),),
        "issued": (
            within("complained_on", take=values.day),
            within("made", "registered", take=values.day, weight=0.85),
            closing_date,
        ),
    },
    "letter": {
        "name": (
            after("addressee", take=values.name, least=0.75),
            salutation(values.name, weight=0.85),
            sentence(
                rf"尊敬的(?:(?:业主|客户|住户|租户|用户|会员|商户)(?={HAN}{{2}}))?(?P<v>{HAN}{{2,30}}?)(?:先生|女士|:|,|客户|业主)",
                values.name,
                weight=0.85,
            ),
            after("customer", "sender", take=values.name, weight=0.7, least=0.7),
            after("signer", take=values.person, weight=0.6),
            anywhere(values.company_in_one_row, weight=0.5),
        ),
        "contract_no": (
            after("contract_no", take=values.code, weight=0.9, least=0.3),
            sentence(rf"第(?P<v>[{CODE_SIGNS}]{{4,30}}?)号?(?:的)?{HAN}{{0,6}}(?:合同|协议)", values.code, weight=0.65),
            _NUMBERED,
        ),
        "issued": (within("made", take=values.day), closing_date),
    },
    "other": {},
}
"""Where each field of each type stands, best rule first. Sides of contracts, invoices and receipts: `_sided`."""

_LENT_BY = (
    "customer_form", "contract", "letter", "business_licence", "property_certificate", "invoice", "receipt", *RULES,
)  # fmt: skip
OF_ANY: Mapping[str, tuple[Rule, ...]] = {
    name: next(RULES[kind][name] for kind in _LENT_BY if name in RULES[kind]) for name in READABLE
}
"""How a field is found on a type that an organisation added: as on the most general type that has it."""
