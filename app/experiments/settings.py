"""The small tables of `experiment.toml`: which study, which environment, how browsers meet. Used by config.py."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from app.experiments.names import OBJECT_PATTERN
from app.experiments.section import Section, use


class Identity(Section):
    """`[experiment]`: which study this is."""

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$",
        description="short name of the study and of its folder below data/",
        json_schema_extra=use("lower-case letters, digits and hyphens, 1 to 64 of them"),
    )
    title: str = Field(
        min_length=1, max_length=200, description="what participants and researchers see as the study's name",
        json_schema_extra=use("1 to 200 characters"),
    )  # fmt: skip
    version: int = Field(default=1, ge=1, description="the study's own version, recorded with every session")
    master_seed: int = Field(
        ge=0,
        description="the number every random decision of the study is drawn from: conditions, orders, roles and "
        "episode seeds",
    )
    language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="language of the participants' texts",
        json_schema_extra=use('a language tag such as "en", "de" or "pt-BR"'),
    )  # fmt: skip


class Environment(Section):
    """`[environment]`: the Gymnasium environment that is played."""

    factory: str = Field(
        default="environment:make_env",
        pattern=f"^{OBJECT_PATTERN}$",
        description="module:function in the experiment's folder; called as make_env(**config), and with condition, "
        "roles and answers if it has parameters of these names",
        json_schema_extra=use('module:function, such as "environment:make_env"'),
    )
    config: dict[str, Any] = Field(default_factory=dict, description="keyword arguments of the factory")
    packages: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*$")]] = (
        Field(
            default_factory=list,
            description="pure Python packages the environment needs, as name==version; fetched once and served locally",
            json_schema_extra=use('name==version, such as "cogrid==0.3.2"'),
        )
    )
    runs: Literal["browser"] = Field(default="browser", description="where the environment is stepped")
    answers: list[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*\.[A-Za-z_][A-Za-z0-9_]*$")]] = Field(
        default_factory=list,
        description="earlier answers the environment is told, of every seat, as scene.question; it gets no others",
        json_schema_extra=use('scene.question, such as "questions.skill"'),
    )


class IceServer(Section):
    """One STUN or TURN server, as a browser's RTCPeerConnection takes it."""

    urls: list[str] = Field(min_length=1, description='addresses such as "stun:192.168.1.5:3478"')
    username: str | None = Field(default=None, description="TURN user name")
    credential: str | None = Field(default=None, description="TURN password")


class WebRtc(Section):
    """`[webrtc]`: how browsers find a way to each other."""

    ice_servers: list[IceServer] = Field(default_factory=list, description="STUN and TURN servers; none on a LAN")
    force_relay: bool = Field(default=False, description="use TURN servers only, so that partners learn no address")
