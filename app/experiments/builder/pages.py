"""The builder's scenes that are read: start, static, consent, instructions, hold, debrief and the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from app.experiments import page_scenes
from app.experiments.builder.notes import note
from app.experiments.builder.scene import Page
from app.experiments.builder.values import UNSET, file_name, put


class StartScene(Page):
    """The first page, on which a participant takes a place with Start. The game loads while they read it.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        body: `.md` or `.html` file with the page's text; or use `content`.
    """

    model: ClassVar[type[BaseModel]] = page_scenes.StartScene

    def __init__(self, scene_id: str = UNSET, *, title: str = UNSET, body: str | Path = UNSET) -> None:
        super().__init__(scene_id, title=title, body=file_name(body))


class StaticScene(Page):
    """A page that is read.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown, such as `"game.score >= 10"`; unset: always.
        body: `.md` or `.html` file with the page's text; or use `content`.
        button: words on the button, 1 to 60 characters; unset: Continue, in the study's language.
        min_time_ms: shortest time on the page in milliseconds, 0 to 3600000, after which the button opens; unset: 0.
    """

    model: ClassVar[type[BaseModel]] = page_scenes.StaticScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        button: str = UNSET,
        min_time_ms: int = UNSET,
    ) -> None:
        super().__init__(
            scene_id, title=title, show_if=show_if, body=file_name(body), button=button, min_time_ms=min_time_ms
        )


class ConsentScene(Page):
    """A page on which participants agree to take part, or leave with the reason `NO_CONSENT`.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown; unset: always.
        body: `.md` or `.html` file with what is agreed to; or use `content`.
        version: version of the text, recorded with each consent; unset: `"1"`.
        agree: words on the button that agrees; unset: those of the study's language.
        decline: words on the button that declines; unset: those of the study's language.
    """

    model: ClassVar[type[BaseModel]] = page_scenes.ConsentScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        version: str = UNSET,
        agree: str = UNSET,
        decline: str = UNSET,
    ) -> None:
        super().__init__(
            scene_id, title=title, show_if=show_if, body=file_name(body), version=version, agree=agree, decline=decline
        )


class InstructionScene(Page):
    """A page that explains a game, with the game's own keys, which light up when they are pressed.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown; unset: always.
        body: `.md` or `.html` file with the page's text; or use `content`.
        game: id of the game whose keys are shown; unset: the next game of the study.
        try_keys: `"none"` shows no keys, `"offered"` shows them, `"required"` lets participants go on once they have
            pressed each of them; unset: `"offered"`.
    """

    model: ClassVar[type[BaseModel]] = page_scenes.InstructionScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        game: str = UNSET,
        try_keys: str = UNSET,
    ) -> None:
        super().__init__(scene_id, title=title, show_if=show_if, body=file_name(body), game=game, try_keys=try_keys)


class HoldScene(Page):
    """A page on which everybody waits until the researcher lets them go on.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown; unset: always.
        body: `.md` or `.html` file with the page's text, if any; or use `content`.
        reopens: whether those who arrive after a release wait for the next one; unset: they pass at once.
    """

    model: ClassVar[type[BaseModel]] = page_scenes.HoldScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        reopens: bool = UNSET,
    ) -> None:
        super().__init__(scene_id, title=title, show_if=show_if, body=file_name(body), reopens=reopens)


class DebriefScene(Page):
    """A page after the experiment: what it was about.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        show_if: rule under which the scene is shown; unset: always.
        body: `.md` or `.html` file with the page's text; or use `content`.
        for_leavers: whether people who leave early or withdraw see it before the end; unset: they do.
    """

    model: ClassVar[type[BaseModel]] = page_scenes.DebriefScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        show_if: str = UNSET,
        body: str | Path = UNSET,
        for_leavers: bool = UNSET,
    ) -> None:
        super().__init__(scene_id, title=title, show_if=show_if, body=file_name(body), for_leavers=for_leavers)


class EndScene(Page):
    """The last page, with the completion code of the reason the participant ends for.

    Args:
        scene_id: name of the scene.
        title: heading of the page; unset: the study's title.
        body: `.md` or `.html` file with the page's text, if any; or use `content`.
        codes: completion code for each exit reason, such as `{"COMPLETED": "C1ABCDEF"}`; a reason without one shows no
            code.
        redirect: where the page leads once the data is saved: `"prolific"`, or an address in which `{code}`,
            `{reason}`, `{participant_id}` and `{label}` are filled in; unset: nowhere.
    """

    model: ClassVar[type[BaseModel]] = page_scenes.EndScene

    def __init__(
        self,
        scene_id: str = UNSET,
        *,
        title: str = UNSET,
        body: str | Path = UNSET,
        codes: Mapping[str, str] = UNSET,
        redirect: str = UNSET,
    ) -> None:
        super().__init__(scene_id, title=title, body=file_name(body), codes=codes, redirect=redirect)

    def redirect(self, url: str, append_subject_id: bool = False) -> Self:
        """Say where the page leads once the data is saved.

        Args:
            url: `"prolific"`, or an address in which `{code}`, `{reason}`, `{participant_id}` and `{label}` are filled
                in.
            append_subject_id: whether the participant's pseudonymous id is put at the address's end.
        """
        put(self.table, redirect=url + "{participant_id}" if append_subject_id else url)
        return self


class CompletionCodeScene(EndScene):
    """Interactive Gym's name for an `EndScene` with a code; accepted with a note.

    Args:
        completion_code: the code of those who completed the study. It is the same for all of them, as recruiting
            services want it.
        scene_id: name of the scene.
        settings: further settings of an `EndScene`.
    """

    def __init__(self, completion_code: str, scene_id: str = UNSET, **settings: Any) -> None:
        note('CompletionCodeScene is now EndScene(codes={"COMPLETED": ...}), with a code for each way to end.')
        super().__init__(scene_id, codes={"COMPLETED": completion_code}, **settings)
