"""Every recorded and exported column, declared once: the store's checks, CSV headers, `dataset_description.json`,
`compare` and the tables in docs/data.md all come from here.

A name may be a pattern: `<seat>` stands for an agent id of the environment, `<key>` and `<i>` for a declared key of
`info` and a position in the observation, `<factor>` for a factor of the design, `<repeat>` for the id of a repeat.
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
        name: the name, or a pattern with `<seat>`, `<key>`, `<i>`, `<factor>` or `<repeat>`.
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
    Column(
        "step_id", "text", "", "not recorded",
        "Step of the participants' plans the match was played in: the scene's id, and the runs of repeats around it.",
    ),
    Column("condition.<factor>", "json", "", "no condition", "Level of the factor the match was played under."),
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
    Column(
        "left_out.<seat>", "boolean", "", "no such seat, or nobody in it",
        "The participant asked for their data to be deleted: file and report are empty, as are the cells of this seat "
        "in the other seats' files and the values of a disagreement.",
    ),
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
    Column("experiment_version", "integer", "", _NEVER, "Version of the experiment in that session."),
    Column("config_hash", "text", "", _NEVER, "SHA-256 of the experiment's file."),
    Column("environment_hash", "text", "", "not known", "SHA-256 of the environment's files."),
    Column("app_version", "text", "", _NEVER, "Version of the program."),
    Column("number", "integer", "", "not recorded", "Counts the study's participants, from 0; fixes the plan."),
    Column(
        "label", "text", "", "none given, or left out on request", "Label of the participant or the station, as PC07."
    ),
    Column("group_id", "text", "", "no condition was given to a group", "Group that was given a condition together."),
    Column(
        "condition.<factor>", "json", "", "no condition",
        "Level of the factor the participant was under last; the tables of matches and surveys have that of each row.",
    ),
    Column("plan", "json", "", "not recorded", "Steps of the participant's own way through the study, in their order."),
    Column("position", "integer", "", "not recorded", "Place in the plan the participant came to, from 0."),
    Column("consent_version", "text", "", "did not consent", "Version of the consent text agreed to."),
    Column("consented_utc", "time", "", "did not consent", "When the participant agreed to it."),
    Column("status", "text", "", "not known", "How far the participant came."),
    Column("exit_reason", "text", "", "still taking part", "Why the participation ended."),
    Column("exit_scene", "text", "", "came to the end, or is still taking part", "Step in which the participant left."),
    Column(
        "data_wish", "text", "", "did not withdraw",
        "Wish of who withdrew: keep, or delete; of who wished delete no answer, frame, label or attribute is exported.",
    ),
    Column("completion_code", "text", "", "none shown", "Code shown at the end."),
    Column("created_utc", "time", "", _NEVER, "When the participant pressed Start."),
    Column("ended_utc", "time", "", "still taking part", "When the participation ended."),
    Column("matches", "integer", "", _NEVER, "Number of matches the participant had a seat in."),
    Column(
        "attribute.<key>", "json", "", "the participant lacks it, or left out on request",
        "An attribute of the participant.",
    ),
)  # fmt: skip

SURVEY_COLUMNS = (
    Column("participant_id", "text", "", _NEVER, "Participant who answered."),
    Column("label", "text", "", "none given", "Label of the participant or the station, as PC07."),
    Column("session_id", "text", "", _NEVER, "Session the participant took part in."),
    Column("session_kind", "text", "", _NEVER, "Kind of that session: test, pilot or live."),
    Column(
        "step_id", "text", "", _NEVER,
        "Step of the participant's plan: the scene's id, and the runs of the repeats around it.",
    ),
    Column("scene_id", "text", "", _NEVER, "Survey, quiz or feedback scene."),
    Column("run.<repeat>", "integer", "", "the scene is not in it", "Run of a repeat around the scene, from 1."),
    Column("condition.<factor>", "json", "", "no condition", "Level of the factor the question was answered under."),
    Column("question", "text", "", _NEVER, "Name of the question in the survey's file."),
    Column("question_title", "text", "", "not told by the page", "Text of the question as it was shown."),
    Column("type", "text", "", "not told by the page", "Type of the question, by SurveyJS's names."),
    Column("order_shown", "integer", "", "not told by the page", "Place in which the question was shown, from 1."),
    Column(
        "answer_row", "text", "", "the question has no rows",
        "Row of a matrix or item of a multiple text; the number of the row, from 1, where people add rows.",
    ),
    Column("answer_column", "text", "", "the rows have no columns", "Column of a matrix with several cells a row."),
    Column("answer", "json", "", "shown, but not answered", "The answer: a text, number, boolean, or list of choices."),
    Column("attempt", "integer", "", _NEVER, "Number of the attempt, from 1; only a quiz has more than one."),
    Column("correct", "boolean", "", "the question has no right answer", "The answer to the whole question is right."),
    Column(
        "rt_ms", "number", "ms", "not measured",
        "From showing the question to the last change of its answer, by the page's monotonic clock.",
    ),
    Column("answered_utc", "time", "", _NEVER, "When the server received the answers of the scene."),
)  # fmt: skip

ALLOCATION_COLUMNS = (
    Column("unit", "text", "", _NEVER, "What was given a condition: a group or a participant."),
    Column("unit_id", "text", "", _NEVER, "Its group_id or participant_id in the table of participants."),
    Column("unit_number", "integer", "", _NEVER, "Counts the study's units, from 0; with the seed it fixes the cells."),
    Column("session_id", "text", "", _NEVER, "Session in which it was given."),
    Column("session_kind", "text", "", _NEVER, "Kind of that session: test, pilot or live."),
    Column("method", "text", "", _NEVER, "How the conditions are given out: block, latin_square or list."),
    Column("place", "integer", "", _NEVER, "Place of the cell in the unit's order, from 1; the run of a latin square."),
    Column("condition.<factor>", "json", "", "no such factor", "Level of the factor in this cell."),
    Column("allocated_utc", "time", "", _NEVER, "When it was given."),
)  # fmt: skip

EXTERNAL_ID_COLUMNS = (
    Column("participant_id", "text", "", _NEVER, "Pseudonymous identity of the participant."),
    Column("external_id_name", "text", "", _NEVER, "Kind of the id, as PROLIFIC_PID."),
    Column("external_id", "text", "", _NEVER, "Who the participant is elsewhere; says who people are."),
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


def seat_of(name: str) -> str | None:
    """Return the seat that a canonical column speaks of, None when it speaks of all or is another column."""
    for column in CANONICAL_COLUMNS:
        found = _pattern(column.name).fullmatch(name)
        if found:
            return found.groupdict().get("seat")
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
    parts |= {"<factor>": r"(?P<factor>.+)", "<repeat>": r"(?P<repeat>.+)"}
    return re.compile("".join(parts.get(part, re.escape(part)) for part in re.split(r"(<[a-z]+>)", name)), re.DOTALL)


if __name__ == "__main__":
    for title, group in (
        ("Canonical", CANONICAL_COLUMNS), ("Seat-local", SEAT_LOCAL_COLUMNS),
        ("Matches", MATCH_COLUMNS), ("Participants", PARTICIPANT_COLUMNS), ("Surveys", SURVEY_COLUMNS),
        ("Allocations", ALLOCATION_COLUMNS), ("External ids", EXTERNAL_ID_COLUMNS),
    ):  # fmt: skip
        print(f"### {title}\n\n{markdown_table(group)}\n")
