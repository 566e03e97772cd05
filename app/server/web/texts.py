"""The texts of a study: Markdown files of the researcher's folder to HTML that a page may show as it stands."""

from __future__ import annotations

from markdown_it import MarkdownIt

from app.experiments.config import Experiment

# HTML in the text stays text: a study's page contains nothing but what Markdown can say, so no script of any origin.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render(markdown: str) -> str:
    """Return Markdown as HTML; HTML inside it is shown as text, and links lead to http(s) or mail addresses only."""
    return _MARKDOWN.render(markdown)


def scene_html(experiment: Experiment) -> dict[str, str]:
    """Return the text of every scene by its id."""
    texts = {}
    for scene in experiment.scenes:
        name = getattr(scene, "body", None) or getattr(scene, "instructions", None)
        texts[scene.id] = render(experiment.text(name))
    return texts
