"""No sentence lacks a language, and no page asks for a sentence that nobody wrote."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

import service.web
from archive.anomalies import Unusual
from archive.audit import Act
from archive.documents import DOCUMENT_TYPES, FIELDS, State
from archive.jobs import Kind
from archive.rights import Confidentiality, Role
from retention.disposal import BatchState, Decision
from retention.due import Status
from retention.inbox import Matter
from retention.terms import Event
from service.web.language import LANGUAGES, Language, chosen, say, table
from service.web.navigation import PLACES
from service.web.render import SPOKEN

WEB = Path(service.web.__file__).parent
HAN = re.compile("[\u4e00-\u9fff]")
ASKED = re.compile(r"""\b(?:t|say|told|frame\.say)\((?:request, )?['"]([a-z_]+\.[a-z0-9_]+)['"]\s*[,)]""")
REFUSED = re.compile('(?:code=|default_code = )"([a-z_]+)"')
SENT = re.compile(r"""go\([^\n]*?, "([a-z_]+)"[,)]""")


def sources(*patterns: str) -> list[Path]:
    return [path for pattern in patterns for path in WEB.glob(pattern)]


def pairs() -> list[tuple[str, list[str]]]:
    return [
        (f"{path.stem}.{key}", pair)
        for path in sources("words/*.toml")
        for key, pair in tomllib.loads(path.read_text("utf-8")).items()
    ]


def test_every_sentence_stands_in_both_languages() -> None:
    assert len(pairs()) > 500
    for key, pair in pairs():
        assert len(pair) == len(LANGUAGES), key
        assert all(text.strip() for text in pair), key
        assert HAN.search(pair[0]) or not re.search("[a-z]{3}", pair[0]), key
        assert not HAN.search(pair[1]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_scripts_may_say_is_written(language: Language) -> None:
    assert [start for start in SPOKEN if not any(key.startswith(start) for key in table(language))] == []


def test_both_languages_fill_in_the_same_values() -> None:
    for key, pair in pairs():
        zh, en = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in pair)
        assert zh == en, key


def test_chinese_sentences_have_chinese_punctuation() -> None:
    wrong = [key for key, (zh, _) in pairs() if re.search("[\u4e00-\u9fff][,;:?!]", zh)]
    assert wrong == []


def test_no_page_or_script_asks_for_a_sentence_that_nobody_wrote() -> None:
    asked = {
        key
        for path in sources("templates/**/*.html", "static/*.js", "*.py")
        for key in ASKED.findall(path.read_text("utf-8"))
    }
    assert len(asked) > 300
    assert asked - set(table("zh")) == set()


def test_every_redirect_says_something_that_is_written() -> None:
    keys = {f"told.{key}" for path in sources("*.py") for key in SENT.findall(path.read_text("utf-8"))}
    assert keys
    assert keys - set(table("zh")) == set()


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("state", [*State, *BatchState, *Status]),
        ("level", [level.label for level in Confidentiality]),
        ("role", list(Role)),
        ("kind", DOCUMENT_TYPES),
        ("fields", FIELDS),
        ("event", list(Event)),
        ("act", list(Act)),
        ("decision", list(Decision)),
        ("inbox", list(Matter)),
        ("job", list(Kind)),
        ("remedy", list(Kind)),
        ("unusual", list(Unusual)),
        ("places", [place.key for place in PLACES]),
    ],
)
def test_every_code_of_ours_has_a_word(section: str, codes: list[str]) -> None:
    missing = [code for code in codes if f"{section}.{code.replace('.', '_')}" not in table("zh")]
    assert missing == []


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "zh"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "de-DE,en;q=0.5", "en"),
        (None, "de", "zh"),
        ("en", "zh-CN", "en"),
        ("xx", "zh-CN", "zh"),
    ],
)
def test_the_language_is_the_persons(cookie: str | None, accepted: str, language: str) -> None:
    assert chosen(cookie, accepted) == language


def test_a_missing_sentence_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        say("zh", "nowhere.nothing")


def test_every_refusal_is_said_to_people_in_their_language() -> None:
    rooms = [
        path
        for room in ("archive", "retention", "indexes", "service")
        for path in (WEB.parents[1] / room).rglob("*.py")
    ]
    codes = {code for path in rooms for code in REFUSED.findall(path.read_text("utf-8"))}
    assert len(codes) > 60
    assert sorted(code for code in codes if f"refusal.{code}" not in table("zh")) == []
