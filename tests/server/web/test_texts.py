"""A study's texts are Markdown; nothing in them can act."""

from __future__ import annotations

import pytest

from app.server.web.texts import render


def test_markdown_becomes_html() -> None:
    assert render("**Your task:** cook") == "<p><strong>Your task:</strong> cook</p>\n"
    assert "<table>" in render("| Key | Act |\n| --- | --- |\n| W | take |")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "Hello <img src=x onerror=alert(1)>",
        "[press](javascript:alert(1))",
        "[press](vbscript:x)",
        "![x](data:text/html;base64,AAAA)",
    ],
)
def test_what_could_act_stays_text(text: str) -> None:
    html = render(text)
    assert "<script" not in html and "<img" not in html and 'href="' not in html
