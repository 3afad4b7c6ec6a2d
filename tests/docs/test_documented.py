"""Commands, settings, targets and gates are documented; links lead somewhere; nothing names a machine."""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

import duckdb
import pytest

from dagster_project.cli import parser
from dagster_project.settings import SETTINGS
from dashboards.columns import columns
from dashboards.model import read_release
from dashboards.site import all_pages
from disclosure.policy import Policy
from expectations.incoming import file_checks, label_checks
from expectations.outgoing import REQUIRED

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
TEXT = {path: path.read_text(encoding="utf-8") for path in PAGES}
ALL = "\n".join(TEXT.values())


def commands() -> dict[str, argparse.ArgumentParser]:
    """Each command of the program, such as `log verify`, with its own parser."""
    return dict(_leaves(parser(), ""))


def _leaves(top: argparse.ArgumentParser, before: str) -> list[tuple[str, argparse.ArgumentParser]]:
    below = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        return [(before.strip(), top)]
    return [leaf for name, child in below[0].choices.items() for leaf in _leaves(child, f"{before} {name}")]


def tracked() -> list[Path]:
    """Every file under version control, as text is wanted: pictures and workbooks left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("no git here, so it is not known which files are tracked")
    found = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    return [
        path
        for path in found
        if path.is_file() and path.suffix not in {".xlsx", ".ods", ".png", ".woff2", ".gz"}
    ]


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"misconduct [^\n]*`?\b{name}\b", ALL)


@pytest.mark.parametrize("name", commands())
def test_every_option_is_documented(name: str) -> None:
    options = [
        text
        for action in commands()[name]._actions
        for text in action.option_strings
        if text.startswith("--")
    ]
    missing = [option for option in options if option != "--help" and option not in ALL]
    assert missing == []


@pytest.mark.parametrize("name", commands())
def test_every_command_explains_itself(name: str) -> None:
    command = commands()[name]
    assert command.description
    assert all(action.help or action.metavar or action.type for action in command._actions)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented(name: str) -> None:
    assert name in ALL


def targets() -> list[str]:
    """The make targets that `make help` lists."""
    return re.findall(r"^([a-z]+):.*##", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("target", [name for name in targets() if name not in {"help", "clean"}])
def test_every_make_target_is_documented(target: str) -> None:
    assert re.search(rf"\bmake {target}\b", ALL)


@pytest.mark.parametrize("name", [check.name for check in (*file_checks(set()), *label_checks())])
def test_every_expectation_of_gate_1_is_documented(name: str) -> None:
    assert name in TEXT[REPOSITORY / "docs" / "gates.md"]


@pytest.mark.parametrize("name", REQUIRED)
def test_every_expectation_of_gate_2_is_documented(name: str) -> None:
    assert name in TEXT[REPOSITORY / "docs" / "gates.md"]


def home_names(home: Path) -> list[str]:
    """What a reader of the maintainer's guide should find in the table of the home."""
    return sorted(path.name for path in home.iterdir())


@pytest.mark.slow
def test_every_place_of_the_home_is_documented(release_home: Path) -> None:
    text = TEXT[REPOSITORY / "docs" / "maintainer.md"]
    assert [name for name in home_names(release_home) if f"`{name}" not in text] == []


@pytest.mark.slow
def test_every_page_of_the_site_is_documented(release: Path) -> None:
    names = [page.name for page in all_pages(read_release(release, release.name, None))]
    assert len(names) > 10
    assert [name for name in names if name not in ALL] == []


@pytest.mark.slow
def test_every_released_column_is_documented(release: Path) -> None:
    tables = read_release(release, release.name, None).tables.values()
    own = {dimension.name for table in tables for dimension in table.categorical}
    names = {column.name for table in tables for column in columns(table)} - own
    assert names
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", ALL)] == []


@pytest.mark.slow
def test_every_column_of_the_private_marts_is_described_in_the_warehouse(release_home: Path) -> None:
    question = "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
    with duckdb.connect(str(release_home / "warehouse.duckdb"), read_only=True) as connection:
        described = connection.execute(question).fetchall()
    assert described
    assert [(table, column) for table, column, comment in described if not comment] == []


@pytest.mark.parametrize("path", sorted((REPOSITORY / "deploy").rglob("*.*")), ids=lambda path: path.name)
def test_every_file_of_the_deployment_is_documented(path: Path) -> None:
    if path.suffix == ".pyc":
        pytest.skip("byte code")
    assert path.name in TEXT[REPOSITORY / "docs" / "operations.md"]


@pytest.mark.parametrize(
    "name", re.findall(r"(?m)^\[(\w+)\]$", (REPOSITORY / "disclosure/policy.toml").read_text())
)
def test_every_entry_of_the_policy_is_explained_where_it_stands(name: str) -> None:
    policy = Policy.read(REPOSITORY / "disclosure" / "policy.toml")
    assert policy.reasons[name]
    assert policy.references[name]


def sections(path: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXT[page]):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        assert place.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in sections(place), f"{page.name}: {target}"


def test_every_section_that_a_message_names_is_in_the_runbook() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (REPOSITORY / "dagster_project").glob("*.py")
    )
    named = set(re.findall(r"docs/runbook\.md, '([^']+)'", code))
    headings = set(re.findall(r"^## (.+)$", TEXT[REPOSITORY / "docs" / "runbook.md"], re.MULTILINE))
    assert named
    assert named <= headings


def test_no_tracked_file_names_a_machine() -> None:
    forbidden = re.compile(
        rf"{re.escape(str(REPOSITORY))}(?=[/\s\"'])|(?<![\w.])/home/[a-z]+/|/Users/[a-z]+/"
    )
    naming = [
        str(path.relative_to(REPOSITORY))
        for path in tracked()
        if forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert naming == []


def test_no_tracked_file_names_a_registry() -> None:
    forbidden = re.compile(
        r"(--index-url|--extra-index-url|files\.python" r"hosted\.org|/simple/|registry\.npm" r"js\.org)"
    )
    here = Path(__file__)
    naming = [
        path.name for path in tracked() if path != here and forbidden.search(path.read_text(errors="replace"))
    ]
    assert naming == []
