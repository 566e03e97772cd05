"""Every recorded and exported column, declared once: the store's checks, CSV headers, `dataset_description.json`,
`compare` and the tables in docs/data.md all come from here.

A name may be a pattern: `<seat>` stands for an agent id of the environment, `<key>` and `<i>` for a declared key of
`info` and a position in the observation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Column:
    """One declared column.

    Attributes:
        name: the name, or a pattern with `<seat>`, `<key>` or `<i>`.
        type: integer, number, boolean, text, time, or json (a list or table written as JSON in the cell).
        unit: unit of a number, else an empty string.
        missing: what an empty cell means.
        meaning: what the value says, in a sentence.
    """

    name: str
    type: str
    unit: str
    missing: str
    meaning: str


_NEVER = "never empty"

CANONICAL_COLUMNS = (
    Column("episode", "integer", "", _NEVER, "Number of the episode within the match, from 0."),
    Column("frame", "integer", "frames", _NEVER, "Number of the step within the episode, from 0."),
    Column(
        "action.<seat>", "json", "", _NEVER,
        "Action the seat's environment step was taken with: a whole number, or a list of numbers.",
    ),
    Column("reward.<seat>", "number", "reward", "no reward was given", "Reward of this step."),
    Column("terminated.<seat>", "boolean", "", "not given", "The environment reached a terminal state for the seat."),
    Column("truncated.<seat>", "boolean", "", "not given", "The episode was cut for the seat, as at max_steps."),
    Column("info.<key>.<seat>", "json", "", "the key was absent", "A declared key of the environment's info."),
    Column("obs.<i>.<seat>", "number", "", "the seat has no observation", "One number of the flattened observation."),
    Column(
        "is_focused.<seat>", "boolean", "", "not known",
        "The participant's page had the focus when the action was sampled; it travels with the action.",
    ),
    Column("status.<seat>", "text", "", "not known", "Who acted: present, disconnected or bot."),
    Column(
        "state_hash", "text", "", "this frame is not on the grid of hashed frames",
        "Hash of the environment's state at this frame, 16 hexadecimal digits.",
    ),
)  # fmt: skip

SEAT_LOCAL_COLUMNS = (
    Column(
        "was_predicted", "json", "", "not known",
        "Seats whose input was predicted when this seat first stepped the frame, or whether any was.",
    ),
    Column("rollback_depth", "integer", "frames", "no rollback", "Frames stepped again when this one was corrected."),
    Column("ping_ms", "json", "ms", "not measured", "Round-trip time to the partner."),
    Column("connection_type", "json", "", "not known", "Path to the partner: direct, turn or server."),
    Column("time_utc", "time", "", "not known", "Time of this computer's clock at which the frame was stepped."),
    Column("server_time_ms", "number", "ms", "no estimate yet", "The server's clock then, estimated, since 1970."),
    Column("monotonic_ms", "number", "ms", "not known", "The page's monotonic clock when the frame was stepped."),
    Column("input_to_step_ms", "number", "ms", "no new key", "From the key event to the step that used it."),
    Column("input_to_paint_ms", "number", "ms", "no new key", "From the key event to its frame being painted."),
)  # fmt: skip

MATCH_COLUMNS = (
    Column("match_id", "text", "", _NEVER, "Identity of the match."),
    Column("trial", "integer", "", _NEVER, "Number of the match in the study, from 1, as in the names of files."),
    Column("session_id", "text", "", _NEVER, "Session in which the match was played."),
    Column("session_kind", "text", "", _NEVER, "Kind of that session: test, pilot or live."),
    Column("experiment_version", "integer", "", _NEVER, "Version of the experiment in that session."),
    Column("config_hash", "text", "", _NEVER, "SHA-256 of the experiment's file."),
    Column("environment_hash", "text", "", "not known", "SHA-256 of the environment's files."),
    Column("app_version", "text", "", _NEVER, "Version of the program."),
    Column("scene_id", "text", "", _NEVER, "Game scene the match belongs to."),
    Column("matchmaker", "json", "", "not recorded", "Rule that put the seats together."),
    Column("state", "text", "", "not started", "WAITING, MATCHED, VALIDATING, PLAYING or ENDED."),
    Column("created_utc", "time", "", _NEVER, "When the match was made."),
    Column("started_utc", "time", "", "not started", "When its first episode began."),
    Column("ended_utc", "time", "", "not ended", "When it ended."),
    Column("end_reason", "text", "", "not ended", "Why it ended: COMPLETED, PARTNER_LEFT, TECH_PROBLEM."),
    Column("left_seat", "json", "", "nobody left", "Seat that left."),
    Column("connections", "json", "", "not recorded", "How the seats were connected."),
    Column("episode_seeds", "json", "", _NEVER, "Seed of every episode."),
    Column("config", "json", "", "not recorded", "Settings the match was played with."),
    Column("role.<seat>", "text", "", "no such seat", "Role of the seat."),
    Column("participant_id.<seat>", "text", "", "no such seat, or nobody in it", "Participant in the seat."),
    Column("frames_recorded.<seat>", "integer", "frames", "no such seat", "Frames stored for the seat."),
    Column(
        "frames_missing.<seat>", "text", "", "no frame is missing",
        "Frames not stored for the seat that are known to exist, as episode:first-last, separated by spaces.",
    ),
    Column(
        "frames_skipped.<seat>", "text", "", "no frame was skipped",
        "Frames the seat has no rows of, for its page was loaded again and went on from another seat's state, compared "
        "by hash; other seats hold their rows. As episode:first-last, separated by spaces.",
    ),
    Column("file.<seat>", "text", "", "nothing was stored", "File with the frames of the seat."),
    Column("report.<seat>", "json", "", "no report came", "Statistics the seat's page sent at the end."),
    Column(
        "complete", "boolean", "", _NEVER,
        "The match ended and every seat holds the same frames without a gap, all episodes when it was completed.",
    ),
    Column("records_agree", "boolean", "", "fewer than two seats", "The seats' canonical columns agree so far."),
    Column(
        "first_disagreement", "json", "", "none",
        "Episode, frame, column, seats and values of the first difference; `part` of the state, where pages told.",
    ),
)  # fmt: skip

PARTICIPANT_COLUMNS = (
    Column("participant_id", "text", "", _NEVER, "Pseudonymous identity of the participant."),
    Column("session_id", "text", "", _NEVER, "Session the participant took part in."),
    Column("session_kind", "text", "", _NEVER, "Kind of that session: test, pilot or live."),
    Column("label", "text", "", "none given", "Label of the participant or the station, as PC07."),
    Column("status", "text", "", "not known", "How far the participant came."),
    Column("exit_reason", "text", "", "still taking part", "Why the participation ended."),
    Column("completion_code", "text", "", "none shown", "Code shown at the end."),
    Column("created_utc", "time", "", _NEVER, "When the participant pressed Start."),
    Column("ended_utc", "time", "", "still taking part", "When the participation ended."),
    Column("matches", "integer", "", _NEVER, "Number of matches the participant had a seat in."),
    Column("attribute.<key>", "json", "", "the participant lacks it", "An attribute of the participant."),
)  # fmt: skip

FRAME_COLUMNS = CANONICAL_COLUMNS + SEAT_LOCAL_COLUMNS


def declared(name: str, columns: Iterable[Column], seats: Collection[str] | None = None) -> Column | None:
    """Return the declaration a column's name falls under, or None.

    Args:
        name: name as in a header.
        columns: the declarations to search.
        seats: the seats there are; None accepts any.
    """
    for column in columns:
        found = _pattern(column.name).fullmatch(name)
        if found and (seats is None or found.groupdict().get("seat") is None or found["seat"] in seats):
            return column
    return None


def is_canonical(name: str) -> bool:
    """Whether this column must be identical in every seat's record of a match."""
    return declared(name, CANONICAL_COLUMNS) is not None


