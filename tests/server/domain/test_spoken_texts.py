"""What the server says to participants is in the study's language and words, and in those of their condition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from app.experiments.config import Experiment
from app.experiments.plan import unfold
from app.server.domain.flow import Flow
from app.server.domain.materials import Materials
from app.server.domain.participants import Participant

CONDITIONS = {
    "unit": "participant",
    "factors": {"tone": ["plain", "warm", "french"]},
    "overrides": [
        {"when": {"tone": "warm"}, "set": {"texts.buttons.continue": "Gern weiter"}},
        {"when": {"tone": "french"}, "set": {"experiment.language": "fr", 'texts."buttons.continue"': "Suite"}},
    ],
}


def study(**changes: Any) -> Experiment:
    return Experiment.model_validate(
        {
            "experiment": {"id": "study", "title": "Die Studie", "master_seed": 7, "language": "de"},
            "scenes": [
                {"id": "welcome", "type": "start", "body": "welcome.md"},
                {"id": "consent", "type": "consent", "body": "consent.md"},
                {"id": "page", "type": "static", "body": "page.md"},
                {"id": "opinion", "type": "feedback"},
                {"id": "end", "type": "end"},
            ],
            **changes,
        }
    )


def person_in(experiment: Experiment, step_id: str, **changes: Any) -> Participant:
    person = Participant("p1", "t", "P001", 0, unfold(experiment, np.random.default_rng(1)), **changes)
    position = person.position_of(step_id)
    assert position is not None
    person.position = position
    return person


def shown(experiment: Experiment, step_id: str, **changes: Any) -> dict[str, Any]:
    flow = Flow(experiment, Materials())
    return flow.view(person_in(experiment, step_id, **changes))


def test_buttons_questions_and_the_end_are_in_the_study_s_language() -> None:
    experiment = study()
    assert Flow(experiment, Materials()).first_view()["scene"]["button"] == "Starten"
    assert shown(experiment, "page")["scene"]["button"] == "Weiter"
    assert shown(experiment, "consent")["content"]["decline"] == "Ich stimme nicht zu"
    rating = shown(experiment, "opinion")["content"]["survey"]["elements"][0]
    assert (rating["title"], rating["maxRateDescription"]) == ("Wie ist es gelaufen?", "sehr gut")
    assert shown(experiment, "end", exit_reason="WITHDRAWN")["end"]["message"].startswith("Sie haben die Studie auf")


def test_a_study_s_own_words_are_said_instead() -> None:
    experiment = study(texts={"buttons": {"start": "Los geht’s"}, "reasons.COMPLETED": "Fertig!"})
    assert Flow(experiment, Materials()).first_view()["scene"]["button"] == "Los geht’s"
    assert shown(experiment, "end")["end"]["message"] == "Fertig!"
    assert "texts" not in shown(experiment, "page"), "the page has the study's texts already"


def test_a_condition_s_words_and_language_come_with_the_view() -> None:
    experiment = study(conditions=CONDITIONS)
    assert "texts" not in shown(experiment, "page", condition={"tone": "plain"})
    warm = shown(experiment, "page", condition={"tone": "warm"})
    assert (warm["scene"]["button"], warm["language"]) == ("Gern weiter", "de")
    assert warm["texts"] == {"buttons.continue": "Gern weiter"}
    french = shown(experiment, "page", condition={"tone": "french"})
    assert (french["scene"]["button"], french["language"]) == ("Suite", "fr")
    assert french["texts"]["buttons.leave"] == "Leave", "there is no French catalogue, so it is English"


def test_a_text_that_does_not_exist_is_found_when_the_study_is_read() -> None:
    with pytest.raises(ValidationError, match="perhaps buttons.start is meant"):
        study(texts={"buttons.strat": "Go"})
