"""The files of a study's scenes as a page may show them: Markdown and HTML made safe, questionnaires read.

A study's page contains text, pictures and links. A script of any origin, a frame or a form does not get into it.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from app.experiments.config import Experiment
from app.experiments.load_checks import variants
from app.experiments.surveys import read_survey
from app.server.domain.materials import Materials

# HTML in Markdown stays text: who wants it writes an .html file.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
#: Left out with all that is in them, because it is not text.
_WITH_CONTENT = frozenset("script style template iframe object applet noscript title svg math textarea select".split())
#: Left out, their content kept.
_ALONE = frozenset("html head body meta link base form input button option embed frame frameset param".split())
_EMPTY = frozenset("area br col hr img source track wbr".split())
_ADDRESSES = frozenset("href src poster cite background action formaction srcset data".split())
_SAFE_ADDRESS = re.compile(r"(https?:|mailto:|data:image/(png|jpeg|gif|webp);|[^:]*$|[^:]*[/?#])", re.IGNORECASE)


def render(markdown: str) -> str:
    """Return Markdown as HTML; HTML inside it is shown as text, and links lead to http(s) or mail addresses only."""
    return _MARKDOWN.render(markdown)


def clean(source: str) -> str:
    """Return an HTML file's content without anything that could act."""
    cleaner = _Cleaner()
    cleaner.feed(source)
    cleaner.close()
    return "".join(cleaner.pieces)


def read_materials(experiment: Experiment) -> Materials:
    """Return the texts and questionnaires of a study, of every condition."""
    materials = Materials()
    for variant in variants(experiment):
        for scene in variant.all_scenes:
            for name in (getattr(scene, "body", None), getattr(scene, "instructions", None)):
                if name is not None and name not in materials.bodies:
                    text = variant.text(name)
                    materials.bodies[name] = clean(text) if name.endswith(".html") else render(text)
            name = getattr(scene, "survey", None)
            if name is not None and name not in materials.surveys:
                materials.surveys[name] = read_survey(variant.folder / name)
    return materials


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _WITH_CONTENT:
            self._skipped.append(tag)
        if self._skipped or tag in _ALONE:
            return
        kept = [(name, value or "") for name, value in attrs if _is_safe(name, value or "")]
        self.pieces.append("<" + " ".join([tag, *(f'{name}="{html.escape(value)}"' for name, value in kept)]) + ">")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _WITH_CONTENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
        elif tag not in _ALONE and tag not in _EMPTY and tag not in _WITH_CONTENT:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.pieces.append(html.escape(data, quote=False))


def _is_safe(name: str, value: str) -> bool:
    if name.startswith("on") or not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in ("id", "srcdoc", "xmlns"):
        return False
    if name == "style":
        return not re.search(r"url|image|expression|[\\@]|/\*", value, re.IGNORECASE)
    # Browsers overlook blanks and control characters in the word before the colon.
    return name not in _ADDRESSES or _SAFE_ADDRESS.match(re.sub(r"[\x00-\x20]+", "", value)) is not None
