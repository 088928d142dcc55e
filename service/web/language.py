"""Which language a page speaks, and the words of each: every sentence on screen stands in `words/*.toml`, in both."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
COOKIE: Final = "anjuan_language"
WORDS: Final = Path(__file__).parent / "words"


@cache
def table(language: Language) -> Mapping[str, str]:
    """Every sentence of one language by `file.key`."""
    at = LANGUAGES.index(language)
    return {
        f"{path.stem}.{key}": pair[at]
        for path in sorted(WORDS.glob("*.toml"))
        for key, pair in tomllib.loads(path.read_text("utf-8")).items()
    }


def say(language: Language, key: str, **values: object) -> str:
    """The sentence of a key with `{name}` filled in; KeyError when nobody wrote it."""
    return table(language)[key].format(**values)


def known(language: Language, key: str) -> bool:
    """Whether a sentence was written: for codes that come from elsewhere and may be newer than the pages."""
    return key in table(language)


def chosen(cookie: str | None, accept_language: str) -> Language:
    """The cookie's language, else the browser's first that we speak, else Chinese."""
    for language in LANGUAGES:
        if cookie == language:
            return language
    for part in accept_language.lower().split(","):
        for language in LANGUAGES:
            if part.strip().startswith(language):
                return language
    return "zh"
