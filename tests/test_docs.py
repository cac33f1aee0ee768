"""The documentation says what the code does: variables, verbs, links, targets and versions are compared."""

from __future__ import annotations

import re
import sys
import tomllib
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

import bot.settings
import memory.settings
from bot.commands import table as commands
from bot.commands.call import Call
from bot.playground.run import open_terminal
from bot.turn.directives import parse
from memory.database.open import open_database
from memory.model.demo import DemoModel
from memory.models import Actor, Key, Role
from memory.parts import joined
from memory.settings import Variable

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
VARIABLES = (*memory.settings.VARIABLES, *bot.settings.VARIABLES)
NAMES = {variable.name for variable in VARIABLES}

PAGE_NAMES = [page.name for page in PAGES]
VERBS = {verb.name for verb in commands.typed()}

ENV_LINE = re.compile(r"(?P<off># )?(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>.*)")
TABLE_ROW = re.compile(
    r"^\| `(?P<name>[A-Z][A-Z0-9_]+)` \| (?:`(?P<default>.*?)`)? ?\| (?P<meaning>.+) \|$", re.MULTILINE
)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<page>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")
MACHINE_PATH = re.compile(r"(?<![\w.])(?:/work|/root|/home|/Users|/tmp|[A-Z]:\\)(?![\w-])")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------------ variables


def env_example() -> dict[str, tuple[str, str]]:
    """Each variable of `.env.example` with its value and the comment right above it."""
    found: dict[str, tuple[str, str]] = {}
    comment = ""
    for line in read(ROOT / ".env.example").splitlines():
        match = ENV_LINE.fullmatch(line)
        if match:
            found[match["name"]] = (match["value"], comment)
        comment = line if line.startswith("# ") and not match else ""
    return found


def documented() -> dict[str, tuple[str, str]]:
    """Each variable in the tables of docs/configuration.md, with its default and its meaning."""
    rows = TABLE_ROW.finditer(read(ROOT / "docs" / "configuration.md"))
    return {row["name"]: (row["default"] or "", row["meaning"]) for row in rows}


def test_env_example_has_every_variable_and_no_other() -> None:
    assert env_example().keys() == NAMES


def test_the_configuration_page_has_every_variable_and_no_other() -> None:
    assert documented().keys() == NAMES


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_a_variable_is_explained_with_its_default(variable: Variable) -> None:
    value, comment = env_example()[variable.name]
    default, meaning = documented()[variable.name]

    assert value == variable.default
    assert default == variable.default
    assert comment.removeprefix("# ").strip()
    assert meaning.strip()


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_a_secret_and_only_a_secret_is_marked_as_one(variable: Variable) -> None:
    assert documented()[variable.name][1].startswith("*secret.*") is variable.secret


def test_env_example_changes_nothing_when_it_is_copied() -> None:
    lines = [match for line in read(ROOT / ".env.example").splitlines() if (match := ENV_LINE.fullmatch(line))]

    assert all(match["off"] or not match["value"] for match in lines)


# ---------------------------------------------------------------------------------------------------------- verbs


@pytest.mark.parametrize("verb", commands.TABLE, ids=lambda verb: verb.name)
def test_a_verb_stands_on_the_page_of_commands_unless_only_a_button_has_it(verb: commands.Verb) -> None:
    usage = verb.usage.replace("|", r"\|")
    shown = f"\n| `{usage}` |" in read(ROOT / "docs" / "commands.md")

    assert shown is not verb.button_only


def test_the_page_of_commands_names_no_verb_that_does_not_exist() -> None:
    text = read(ROOT / "docs" / "commands.md")
    typed = set(re.findall(r"`/memory ((?:admin )?[a-z-]+)", text))
    admin = set(re.findall(r"`(admin [a-z-]+)", text))

    assert typed <= VERBS
    assert admin == {verb for verb in VERBS if verb.startswith("admin ")}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
