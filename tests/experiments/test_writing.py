"""`experiment.toml` written by program: read as it was meant, and what a researcher wrote around the values is kept."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiments.errors import InputError
from app.experiments.toml_edit import same
from app.experiments.writing import written_as_toml

FILE = """# A study of two cooks.
# It was piloted in May.
format = 1

[experiment]  # which study
id = "cooks"
title = "Cooks" # shown to everybody
master_seed = 7   # drawn by dice

# Two seats, as in the kitchen.
[seats.0]
role = "cook_a"
[seats.1]
role = "cook_b" # the second one

# Read before everything else.
[[scenes]]
id = "welcome"
type = "start"
body = "welcome.md"

# Played in pairs.
[[scenes]]
id = "game"
type = "game"
rendering = { fps = 30, game_width = 640 } # as fast as the kitchen allows
keys = { Space = 1 }

[scenes.gameplay]
# Nothing pressed: stay.
default_action = 6
max_steps = 900

[[scenes]]
id = "twice"
type = "repeat"
n = 2

[[scenes.scenes]]
id = "page"
type = "static" # in the block
body = "page.md"

[[scenes]]
id = "end"
type = "end"
codes = { COMPLETED = "C1" }
"""


def document() -> dict[str, Any]:
    return tomllib.loads(FILE)


def rewritten(changed: dict[str, Any]) -> str:
    text = written_as_toml(changed, FILE.encode()).decode()
    assert same(tomllib.loads(text), changed)
    return text


def only_difference(text: str) -> tuple[list[str], list[str]]:
    """The lines that the file lost and those it gained."""
    old, new = FILE.splitlines(), text.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_the_same_document_leaves_the_file_as_it_is() -> None:
    assert written_as_toml(document(), FILE.encode()) == FILE.encode()


def test_a_changed_value_changes_its_line_alone_and_keeps_the_remark_behind_it() -> None:
    changed = document()
    changed["experiment"]["master_seed"] = 8
    changed["scenes"][1]["rendering"]["fps"] = 20
    changed["scenes"][1]["gameplay"]["max_steps"] = 450
    lost, gained = only_difference(rewritten(changed))
    assert gained == [
        "master_seed = 8   # drawn by dice",
        "rendering = { fps = 20, game_width = 640 } # as fast as the kitchen allows",
        "max_steps = 450",
    ]
    assert len(lost) == 3


def test_a_scene_that_moves_takes_the_remark_above_it_along() -> None:
    changed = document()
    changed["scenes"].insert(0, changed["scenes"].pop(1))
    text = rewritten(changed)
    assert text.index("# Played in pairs.") < text.index('id = "game"') < text.index("# Read before everything else.")
    assert only_difference(text) == ([], [])


def test_a_scene_that_goes_takes_its_remark_along_and_leaves_the_others_theirs() -> None:
    changed = document()
    del changed["scenes"][1]
    text = rewritten(changed)
    assert "# Played in pairs." not in text and "# Read before everything else." in text and "# in the block" in text


def test_a_new_scene_and_a_new_table_stand_where_they_belong() -> None:
    changed = document()
    changed["scenes"].insert(1, {"id": "more", "type": "static", "body": "more.md"})
    changed["webrtc"] = {"force_relay": True}
    changed["environment"] = {"factory": "kitchen:make_env"}
    text = rewritten(changed)
    order = ["[experiment]", "[environment]", "[seats.0]", 'id = "welcome"', 'id = "more"', 'id = "game"', "[webrtc]"]
    assert sorted(order, key=text.index) == order
    assert "\n\n\n" not in text and only_difference(text)[0] == []


def test_a_scene_inside_a_block_changes_in_its_place() -> None:
    changed = document()
    changed["scenes"][2]["scenes"][0]["body"] = "other.md"
    assert only_difference(rewritten(changed)) == (['body = "page.md"'], ['body = "other.md"'])


def test_a_key_that_is_taken_out_takes_its_line_along() -> None:
    changed = document()
    del changed["experiment"]["title"], changed["scenes"][1]["gameplay"]["max_steps"]
    assert only_difference(rewritten(changed)) == (['title = "Cooks" # shown to everybody', "max_steps = 900"], [])


@pytest.mark.parametrize("value", [1.0, True])
def test_a_whole_number_a_fraction_and_true_are_three_values(value: Any) -> None:
    changed = document()
    changed["scenes"][1]["keys"]["Space"] = value
    found = tomllib.loads(rewritten(changed))["scenes"][1]["keys"]["Space"]
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        'title = """\n[[scenes]]\n"""\n[[scenes]]\nid = "a"\ntype = "start"\n',
        'rows = [\n  ["a"]\n]\n[[scenes]]\nid = "a"\ntype = "start"\n',
        'scenes = [{ id = "a", type = "start" }]\n[experiment]\nid = "cooks"\n',
        '[[scenes]]\nid = "a"\ntype = "start"\n[experiment]\nid = "cooks"\n[scenes.keys]\nSpace = 1\n',
        '"experiment".id = "cooks"\r\nexperiment.title = "Cooks"\r\n[[ scenes ]]\r\nid = "a"\r\ntype = "start"',
        '[experiment]\nid = "cooks"\n[experiment.more]\nx = 1\n[[scenes]]\nid = "a"\ntype = "start"\n# The end',
    ],
)
def test_a_file_of_any_form_is_changed_without_loss(text: str) -> None:
    changed = tomllib.loads(text)
    changed["scenes"][0]["title"] = 'Here: [x] "y" \\ ü'
    changed["scenes"].append({"id": "b", "type": "end", "codes": {"a b": "1"}})
    changed.setdefault("experiment", {})["version"] = 2
    written = written_as_toml(changed, text.encode())
    assert same(tomllib.loads(written.decode()), changed)


def test_a_file_that_is_no_toml_is_refused_with_the_place() -> None:
    with pytest.raises(InputError, match="experiment.toml: line 1, column"):
        written_as_toml({}, b"x = = 1")


def test_what_is_too_long_for_a_line_gets_a_table_of_its_own_before_the_scenes_of_a_block() -> None:
    long = {f"Key{letter}": "words beside a key" for letter in "ABCDEFG"}
    inner = {"id": "game", "type": "game", "key_labels": long, "keys": {"KeyA": 1}}
    block = {"id": "twice", "type": "repeat", "n": 2, "scenes": [inner, inner | {"id": "other"}]}
    changed = {"scenes": [block], "format": 1}
    text = written_as_toml(changed).decode()
    assert same(tomllib.loads(text), changed) and "[scenes.scenes.key_labels]" in text
    assert text.startswith("format = 1\n\n[[scenes]]\n") and max(map(len, text.splitlines())) <= 120


_NAMES = st.sampled_from(["id", "a b", "x", 'q"', "ü", "scenes", "overrides", "0"])
_LEAVES = st.one_of(
    st.integers(-9, 9), st.booleans(), st.floats(allow_nan=False), st.text(max_size=5), st.just([]), st.just({})
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3), max_leaves=6
)
_SCENES = st.lists(
    st.tuples(st.sampled_from("welcome game twice end new".split()), st.dictionaries(_NAMES, _VALUES, max_size=3)),
    min_size=1, max_size=4, unique_by=lambda pair: pair[0],
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(scenes=_SCENES, tables=st.dictionaries(st.sampled_from(["experiment", "seats", "texts", "odd"]), _VALUES))
def test_whatever_changes_the_file_is_read_as_it_was_meant(
    scenes: list[tuple[str, dict[str, Any]]], tables: dict[str, Any]
) -> None:
    known = {scene["id"]: scene for scene in document()["scenes"]}
    changed = document() | copy.deepcopy(tables)
    changed["scenes"] = [
        known.get(name, {"type": "static"}) | more | {"id": name, "type": known.get(name, {}).get("type", "static")}
        for name, more in scenes
    ]
    for before in (FILE.encode(), b""):
        assert same(tomllib.loads(written_as_toml(changed, before).decode()), changed)
