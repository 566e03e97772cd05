"""The documentation says what the program does: every setting, every command, every link."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.__main__ import _COMMANDS
from tests.docs.settings_table import TABLES, table

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "user-guide.md"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_FOR_PEOPLE = {"store", "try-environment"}


@pytest.mark.parametrize(("title", "model"), TABLES, ids=lambda value: value if isinstance(value, str) else "")
def test_the_guide_lists_every_setting_as_it_is_declared(title: str, model: type[BaseModel]) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert table(title, model) in text, "bring the guide up to date with: python -m tests.docs.settings_table"


def test_every_piece_of_an_experiment_in_the_guide_can_be_read() -> None:
    pieces = re.findall(r"^```toml\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert pieces and all(tomllib.loads(piece) for piece in pieces)


def test_the_guide_names_every_command() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert [name for name in _COMMANDS if name not in NOT_FOR_PEOPLE and f"gym-kiosk {name}" not in text] == []


def test_the_readme_opens_with_the_two_commands() -> None:
    first_block = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1]
    assert [line for line in first_block.splitlines() if "bootstrap.py" in line][:2] == [
        "python3 bootstrap.py run     # the program, with a ready experiment",
        "python3 bootstrap.py test    # every check",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
