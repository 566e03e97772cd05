"""`gym-kiosk export`: the tables of a study as CSV, from its database, also while a session is running.

One transaction sees one moment; frames are read a chunk at a time, so that a large study needs no more memory than a
small one. Called by the command line and, later, by the researcher's pages.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.engine.differences import reported_difference
from app.experiments.errors import InputError
from app.server.storage import database, records
from app.server.storage.exports.columns import FRAME_COLUMNS, MATCH_COLUMNS, seat_of
from app.server.storage.exports.coverage import Coverage, Span
from app.server.storage.exports.dataset import Dataset, Keywords, keyword_value
from app.server.storage.exports.deletions import asked_for_deletion, blank_match
from app.server.storage.exports.people_tables import People, factor_cells, names_like
from app.server.storage.exports.readme import readme

Progress = Callable[[float, str], None]
Warn = Callable[[str], None]

#: Chunks fetched from the database at a time: about 100 KiB of two-seat play.
FETCH_CHUNKS = 16


def export_experiment(
    data_folder: Path,
    output: Path | None = None,
    progress: Progress | None = None,
    *,
    warn: Warn | None = None,
    now: datetime | None = None,
    external_ids: bool = False,
) -> Path:
    """Write the tables of a study into a new folder.

    Args:
        data_folder: `<data dir>/data/<experiment-id>`.
        output: the folder to write, new or empty; by default `exports/<id>_<time>Z` in the data folder.
        progress: told the fraction done and what is being written.
        warn: told, in a sentence each, what is not whole; standard error by default.
        now: the time that names the folder.
        external_ids: whether to write who participants are elsewhere, in a table of its own.

    Returns:
        The folder. It appears when it is complete: a killed export leaves one with `.partial` in its name.

    Raises:
        InputError: when there is no study here, nothing is recorded in it, or the folder cannot be written.
    """
    warn = warn or (lambda sentence: print(sentence, file=sys.stderr))
    progress = progress or (lambda _fraction, _label: None)
    now = now or datetime.now(UTC)
    engine = _open(data_folder)
    try:
        with engine.connect() as connection:
            study = _Study(connection, data_folder, warn)
            target = _target(data_folder, output, study.experiment_id, now)
            partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
            try:
                partial.mkdir(parents=True)
                try:
                    study.write(Dataset(partial), progress, now, external_ids)
                    if target.exists():
                        target.rmdir()
                    partial.rename(target)
                finally:
                    shutil.rmtree(partial, ignore_errors=True)
            except OSError as error:
                what = f"export folder {target} cannot be written ({error.strerror or error})"
                raise InputError(f"{what}; choose another one with --output.") from error
    except sa.exc.DBAPIError as error:
        raise InputError(f"{data_folder / database.FILE_NAME}: cannot be read ({error.orig}).") from error
    finally:
        engine.dispose()
    progress(1.0, "done")
    return target


def export_command(folder: Path, output: Path | None = None, external_ids: bool = False) -> int:
    """Export, print the folder; return 0, or 2 with one sentence when that cannot be done."""
    try:
        target = export_experiment(Path(folder), Path(output) if output else None, external_ids=external_ids)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(target)
    return 0


def _open(data_folder: Path) -> sa.Engine:
    remedy = "give the data folder of an experiment, as DATA_DIR/data/EXPERIMENT_ID"
    try:
        return database.open_for_reading(data_folder)
    except FileNotFoundError:
        raise InputError(f"{data_folder}: there is no {database.FILE_NAME} in this folder; {remedy}.") from None
    except database.SchemaError as error:
        raise InputError(str(error)) from error
    except sa.exc.DBAPIError as error:
        file = data_folder / database.FILE_NAME
        raise InputError(f"{file}: cannot be read as a study's database ({error.orig}); {remedy}.") from error


def _target(data_folder: Path, output: Path | None, experiment_id: str, now: datetime) -> Path:
    if output is None:
        name = f"{experiment_id}_{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        folder = (data_folder / "exports").resolve()
        names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
        return next(folder / name for name in names if not (folder / name).exists())
    if output.exists() and not output.is_dir():
        raise InputError(f"export folder {output}: is a file; choose a new or an empty folder with --output.")
    if output.is_dir() and any(output.iterdir()):
        raise InputError(f"export folder {output}: is not empty; choose a new or an empty folder with --output.")
    return output.resolve()


class _Study:
    """What is in a study's database at one moment, and how it becomes tables."""

    def __init__(self, connection: sa.Connection, data_folder: Path, warn: Warn) -> None:
        self._connection = connection
        self._warn = warn
        self._sessions = {row["session_id"]: row for row in self._rows(database.sessions)}
        self._participants = self._rows(database.participants, "created_utc", "participant_id")
        self._matches = self._rows(database.matches, "created_utc", "match_id")
        self._seats: dict[str, list[Any]] = defaultdict(list)
        for seat in self._rows(database.seats, "match_id", "index"):
            self._seats[seat["match_id"]].append(seat)
        self.experiment_id = next((row["experiment_id"] for row in self._sessions.values()), data_folder.name)
        self._subjects = Keywords("unknown")
        self._tasks = Keywords("game")
        self._left_out = asked_for_deletion(self._participants)
        self._people = People(connection, self._sessions, self._participants, self._left_out)
        if not self._matches and not self._participants:
            raise InputError(f"{data_folder}: nobody has taken part yet, so there is nothing to export.")
        if not self._matches and not self._people.has_answers:
            warn(f"{data_folder}: no match is recorded yet; the export holds {len(self._participants)} participants.")

    def write(self, dataset: Dataset, progress: Progress, now: datetime, external_ids: bool) -> None:
        """Write every table and what describes them."""
        study = keyword_value(self.experiment_id, "study")
        rows = []
        for trial, match in enumerate(self._matches, start=1):
            progress((trial - 1) / len(self._matches), f"match {trial} of {len(self._matches)}")
            rows.append(self._match(dataset, study, trial, match))
        factors = {name for row in rows for name in names_like("condition.<factor>", row)}
        names = _header([c.name for c in MATCH_COLUMNS], self._seat_names(), sorted(factors))
        table = ([row.get(name) for name in names] for row in rows)
        dataset.write_table(f"data/study-{study}_description-matches_data.csv", names, MATCH_COLUMNS, table)
        written = self._people.write(dataset, f"data/study-{study}_description-", self._played(), external_ids)
        people, played, asked = len(self._participants), len(self._matches), len(self._left_out)
        about = f"{played} matches of {people} participants in {self.experiment_id}."
        if asked:
            self._warn(
                f"{self.experiment_id}: {asked} of {people} participants asked for their data to be deleted; "
                "their answers and frames are left out."
            )
            about += f" The data of {asked} of them are left out at their request."
        if external_ids and "externalids" not in written:
            self._warn(f"{self.experiment_id}: no external ids are stored, so there is no table of them.")
        text = readme(self.experiment_id, now, people=people, matches=played, asked=asked, tables=written)
        dataset.finish(self.experiment_id, about, text)

    def _match(self, dataset: Dataset, study: str, trial: int, match: Any) -> dict[str, Any]:
        """Write the frames of a match, one file a seat, and return its row in the table of matches."""
        every = self._seats[match["match_id"]]
        policies = (match["config"] or {}).get("policies", {})
        # An AI player has no page that could record anything.
        seats = [seat for seat in every if policies.get(seat["seat"], {"departure": True}).get("departure")]
        coverage = self._coverage(match["match_id"], [seat["seat"] for seat in seats])
        ended, completed = match["ended_utc"] is not None, match["end_reason"] == "COMPLETED"
        row = {name: match[name] for name in _MATCH_FIELDS}
        row |= {name: self._sessions[match["session_id"]][name] for name in _SESSION_FIELDS}
        row |= {"trial": trial, "session_kind": self._sessions[match["session_id"]]["kind"]}
        row |= factor_cells(match["condition"]) | {"first_disagreement": match["disagreement"]}
        if len(seats) > 1 and coverage.episodes:
            row["records_agree"] = match["disagreement"] is None
        row["complete"] = coverage.complete(ended, completed, len(match["episode_seeds"]))
        reports = self._reports(match["match_id"])
        part = reported_difference(reports)
        if match["disagreement"] and part:
            row["first_disagreement"] = {**match["disagreement"], "part": part["part"]}
        row |= {f"role.{seat['seat']}": seat["role"] for seat in every}
        for seat in seats:
            name = seat["seat"]
            missing = coverage.missing(name)
            row[f"participant_id.{name}"] = seat["participant_id"]
            row[f"frames_recorded.{name}"] = coverage.recorded(name)
            row[f"frames_missing.{name}"] = " ".join(map(str, missing)) or None
            row[f"frames_skipped.{name}"] = " ".join(map(str, coverage.skipped(name))) or None
            row[f"report.{name}"] = reports.get(name)
            if coverage.recorded(name) and seat["participant_id"] not in self._left_out:
                row[f"file.{name}"] = self._write_frames(dataset, study, trial, match, seat)
        row |= {f"left_out.{s['seat']}": s["participant_id"] in self._left_out for s in every if s["participant_id"]}
        blank_match(row, self._seats_left_out(every))
        self._warn_of(match, row, seats)
        return row

    def _write_frames(self, dataset: Dataset, study: str, trial: int, match: Any, seat: Any) -> str:
        subject = self._subjects.of(seat["participant_id"] or f"seat{seat['seat']}")
        task = self._tasks.of(match["scene_id"])
        path = f"data/raw/study-{study}_subject-{subject}_task-{task}_trial-{trial}_data.csv"
        header = [*match["canonical_columns"], *match["local_columns"]]
        rows = self._frames(match["match_id"], seat["seat"])
        away = self._seats_left_out(self._seats[match["match_id"]])
        if away:
            shown = [seat_of(name) not in away for name in header]
            rows = ([cell if show else None for cell, show in zip(row, shown, strict=True)] for row in rows)
        dataset.write_table(path, header, FRAME_COLUMNS, rows)
        return path

    def _seats_left_out(self, seats: list[Any]) -> set[str]:
        """Return the seats of a match whose people asked for their data to be deleted."""
        return {seat["seat"] for seat in seats if seat["participant_id"] in self._left_out}

    def _frames(self, match_id: str, seat: str) -> Iterator[list[Any]]:
        table = database.chunks
        query = sa.select(table.c.data).where(table.c.match_id == match_id, table.c.seat == seat)
        query = query.order_by(table.c.episode, table.c.first_frame).execution_options(yield_per=FETCH_CHUNKS)
        for data in self._connection.scalars(query):
            content = records.parse_data(data)
            for row, local in zip(content["rows"], content["local_rows"], strict=True):
                yield row + local

    def _coverage(self, match_id: str, seats: list[str]) -> Coverage:
        table = database.chunks
        query = sa.select(table.c.seat, table.c.episode, table.c.first_frame, table.c.last_frame)
        found = self._connection.execute(query.where(table.c.match_id == match_id))
        spans = [(row.seat, Span(row.episode, row.first_frame, row.last_frame)) for row in found]
        coverage = Coverage(seats, spans)
        # Only a chunk behind a gap can say that it was skipped.
        behind = {(seat, gap.episode, gap.last + 1) for seat in seats for gap in coverage.gaps(seat)}
        said = [self._skipped(match_id, *place) for place in sorted(behind)]
        return Coverage(seats, spans, [skipped for skipped in said if skipped is not None])

    def _skipped(self, match_id: str, seat: str, episode: int, first_frame: int) -> tuple[str, Span] | None:
        """Return what the chunk that begins at a frame says was skipped before it."""
        place = {"match_id": match_id, "seat": seat, "episode": episode, "first_frame": first_frame}
        data = self._connection.scalar(sa.select(database.chunks.c.data).filter_by(**place))
        skipped = None if data is None else records.skipped_before(records.parse_data(data)["envelope"])
        return None if skipped is None else (seat, Span(episode, *skipped[:2]))

    def _reports(self, match_id: str) -> dict[str, Any]:
        table = database.reports
        found = self._connection.execute(sa.select(table.c.seat, table.c.report).where(table.c.match_id == match_id))
        return {row.seat: row.report for row in found}

    def _warn_of(self, match: Any, row: dict[str, Any], seats: list[Any]) -> None:
        """Say what a reader of the frames must know; the same stands in the table of matches."""
        name = f"match {match['match_id']} (trial {row['trial']})"
        for seat in (seat["seat"] for seat in seats):
            if row[f"frames_missing.{seat}"]:
                spans = row[f"frames_missing.{seat}"]
                self._warn(f"{name}: seat {seat} lacks the frames {spans} (episode:first-last).")
        if match["ended_utc"] is None:
            self._warn(f"{name}: is still being played, or was never ended; this is what is stored now.")
        elif not row["complete"] and match["end_reason"] == "COMPLETED":
            self._warn(f"{name}: ended as COMPLETED, but not every frame of every episode is stored.")
        if match["disagreement"]:
            found = match["disagreement"]
            place = f"episode {found['episode']}, frame {found['frame']}, column {found['column']}"
            part = (row["first_disagreement"] or {}).get("part")
            inside = f", in {part}" if part else ""
            self._warn(f"{name}: the records of seats {' and '.join(found['seats'])} differ from {place}{inside} on.")

    def _played(self) -> dict[str, int]:
        """Return how many matches each participant had a seat in."""
        played: dict[str, int] = defaultdict(int)
        for seats in self._seats.values():
            for seat in seats:
                played[seat["participant_id"]] += 1
        return played

    def _seat_names(self) -> list[str]:
        """Every seat of the study, in order of its first index."""
        indexes: dict[str, int] = {}
        for seat in sorted((s for seats in self._seats.values() for s in seats), key=lambda s: (s["index"], s["seat"])):
            indexes.setdefault(seat["seat"], seat["index"])
        return list(indexes)

    def _rows(self, table: sa.Table, *order: str) -> list[Any]:
        query = sa.select(table).order_by(*(table.c[name] for name in order))
        return list(self._connection.execute(query).mappings())


_MATCH_FIELDS = (
    "match_id", "session_id", "scene_id", "step_id", "matchmaker", "state", "created_utc", "started_utc", "ended_utc",
    "end_reason", "left_seat", "connections", "episode_seeds", "config",
)  # fmt: skip
_SESSION_FIELDS = ("experiment_version", "config_hash", "environment_hash", "app_version")


def _header(declared: list[str], seats: list[str], factors: list[str]) -> list[str]:
    """Return the declared names in their order, patterns filled in with every seat and factor."""
    names = []
    for name in declared:
        if name == "condition.<factor>":
            names += factors
        else:
            names += [name.replace("<seat>", seat) for seat in (seats if "<seat>" in name else [""])]
    return names
