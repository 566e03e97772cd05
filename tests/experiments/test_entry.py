"""`[entry]`: what a link may bring along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.experiments.entry import GIVEN_ATTRIBUTES, URL_PARAMETERS
from app.server.domain import entry
from tests.experiments.studies import Folder, static, study


def test_by_default_nothing_is_asked_for_and_everybody_comes_once() -> None:
    made = study(static("a")).entry
    assert (made.attributes, made.require, made.once_per) == ([], [], "external_id")


def test_what_a_link_may_bring_is_known_in_the_file_and_at_the_door() -> None:
    assert set(URL_PARAMETERS) == entry.EXTERNAL_IDS.keys() | entry.ATTRIBUTES.keys()
    assert set(GIVEN_ATTRIBUTES) == set(entry.ATTRIBUTES.values())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"attributes": ["age group"]},
            'entry.attributes.1 = "age group"; use a name of letters, digits',
        ),
        (
            {"attributes": ["PROLIFIC_PID"]},
            'entry.attributes holds "PROLIFIC_PID", which is known already; leave it out.',
        ),
        ({"attributes": ["station"]}, 'entry.attributes holds "station", which is known already'),
        ({"attributes": ["a", "a"]}, 'entry.attributes holds "a" twice; name it once.'),
        ({"require": ["PROLIFIC_ID"]}, "which no link brings; perhaps PROLIFIC_PID is meant."),
        ({"require": ["zzz"]}, "which no link brings; add it to attributes, or use PROLIFIC_PID, STUDY_ID"),
        ({"once_per": "label"}, 'entry.once_per = "label"; use "external_id" or "none".'),
    ],
)
def test_what_no_link_brings_is_refused(tmp_path: Path, given: dict[str, Any], says: str) -> None:
    assert says in Folder(tmp_path).refusal(static("a"), entry=given)


def test_an_attribute_may_be_required(tmp_path: Path) -> None:
    made = Folder(tmp_path).load(static("a"), entry={"attributes": ["age_group"], "require": ["age_group", "seat"]})
    assert made.entry.require == ["age_group", "seat"]