async def test_help_mentions_every_verb_that_the_person_may_use(role: Role, tmp_path: Path) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'membot.db'}") as database:
        parts = joined(database, DemoModel())
        actor = Actor(Key.person("T1", "U1").value, role, "slack command", "T1", "U1", "D1")
        told = (await commands.run(parts, Call(actor, "D1", "help"))).text

    shown = {verb.name for verb in commands.TABLE if f"`/memory {verb.usage}`" in told}
    assert shown == {verb.name for verb in commands.typed() if verb.who == "everybody" or role is Role.ADMIN}


# ----------------------------------------------------------------------------------------------------- directives


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def example_directives() -> list[str]:
    """The first column of the table "you write"."""
    _, _, table = read(ROOT / "docs" / "commands.md").partition("| you write |")
    return re.findall(r"^\| `([^`]+)` \|", table.partition("\n\n")[0], re.MULTILINE)


@pytest.mark.parametrize("example", example_directives())
def test_an_example_of_a_directive_is_one(example: str) -> None:
    parsed = parse(example.replace("@membot", "<@UBOT>"), bot_user_id="UBOT", now=NOW)

    assert (len(parsed.directives), parsed.rest, parsed.problems) == (1, "", ())


def test_the_dates_on_the_page_of_commands_are_understood() -> None:
    listed = re.search(r"\*\*Dates:\*\* (.*?)\.\s`(.*?)` is refused", read(ROOT / "docs" / "commands.md"), re.DOTALL)
    assert listed
    dates = re.findall(r"`([^`]+)`", listed[1])

    assert len(dates) > 5
    for said in (*dates, listed[2]):
        when = f"for {said}" if re.search(r"(day|week)s$", said) else f"until {said}"
        parsed = parse(f"remember {when}: I am on call", bot_user_id="UBOT", now=NOW)
        assert bool(parsed.problems) is (said == listed[2]), said


# --------------------------------------------------------------------------------------------------- the playground


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```text\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)


def dateless(conversation: str) -> list[str]:
    return [re.sub(r"\d{4}-\d\d-\d\d", "DATE", line.rstrip()) for line in conversation.splitlines()]


async def test_the_conversation_in_the_quickstart_is_what_the_playground_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed, shown = blocks(ROOT / "docs" / "quickstart.md")
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    ended = await open_terminal(memory.settings.read_settings({}), {})

    _welcome, prompt, rest = capsys.readouterr().out.partition("alice · dm › ")
    assert ended == 0
    assert dateless(prompt + rest) == dateless(shown)


# ---------------------------------------------------------------------------------------------------------- links


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.finditer(FENCE.sub("", read(page))):
        if "://" in link["page"]:
            continue
        target = page.parent / link["page"] if link["page"] else page

        assert target.is_file(), f"{page.name} links to {link['page']}"
        assert link["heading"] is None or link["heading"] in anchors(target), f"{page.name} links to {link[0]}"


def test_the_readme_links_to_every_page() -> None:
    linked = {link["page"] for link in LINK.finditer(read(ROOT / "README.md"))}

    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= linked


# ------------------------------------------------------------------------------------------------- the rest of it


@pytest.mark.parametrize("page", [*PAGES, ROOT / ".env.example", ROOT / "manifest.yml"], ids=lambda page: page.name)
def test_a_page_has_no_path_of_somebodys_machine_and_nothing_left_to_do(page: Path) -> None:
    text = read(page)

    assert not MACHINE_PATH.search(text)
    assert not re.search(r"TODO|FIXME|XXX|<!--", text)


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([\w./-]+):(?!=)", read(ROOT / "Makefile"), re.MULTILINE))
    named = {
        name
        for page in PAGES
        for code in re.findall(r"`[^`\n]+`|^```.*?^```$", read(page), re.MULTILINE | re.DOTALL)
        for name in re.findall(r"\bmake ([a-z][a-z0-9-]*|\.venv/[\w.-]+)", code)
    }

    assert {"run", "chat", "test", "check", "bench"} <= named
    assert named <= targets


def test_the_readme_and_the_package_agree_on_the_versions_of_python() -> None:
    requires = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["requires-python"]
    lowest, above = re.findall(r"3\.(\d+)", requires)
    said = f"Python 3.{lowest} to 3.{int(above) - 1}"

    for page in ("README.md", "docs/quickstart.md", "docs/production.md"):
        assert said in read(ROOT / page)
