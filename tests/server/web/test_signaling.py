"""Only descriptions and candidates pass from page to page."""

from __future__ import annotations

from typing import Any

import pytest

from app.server.domain.errors import Refused
from app.server.web.signaling import clean


def test_what_a_browser_says_passes_as_it_is() -> None:
    offer = {"description": {"type": "offer", "sdp": "v=0\r\n"}}
    candidate = {
        "candidate": {"candidate": "candidate:1 1 udp", "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": None}
    }
    assert clean({**offer, "life": 2**32 - 1}) == {**offer, "life": 2**32 - 1}
    assert clean(offer) == offer and clean(candidate) == candidate and clean({"candidate": None}) == {"candidate": None}


def test_what_a_browser_would_not_have_put_there_is_taken_out() -> None:
    assert clean({"description": {"type": "answer", "sdp": "v=0", "html": "<b>"}}) == {
        "description": {"type": "answer", "sdp": "v=0"}
    }
    assert clean({"candidate": {"candidate": "c", "run": "me"}}) == {"candidate": {"candidate": "c"}}


@pytest.mark.parametrize(
    "data",
    [
        {"description": "v=0"},
        {"description": {"type": "other", "sdp": ""}},
        {"description": {"type": "offer", "sdp": 5}},
        {"candidate": "text"},
        {"candidate": None, "life": -1},
        {"candidate": None, "life": "x"},
        {"candidate": {}},
        {"candidate": {"candidate": "c", "sdpMid": {"a": 1}}},
    ],
)
def test_anything_else_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        clean(data)