def variable_measured(columns: Iterable[Column], names: Iterable[str]) -> list[dict[str, Any]]:
    """Return `variableMeasured` of dataset_description.json for the names that occur in a table, in their order."""
    table = tuple(columns)
    variables = []
    for name in names:
        column = declared(name, table)
        if column is None:
            raise AssertionError(f"column {name} is written but not declared in exports/columns.py")
        variable = {"@type": "PropertyValue", "name": name, "description": _description(column)}
        if column.unit:
            variable["unitText"] = column.unit
        variables.append(variable)
    return variables


def markdown_table(columns: Iterable[Column]) -> str:
    """Return the declarations as the table that stands in docs/data.md."""
    lines = ["| column | type | unit | empty means | meaning |", "|---|---|---|---|---|"]
    lines += [f"| `{c.name}` | {c.type} | {c.unit} | {c.missing} | {c.meaning} |" for c in columns]
    return "\n".join(lines)


def _description(column: Column) -> str:
    return f"{column.meaning} Type: {column.type}. Empty: {column.missing}."


@cache
def _pattern(name: str) -> re.Pattern[str]:
    # A key of info may hold dots, a seat may not: the last part of a name is the seat.
    parts = {"<seat>": r"(?P<seat>[^.]+)", "<key>": r"(?P<key>.+)", "<i>": r"(?P<i>[0-9]+)"}
    return re.compile("".join(parts.get(part, re.escape(part)) for part in re.split(r"(<[a-z]+>)", name)), re.DOTALL)


if __name__ == "__main__":
    for title, group in (
        ("Canonical", CANONICAL_COLUMNS), ("Seat-local", SEAT_LOCAL_COLUMNS),
        ("Matches", MATCH_COLUMNS), ("Participants", PARTICIPANT_COLUMNS),
    ):  # fmt: skip
        print(f"### {title}\n\n{markdown_table(group)}\n")
