"""A study's texts are Markdown or HTML; nothing in them can act."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.experiments.config import load_experiment
from app.server.web.texts import clean, read_materials, render


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


def test_html_keeps_its_text_headings_tables_pictures_and_links() -> None:
    source = """<!doctype html><html><head><title>No</title><style>body { display: none }</style></head><body>
    <h2 class="lead">Hello &amp; welcome</h2><p>5 &lt; 6<br>next</p><table><tr><td colspan="2">x</td></tr></table>
    <a href="https://example.org/a?b=1&amp;c=2">link</a><p style="text-align: center">mid</p>
    <img src="data:image/png;base64,AAAA" alt="A pot">
    </body></html>"""
    html = clean(source)
    for kept in (
        '<h2 class="lead">Hello &amp; welcome</h2>',
        "<p>5 &lt; 6<br>next</p>",
        '<td colspan="2">x</td>',
        '<p style="text-align: center">mid</p>',
        '<a href="https://example.org/a?b=1&amp;c=2">link</a>',
        '<img src="data:image/png;base64,AAAA" alt="A pot">',
    ):
        assert kept in html
    assert "No" not in html and "display" not in html and "<body" not in html


@pytest.mark.parametrize(
    "source",
    [
        "<script>bad()</script>x",
        "<SCRIPT src=x>bad()</SCRIPT>x",
        "<img src=x onerror=bad()>x",
        "<img/onerror=bad() src=x>x",
        "<a href='javascript:bad()'>x</a>",
        "<a href=' java\tscript:bad()'>x</a>",
        "<a href='&#106;avascript:bad()'>x</a>",
        "<a href='data:text/html,bad()'>x</a>",
        "<iframe srcdoc='bad()'></iframe>x",
        "<svg><script>bad()</script></svg>x",
        "<math><a xlink:href='javascript:bad()'>y</a></math>x",
        "<form action='javascript:bad()'><button formaction='javascript:bad()'>x</button></form>",
        "<style>@import 'bad()'</style>x",
        "<meta http-equiv=refresh content='0;url=javascript:bad()'>x",
        "<object data='javascript:bad()'>y</object>x",
        "<video poster='javascript:bad()'>x</video>",
        "<p style='background:url(javascript:bad())'>x</p>",
        "<!-- <script>bad()</script> -->x",
        "<script>bad()",
        "<noscript><p title='</noscript><img src=x onerror=bad()>'></noscript>x",
    ],
)
def test_nothing_in_html_can_act(source: str) -> None:
    assert "bad" not in clean(source)


def test_the_files_of_every_condition_are_read_once(tmp_path: Path) -> None:
    for name, text in {"welcome.md": "**Hi**", "a.html": "<p>A</p><script>x</script>", "b.md": "B"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    survey = {"elements": [{"type": "text", "name": "age"}]}
    (tmp_path / "survey.json").write_text(json.dumps(survey), encoding="utf-8")
    (tmp_path / "experiment.toml").write_text(STUDY, encoding="utf-8")
    materials = read_materials(load_experiment(tmp_path))
    bodies = {"welcome.md": "<p><strong>Hi</strong></p>\n", "a.html": "<p>A</p>", "b.md": "<p>B</p>\n"}
    assert materials.bodies == bodies and materials.surveys == {"survey.json": survey}


STUDY = """
experiment = { id = "s", title = "S", master_seed = 1 }
[[scenes]]
id = "welcome"
type = "start"
body = "welcome.md"
[[scenes]]
id = "block"
type = "repeat"
n = 2
[[scenes.scenes]]
id = "page"
type = "static"
body = "a.html"
[[scenes]]
id = "questions"
type = "survey"
survey = "survey.json"
[[scenes]]
id = "end"
type = "end"
[conditions]
unit = "participant"
factors = { tone = [1, 2] }
[[conditions.overrides]]
when = { tone = 2 }
set = { "scenes.page.body" = "b.md" }
"""
