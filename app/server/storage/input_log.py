"""The store's commands about who took part and what they did: a match's decisions, and its input log."""

from __future__ import annotations

import sqlalchemy as sa

from app.server.storage import records
from app.server.storage.commands import Answer, CommandError, Context, Handler, Payload, take
from app.server.storage.database import chunks, commits


def add_commit(connection: sa.Connection, payload: Payload, context: Context) -> Answer:
    """Keep a decision about who takes part in a match.

    Raises:
        CommandError: `conflict`: another decision has this number already.
    """
    take(payload, "match_id view commit")
    key = {"match_id": payload["match_id"], "view": payload["view"]}
    found = connection.execute(sa.select(commits.c.commit).filter_by(**key)).scalar()
    if found is None:
        connection.execute(commits.insert().values(payload | {"decided_utc": context.now_utc}))
        return {"duplicate": False}
    if found != payload["commit"]:
        raise CommandError("conflict", f"commit {key}: there is another decision of this number.")
    return {"duplicate": True}


def read_commits(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Return `commits`: the decisions of a match, in their order."""
    take(payload, "match_id")
    rows = connection.execute(sa.select(commits.c.commit).filter_by(**payload).order_by(commits.c.view))
    return {"commits": list(rows.scalars())}


def input_log(connection: sa.Connection, payload: Payload, _context: Context) -> Answer:
    """Return what all persons did in an episode, as far as it is here without a gap.

    Returns:
        `through`, the last frame, -1 for none, and `inputs`: by seat index, the words of frames 0 to there,
        run-length coded, as hexadecimal text.
    """
    take(payload, "match_id episode")
    ranges = sa.select(chunks.c.seat, chunks.c.seq, chunks.c.first_frame, chunks.c.last_frame).filter_by(**payload)
    reach: dict[str, int] = {}
    torn: set[str] = set()
    for seat, seq, first, last in connection.execute(ranges.order_by(chunks.c.first_frame)):
        if seat in torn:
            continue  # only the chunk behind a gap can say what was skipped in it
        if first == reach.get(seat, -1) + 1 or _skips_from(connection, payload["match_id"], seat, seq, reach):
            reach[seat] = last
        else:
            torn.add(seat)
    # Every seat's chunks hold everybody's inputs: those of the one that has sent most are enough.
    best = max(reach, key=lambda seat: reach[seat], default=None)
    texts: dict[str, list[str]] = {}
    through = -1
    query = sa.select(chunks.c.last_frame, chunks.c.data).filter_by(**payload, seat=best)
    in_reach = chunks.c.last_frame <= reach.get(best or "", -1)
    for last, data in connection.execute(query.where(in_reach).order_by(chunks.c.first_frame)):
        envelope = records.parse_data(data)["envelope"]
        inputs, skipped = envelope.get("inputs", {}), records.skipped_before(envelope)
        before = skipped[2] if skipped is not None and skipped[0] == through + 1 else {}
        if not inputs or (texts and inputs.keys() != texts.keys()) or (before and before.keys() != inputs.keys()):
            break
        for index, text in inputs.items():
            texts.setdefault(index, []).append(before.get(index, "") + text)
        through = last
    return {"through": through, "inputs": {index: "".join(runs) for index, runs in texts.items()}}


def _skips_from(connection: sa.Connection, match_id: str, seat: str, seq: int, reach: dict[str, int]) -> bool:
    """Whether a chunk brings the inputs of the frames between what a seat has sent and its own, without their rows."""
    query = sa.select(chunks.c.data).filter_by(match_id=match_id, seat=seat, seq=seq)
    skipped = records.skipped_before(records.parse_data(connection.execute(query).scalar_one())["envelope"])
    return skipped is not None and skipped[0] == reach.get(seat, -1) + 1 and bool(skipped[2])


HANDLERS: dict[str, Handler] = {command.__name__: command for command in (add_commit, read_commits, input_log)}
