"""Every event is declared, and the busy ones stay out of the journal."""

from __future__ import annotations

import pytest

from app.server.domain.events import MEANINGS, NOT_JOURNALLED, Event


def test_an_event_without_a_meaning_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="not declared"):
        Event("something_else", "", 0, {})


def test_what_is_left_out_of_the_journal_is_an_event() -> None:
    assert MEANINGS.keys() >= NOT_JOURNALLED
    assert not Event("status_reported", "", 0, {}).journalled
    assert Event("match_ended", "", 0, {}).journalled
