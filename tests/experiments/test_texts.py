"""What participants read: the catalogues, what a study changes of them, and that all of it is used."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import paths
from app.experiments.config import load_experiment
from app.experiments.errors import InputError
from app.experiments.names import EXIT_REASONS
from app.experiments.texts import Texts, own_texts

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = paths.app_dir() / "experiments" / "texts"
LANGUAGES = sorted(file.stem for file in CATALOGUES.glob("*.toml"))
PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLURAL = re.compile(r"\.(one|other)$")

JS_KEY = re.compile(r"""["'`]([a-z_]+(?:\.(?:\w|\$\{[^}]*\})+)+)["'`]""")
JS_HOLE = re.compile(r"\$\{[^}]*\}")
#: Answers to the researcher's page, and to pages that do not keep to the rules of the line: no participant of a proper
#: page meets them.
FOR_PROGRAMS = frozenset(
    """asked_before bad_message bad_part bad_signal match_over no_such_hold no_such_match no_such_participant
    no_such_question no_such_scene no_such_seat not_donating not_done not_over not_playing not_rejoining not_started
    not_there_yet not_your_match nothing_asked nothing_to_agree other_environment other_episode too_many_datagrams
    unknown_message wrong_scene wrong_seats""".split()
)


def catalogue(language: str) -> dict[str, str]:
    return Texts.load(language).as_dict()


# -- the catalogues ------------------------------------------------------------------------------------------------


def test_every_language_has_every_text_with_the_same_placeholders() -> None:
    assert {"de", "en"} <= set(LANGUAGES)
    english = catalogue("en")
    for language in LANGUAGES:
        own = own_texts(tomllib.loads((CATALOGUES / f"{language}.toml").read_text(encoding="utf-8")))
        assert own.keys() == english.keys()
        values = {key: set(PLACEHOLDER.findall(text)) for key, text in own.items()}
        assert values == {key: set(PLACEHOLDER.findall(text)) for key, text in english.items()}
        assert Texts.load(language).missing == () and Texts.load(language).notes() == []


def test_a_plural_has_both_its_forms_and_says_its_number_by_count() -> None:
    texts = catalogue("en")
    stems = {PLURAL.sub("", key) for key in texts if PLURAL.search(key)}
    assert "waiting.missing" in stems
    for stem in stems:
        assert f"{stem}.one" in texts and "{count}" in texts[f"{stem}.other"]


def test_german_addresses_people_politely_and_leaves_no_english_behind() -> None:
    german, english = catalogue("de"), catalogue("en")
    assert not [text for text in german.values() if re.search(r"\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]eine?[mnrs]?)\b", text)]
    same = {key for key in english if german[key] == english[key]}
    # Words and signs that are the same in both languages.
    assert {key.partition(".")[0] for key in same} <= {"keys", "gamepad", "duration", "loading"}


def test_everybody_who_ends_is_told_why_in_words() -> None:
    assert {key.removeprefix("reasons.") for key in catalogue("en") if key.startswith("reasons.")} == set(EXIT_REASONS)


# -- what the code says --------------------------------------------------------------------------------------------


def keys_in_the_page() -> Iterator[tuple[str, str]]:
    """Every literal of the page's sources that looks like a key, as a pattern, with its file."""
    tables = {key.partition(".")[0] for key in catalogue("en")}
    for path in sorted((ROOT / "participant_client").rglob("*.js")):
        if "vendor" in path.parts or path.name == "first_words.js":
            continue
        for key in JS_KEY.findall(path.read_text(encoding="utf-8")):
            if key.partition(".")[0] in tables:
                yield r"\w+".join(re.escape(part) for part in JS_HOLE.split(key)), path.name


def keys_on_the_server() -> Iterator[tuple[str, str]]:
    """Every key that Python says, as a pattern, with its file; and those it has ready to be said."""
    keys = set(catalogue("en"))
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in keys:
                yield re.escape(str(node.value)), path.name
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and node.args:
                yield from ((pattern, path.name) for pattern in said_by(node.args[0]))


def said_by(key: ast.expr) -> list[str]:
    if isinstance(key, ast.JoinedStr):
        parts = [re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in key.values]
        return ["".join(map(str, parts))]
    texts = [node.value for node in ast.walk(key) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [re.escape(text) for text in texts]


def test_every_text_that_the_code_says_exists_and_every_text_is_said() -> None:
    stems = {PLURAL.sub("", key) for key in catalogue("en")}
    said = [*keys_in_the_page(), *keys_on_the_server()]
    patterns = {pattern for pattern, _ in said}
    assert {r"waiting\.missing", r"reasons\.\w+"} <= patterns, "the sources are read"
    unknown = [f"{file}: {pattern}" for pattern, file in said if not any(re.fullmatch(pattern, stem) for stem in stems)]
    assert unknown == []
    unused = [stem for stem in sorted(stems) if not any(re.fullmatch(pattern, stem) for pattern in patterns)]
    assert unused == []


def test_no_screen_has_words_of_its_own() -> None:
    """Words between tags, in labels or in sentences of a screen's source stand in no catalogue."""
    unseen = re.compile(r"/\*.*?\*/|^\s*//[^\n]*$|console\.\w+\([^;]*;", re.DOTALL | re.MULTILINE)
    own = (
        re.compile(r'(?:aria-label|title|label|placeholder|alt)="[^"]*[A-Za-z]'),
        re.compile(r"(?<![=-])>([^<>$`{}=;()]*[A-Za-z]{2}[^<>$`{}=;()]*)(?=[<$])"),
        re.compile(r"""["'`][A-Z][a-z’]* [^"'`]*["'`]"""),
    )
    found = []
    for path in sorted((ROOT / "participant_client" / "screens").glob("*.js")):
        source = unseen.sub("", path.read_text(encoding="utf-8")) if path.name != "first_words.js" else ""
        found += [f"{path.name}: {hit.strip()}" for pattern in own for hit in pattern.findall(source)]
    assert found == []


def test_whoever_is_refused_reads_why_unless_only_a_broken_page_can_be() -> None:
    codes = {
        code
        for path in (ROOT / "app" / "server").rglob("*.py")
        for code in re.findall(r'Refused\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert "closed" in codes
    known = {key.removeprefix("refusals.") for key in catalogue("en") if key.startswith("refusals.")}
    assert codes - known - FOR_PROGRAMS == set(), "give these a text in refusals, or say that they are for programs"
    assert known - codes == {"silent", "unknown"}, "these are refused nowhere"


# -- what a study changes ------------------------------------------------------------------------------------------


def test_a_language_of_the_study_s_own_falls_back_to_english_and_says_so(tmp_path: Path) -> None:
    words = '[waiting]\npartner = "En attente"\nmissing.one = "Encore une personne."\n[buttons]\ncontinue = "Suite"\n'
    (tmp_path / "texts.fr.toml").write_text(words, encoding="utf-8")
    texts = Texts.load("fr", tmp_path)
    assert (texts.language, texts.say("waiting.partner")) == ("fr", "En attente")
    assert texts.say("waiting.missing", count=1) == "Encore une personne."
    assert texts.say("waiting.missing", count=2) == "We are waiting for 2 more people to join."
    assert texts.say("buttons.leave") == "Leave" and "buttons.leave" in texts.missing
    (note,) = texts.notes()
    assert note.startswith("texts.fr.toml: ") and "page.study" in note and "texts are missing" in note
    assert "texts.pt.toml" in Texts.load("pt", tmp_path).notes()[0]


def test_a_regional_language_builds_on_its_language(tmp_path: Path) -> None:
    (tmp_path / "texts.de-AT.toml").write_text('[start]\nwelcome = "Servus"\n', encoding="utf-8")
    texts = Texts.load("de-AT", tmp_path)
    assert (texts.say("start.welcome"), texts.say("buttons.continue"), texts.missing) == ("Servus", "Weiter", ())
    assert Texts.load("en-GB").notes() == []


def test_a_language_may_have_more_plural_forms_than_english(tmp_path: Path) -> None:
    (tmp_path / "texts.pl.toml").write_text('[waiting]\nmissing.few = "{count} osoby"\n', encoding="utf-8")
    assert Texts.load("pl", tmp_path).as_dict()["waiting.missing.few"] == "{count} osoby"


def test_a_study_says_single_texts_its_own_way_and_a_condition_others() -> None:
    texts = Texts.load("en", None, {"waiting": {"partner": "A cook is on the way"}, "buttons.leave": "Go home"})
    assert (texts.say("waiting.partner"), texts.say("buttons.leave")) == ("A cook is on the way", "Go home")
    there = texts.under({"waiting": {"partner": "Patience"}, "buttons.leave": "Go home"})
    assert there.other_than(texts) == {"waiting.partner": "Patience"} and texts.other_than(texts) == {}
    assert texts.say("waiting.partner") == "A cook is on the way"
    assert "waiting.partner" not in Texts.load("fr", None, {"waiting.partner": "On attend"}).missing


def test_values_take_their_places_and_what_has_none_stays() -> None:
    texts = Texts.load("en")
    assert texts.say("waiting.presence", present=1, needed=2) == "1 of 2 people are here"
    assert texts.say("waiting.presence", present=1) == "1 of {needed} people are here"


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (
            {"loading": {"titel": "x", "bar": "y"}},
            "experiment.toml: texts.loading.titel is not a known text; perhaps loading.title is meant.",
        ),
        ({"start.xyz": "x"}, "texts.start.xyz is not a known text; the texts of start are welcome."),
        ({"begin": "x"}, "texts.begin is not a known text; the tables of texts are page, buttons, start, "),
        ({"buttons.contniue": "x"}, "texts.buttons.contniue is not a known text; perhaps buttons.continue is meant."),
        ({"buttons": {"continue": 3}}, "texts.buttons.continue = 3; write a text in quotation marks."),
        ({"buttons": {"continue": " "}}, "texts.buttons.continue = ' '; write a text in quotation marks."),
        (
            {"waiting.presence": "{presnt} here"},
            "texts.waiting.presence has {presnt}, which stands for nothing there; use {present} or {needed}.",
        ),
        ({"buttons.leave": "Go {name}"}, "texts.buttons.leave has {name}, which stands for nothing there; remove it."),
    ],
)
def test_a_text_that_cannot_be_used_is_named_with_its_remedy(overrides: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        Texts.load("en", None, overrides)
    assert sentence in str(caught.value)


def test_a_file_that_cannot_be_used_is_named_with_its_remedy(tmp_path: Path) -> None:
    file = tmp_path / "texts.fr.toml"
    for content, sentence in (
        (b"[buttons]\nstop = 'Arr\xeat'\n", "texts.fr.toml: byte 22 is not UTF-8; save the file as UTF-8."),
        (b"[buttons\n", "correct the TOML there."),
        (
            b'[buttons]\nstrat = "Go"\n',
            "texts.fr.toml: buttons.strat is not a known text; perhaps buttons.start is meant.",
        ),
    ):
        file.write_bytes(content)
        with pytest.raises(InputError) as caught:
            Texts.load("fr", tmp_path)
        assert str(caught.value).startswith("texts.fr.toml: ") and sentence in str(caught.value)


EXPERIMENT = """
[experiment]
id = "study"
title = "La cuisine"
master_seed = 1
language = "fr"

[texts]
buttons.start = "Allons-y"

[[scenes]]
id = "welcome"
type = "start"
body = "welcome.md"

[[scenes]]
id = "opinion"
type = "feedback"

[[scenes]]
id = "end"
type = "end"
"""


def test_a_study_is_loaded_with_its_words_and_their_mistakes_are_told(tmp_path: Path) -> None:
    (tmp_path / "welcome.md").write_text("Bonjour", encoding="utf-8")
    (tmp_path / "texts.fr.toml").write_text('[buttons]\nstart = "Commencer"\ncontinue = "Suite"\n', encoding="utf-8")
    (tmp_path / "experiment.toml").write_text(EXPERIMENT, encoding="utf-8")
    words = load_experiment(tmp_path).words
    assert (words.language, words.say("buttons.start"), words.say("buttons.continue")) == ("fr", "Allons-y", "Suite")
    (tmp_path / "experiment.toml").write_text(EXPERIMENT.replace("buttons.start", "button.start"), encoding="utf-8")
    with pytest.raises(InputError, match=r"experiment\.toml: texts\.button\.start is not a known text; the tables of"):
        load_experiment(tmp_path)
    (tmp_path / "experiment.toml").write_text(EXPERIMENT, encoding="utf-8")
    (tmp_path / "texts.fr.toml").write_text('[buttons]\nstar = "Commencer"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"texts\.fr\.toml: buttons\.star is not a known text; perhaps buttons\.start"):
        load_experiment(tmp_path)
