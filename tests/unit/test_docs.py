"""The documentation is held to what is there: settings, commands, endpoints, README's commands, decisions."""

import re
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest
import typer

from archive.rights import Role
from archive.settings import Settings
from deploy.apidoc import PAGE, application, page
from service.cli import COMMANDS

ROOT: Final = Path(__file__).resolve().parents[2]
GUIDE: Final = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
INDEX: Final = ROOT / "docs" / "decisions" / "README.md"
DECISIONS: Final = sorted(path for path in INDEX.parent.glob("*.md") if path != INDEX)
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), INDEX, *DECISIONS]
SOURCES: Final = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
ROOMS: Final = ("archive", "retention", "indexes", "workers", "service", "deploy", "tests")
SETTINGS_TABLE: Final = dict(re.findall(r"^\| `(ANJUAN_[A-Z_]+)` \| (.+?) \|", GUIDE, re.MULTILINE))


def registered(group: typer.Typer) -> list[str]:
    return [command.name for command in group.registered_commands if command.name]


def spoken(command: str) -> list[str]:
    """The words by which a command is called, its group's commands among them."""
    module = import_module(f"service.commands.{command}")
    return (
        [f"anjuan {command} {name}" for name in registered(module.group)]
        if hasattr(module, "group")
        else [f"anjuan {command}"]
    )


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_stands_in_the_guide_with_its_default(name: str) -> None:
    told, field = SETTINGS_TABLE[f"ANJUAN_{name.upper()}"], Settings.model_fields[name]
    empty = field.default in (None, "", ())
    shown = field.default[0] if isinstance(field.default, tuple) and field.default else field.default
    assert told.startswith("empty") if empty else told == f"`{shown}`"


def test_the_guide_invents_no_setting() -> None:
    named = set(re.findall(r"ANJUAN_[A-Z_]*[A-Z]", GUIDE + README))
    assert named - {f"ANJUAN_{name.upper()}" for name in Settings.model_fields} == {"ANJUAN_SECRETS_DIR"}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_stands_in_the_guide(command: str) -> None:
    chapter = GUIDE.split("## 9. Commands")[1].split("## 11.")[0]
    for words in spoken(command):
        group, _, last = words.rpartition(" ")
        assert f"`{words}" in chapter or (f"`{group} " in chapter and f"`{last}`" in chapter), words


def test_no_command_is_shown_that_does_not_exist() -> None:
    shown = set(re.findall(r"(?:`|\.venv/bin/|^)anjuan ([a-z]+)\b", GUIDE + README, re.MULTILINE))
    assert shown
    assert shown <= set(COMMANDS)


def test_the_api_page_is_what_the_application_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(application(), text) == text, "run: python -m deploy.apidoc"


def test_every_endpoint_says_what_it_does() -> None:
    silent = [
        f"{method} {path}"
        for path, methods in application().openapi()["paths"].items()
        for method, operation in methods.items()
        if not operation.get("description", "").strip()
    ]
    assert not silent


def test_every_role_stands_in_the_guide() -> None:
    assert {role.value for role in Role} <= set(re.findall(r"^\| `([a-z]+)` \|", GUIDE, re.MULTILINE))


def test_the_readme_names_only_targets_that_the_makefile_has() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:`|^|&& |\$\()make (?:-s )?([a-z-]+)", README + GUIDE, re.MULTILINE))
    assert named
    assert named <= targets


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_every_decision_has_a_number_and_a_heading_and_fits_a_page(decision: Path) -> None:
    lines = decision.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", decision.stem)
    assert re.match(r"# \S", lines[0])
    assert any(line.strip() for line in lines[1:])
    assert len(lines) <= 60


def test_the_list_of_decisions_names_each_by_its_heading() -> None:
    listed = dict(re.findall(r"^- \[\d{4}\]\((\S+)\) (.+)$", INDEX.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {path.name: path.read_text("utf-8").splitlines()[0].removeprefix("# ") for path in DECISIONS}


def explained(cited: str) -> bool:
    """Whether the page of sources speaks of an id: by itself, or in a row from one id to another."""
    if cited in SOURCES:
        return True
    ranges = re.findall(rf"\b{cited[0]}(\d+)–{cited[0]}(\d+)", SOURCES)
    return any(int(first) <= int(cited[1:]) <= int(last) for first, last in ranges)


def test_every_id_of_a_rule_that_the_code_cites_is_explained() -> None:
    code = "\n".join(path.read_text("utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    cited = set(re.findall(r"\b(?:mission|records-rules|reliability) ([A-Z]\d{1,2})\b", code))
    cited |= set(re.findall(r"\(([FRUQSPAL]\d\d)\)", code))
    assert len(cited) > 50
    assert [each for each in sorted(cited) if not explained(each)] == []


def test_no_two_decisions_share_a_number() -> None:
    numbers = [path.stem[:4] for path in DECISIONS]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


LEAKS: Final = dict(
    re.findall(r"^\| (L\d\d) .*? \| (.+) \|$", (ROOT / "docs" / "leaks.md").read_text("utf-8"), re.MULTILINE)
)


CASES: Final = dict(
    re.findall(r"^\| (R\d\d) [^|]+ \| (.+) \|$", (ROOT / "docs" / "sources.md").read_text("utf-8"), re.MULTILINE)
)


def test_every_channel_of_a_leak_and_case_of_retention_names_tests_that_exist_or_says_why_there_are_none() -> None:
    assert list(LEAKS) == [f"L{number:02d}" for number in range(1, 37)]
    assert list(CASES) == [f"R{number:02d}" for number in range(1, 17)]
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    written = set(re.findall(r"^def (test_\w+)", tests, re.MULTILINE))
    named = {name for told in (*LEAKS.values(), *CASES.values()) for name in re.findall(r"`(test_\w+)`", told)}
    assert named <= written, named - written
