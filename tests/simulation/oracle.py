"""What must be true of every run, by name: a violation says which, and where.

The truth is computed here without any of the engine's netcode: from what the pages sampled and what the server
committed, the one record that every page must have handed out, or the beginning of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .game import WORDS, ToyGame
from .result import Probe, Result

TAKEN_BACK = {"epoch", "view", "member"}
"""Packets that may well be refused: of another episode, or of a life that is over."""
LIVE_MS = 3000.0
LIVE_FRAMES = 10
REJOIN_MS = 4000.0
REJOIN_FRAMES = 120
"""Less than this before the end, nobody comes back: the fence would lie behind it."""
SETTLE_MS = 1500.0
"""After the grace, for the server to ask, hear and decide; twice where its own clock had to run."""
HASH_INTERVAL = 30
NEEDS_ROLLBACKS_MS = 70.0
NEEDS_ROLLBACKS_FRAMES = 60


@dataclass(frozen=True)
class Violation:
    """One invariant that does not hold."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


@dataclass
class Truth:
    """An episode as it really was.

    Attributes:
        rows: What a single process comes to that is given the inputs.
        words: The inputs, by frame and seat.
    """

    rows: list[str] = field(default_factory=list)
    words: list[list[bytes]] = field(default_factory=list)


def truth_of(result: Result, epoch: int) -> Truth:
    """Play an episode in one process from what was sampled and committed."""
    schedule, truth = result.schedule, Truth()
    inputs = _Inputs(result, epoch)
    game = ToyGame(epoch, schedule.over_at)
    finals = [c["final"] for c in result.commits if c["epoch"] == epoch and c["final"] is not None]
    last = min([schedule.frames - 1, *finals])
    for frame in range(last + 1):
        words = [inputs.word(seat, frame) for seat in range(schedule.seats)]
        outcome = game.step(frame, words)
        truth.rows.append(outcome.row)
        truth.words.append(words)
        if outcome.over:
            break
    return truth


class _Inputs:
    """Everybody's words of an episode, from what their pages sampled and when the server took them for gone."""

    def __init__(self, result: Result, epoch: int) -> None:
        schedule = result.schedule
        self._delay, self._people = schedule.delay, schedule.peers
        self._newest: dict[int, bytes] = {}
        self._sampled: dict[tuple[int, int, int], bytes] = {}
        self._changes: dict[int, list[tuple[int, int | None, bytes | None]]] = {s: [] for s in range(schedule.peers)}
        self._fill: dict[int, bytes | None] = dict.fromkeys(range(schedule.peers))
        lives = dict.fromkeys(range(schedule.peers), 0)
        for commit in result.commits:
            fill = WORDS.bot if commit["substitute"] == "policy" else WORDS.absent
            for name, cut in commit["drop"].items():
                lives[int(name)] += 1
                self._note(commit, epoch, int(name), cut + 1, None, fill)
            for name, frame in commit["activate"].items():
                self._note(commit, epoch, int(name), frame, lives[int(name)], None)
        # A page that never became a member has sampled nothing; the others are counted in the order of their lives.
        for seat in range(schedule.peers):
            playing = [life for life in result.lives if life.seat == seat and life.scripted]
            for number, life in enumerate(playing):
                for (where, frame), word in life.scripted.items():
                    if where == epoch:
                        self._sampled[seat, number, frame] = word
        self._life = dict.fromkeys(range(schedule.peers), 0)
        for seat, life_now in self._lives_before(result, epoch).items():
            self._life[seat] = life_now

    def word(self, seat: int, frame: int) -> bytes:
        """Return the word of a seat; frames are asked for in order."""
        if seat >= self._people:
            return WORDS.bot
        for at, life, fill in self._changes[seat]:
            if at == frame:
                self._fill[seat] = fill
                if life is not None:
                    self._life[seat] = life
                    self._newest.pop(seat, None)
        fill_now = self._fill[seat]
        if fill_now is not None:
            return fill_now
        word = self._sampled.get((seat, self._life[seat], frame), self._newest.get(seat, WORDS.default))
        if frame >= self._delay or (seat, self._life[seat], frame) in self._sampled:
            self._newest[seat] = word
        return word

    def _note(
        self, commit: dict[str, Any], epoch: int, seat: int, frame: int, life: int | None, fill: bytes | None
    ) -> None:
        if commit["epoch"] == epoch:
            self._changes[seat].append((frame, life, fill))
        elif commit["epoch"] < epoch:
            self._fill[seat] = fill

    @staticmethod
    def _lives_before(result: Result, epoch: int) -> dict[int, int]:
        before: dict[int, int] = {}
        for commit in result.commits:
            for name in commit["drop"] if commit["epoch"] < epoch else ():
                before[int(name)] = before.get(int(name), 0) + 1
        return before


def check(result: Result) -> list[Violation]:
    """Return everything that does not hold of a run."""
    truths = {epoch: truth_of(result, epoch) for epoch in range(result.schedule.episodes)}
    found = [Violation("nothing-raises", result.crash)] if result.crash else []
    if result.gave_up:
        found.append(Violation("liveness", f"not over after {result.schedule.limit_ms:.0f} ms: {_where(result)}"))
    for invariant in INVARIANTS:
        found += [Violation(invariant.__name__.replace("_", "-"), what) for what in invariant(result, truths)]
    return found


Truths = dict[int, Truth]
Found = Iterator[str]


def rows_in_order(result: Result, truths: Truths) -> Found:
    """Rows come once each and in order; what was handed out is never repeated or left out."""
    for life in result.lives:
        for epoch in truths:
            frames = [row.frame for row in life.rows if row.epoch == epoch]
            first, last = life.skipped.get(epoch, (0, -1))
            due = [frame for frame in range(len(frames) + last + 1 - first) if not first <= frame <= last]
            if frames != due[: len(frames)] and life.fate != "observer":
                yield f"{life.name}, episode {epoch}: {_first_gap(frames)}, skipped {first} to {last}"


def what_was_skipped_is_recorded(result: Result, truths: Truths) -> Found:
    """Frames that a page did not step, for it took over a state, were handed out by another one."""
    for life in result.lives:
        for epoch, (first, last) in life.skipped.items():
            others = [each for each in result.lives if each is not life]
            held = {row.frame for each in others for row in each.rows if row.epoch == epoch}
            lost = set(range(first, last + 1)) - held
            if lost:
                yield f"{life.name}, episode {epoch}: frame {min(lost)} was skipped and is nobody's"


def records_agree(result: Result, truths: Truths) -> Found:
    """What was handed out is byte for byte what one process comes to; for who has left, the beginning of it."""
    for life in result.lives:
        for row in life.rows:
            truth = truths[row.epoch].rows
            if row.frame >= len(truth):
                yield f"{life.name} handed out frame {row.frame} of episode {row.epoch}, which ends at {len(truth) - 1}"
                break
            if row.row != truth[row.frame]:
                yield f"{life.name}, episode {row.epoch}: {row.row} where {truth[row.frame]} is true"
                break


def states_agree(result: Result, truths: Truths) -> Found:
    """The hashes of a frame's state are equal wherever there is one, and there is one at all of them or none."""
    said: dict[tuple[int, int], tuple[str, str]] = {}
    for life in result.lives:
        for row in life.rows:
            name, state_hash = said.setdefault((row.epoch, row.frame), (life.name, row.state_hash))
            if row.state_hash != state_hash:
                found = f"{life.name} says {row.state_hash or 'nothing'}, {name} says {state_hash or 'nothing'}"
                yield f"state after frame {row.frame} of episode {row.epoch}: {found}"
                return


def records_are_complete(result: Result, truths: Truths) -> Found:
    """Who takes part to the end has the whole record of every episode that was begun."""
    if result.gave_up or result.crash:
        return
    begun = max((row.epoch for life in result.lives for row in life.rows), default=0)
    for life in result.lives:
        for epoch in range(begun + 1):
            count = sum(row.epoch == epoch for row in life.rows)
            if life.fate == "member" and life.number == 0 and count != len(truths[epoch].rows):
                yield f"{life.name} has {count} of {len(truths[epoch].rows)} frames of episode {epoch}"


def truths_never_go_back(result: Result, truths: Truths) -> Found:
    """`confirmed` and `stable` never decrease, and stable never exceeds confirmed."""
    for life in result.lives:
        yield from life.retreats
        for epoch, (confirmed, stable) in life.truths.items():
            if stable > confirmed:
                yield f"{life.name}, episode {epoch}: stable {stable} is beyond confirmed {confirmed}"


def the_detector_is_right(result: Result, truths: Truths) -> Found:
    """Pages whose states differ say so, at the first hash that shows it; pages whose states do not, say nothing."""
    hashes: dict[tuple[int, int], dict[str, str]] = {}
    for life in result.lives:
        for row in life.rows:
            if row.state_hash:
                hashes.setdefault((row.epoch, row.frame + 1), {})[life.name] = row.state_hash
    differ = sorted(at for at, said in hashes.items() if len(set(said.values())) > 1)
    for life in result.lives:
        told = {(epoch, frame) for epoch, frame, _ in life.desyncs}
        for at in sorted(told - set(differ)):
            yield f"{life.name} reports a disagreement before frame {at[1]} of episode {at[0]}, and there is none"
        own = [at for at in differ if life.name in hashes[at] and life.fate == "member"]
        if own and not told:
            yield f"{life.name} does not notice the disagreement before frame {own[0][1]} of episode {own[0][0]}"


def inputs_are_what_was_done(result: Result, truths: Truths) -> Found:
    """The server's log holds what the pages sampled, and every page told it the same."""
    yield from result.log_conflicts
    for epoch, log in result.log.items():
        truth = truths[epoch].words
        for seat, words in log.items():
            for frame, word in enumerate(words[: len(truth)]):
                done = truth[frame][seat]
                if word != done:
                    yield f"episode {epoch}, frame {frame}, seat {seat}: logged {word.hex()}, done {done.hex()}"
                    break


def nothing_is_flagged(result: Result, truths: Truths) -> Found:
    """Nobody equivocates, nothing is malformed, no environment fails."""
    for life in result.lives:
        if life.flagged:
            yield f"{life.name} was told two different inputs of one frame"
        strange = {reason: count for reason, count in life.rejected.items() if reason not in TAKEN_BACK}
        if strange:
            yield f"{life.name} refused packets: {strange}"
        for error in life.errors[:1]:
            yield f"{life.name}: {error}"


def liveness(result: Result, truths: Truths) -> Found:
    """When all is well again, everybody who takes part confirms ten new frames in three seconds, or is done."""
    if result.healed_ms is None or result.crash:
        return
    begins = result.healed_ms + result.schedule.grace_ms + 2 * SETTLE_MS
    for probes in _by_life(result, begins):
        for start in probes:
            end = next((probe for probe in probes if probe.at_ms >= start.at_ms + LIVE_MS), None)
            if end is None or not (start.is_member and end.is_member):
                continue
            if start.done or end.done or end.epoch > start.epoch:
                continue
            if end.confirmed - start.confirmed < LIVE_FRAMES:
                how = f"confirmed {start.confirmed} at {start.at_ms:.0f} ms and {end.confirmed} at {end.at_ms:.0f} ms"
                yield f"{start.life} {how}"
                break


def who_reloads_comes_back(result: Result, truths: Truths) -> Found:
    """When all is well again, a page that catches up takes part soon, if the episode is long enough for it."""
    if result.healed_ms is None or result.crash:
        return
    begins = result.healed_ms + result.schedule.grace_ms + 2 * SETTLE_MS
    room = result.schedule.frames - REJOIN_FRAMES
    for probes in _by_life(result, begins):
        late = [probe for probe in probes if not probe.is_member and probe.at_ms - begins > REJOIN_MS]
        if late and late[0].confirmed < room:
            yield f"{late[0].life} still watches at {late[0].at_ms:.0f} ms, frame {late[0].confirmed}"


def _by_life(result: Result, begins: float) -> list[list[Probe]]:
    by_life: dict[str, list[Probe]] = {}
    for probe in result.probes:
        if probe.at_ms >= begins:
            by_life.setdefault(probe.life, []).append(probe)
    return list(by_life.values())


def is_vacuous(result: Result) -> bool:
    """Whether nobody was left in the end, and at least one went of their own: then little is proved, and nothing wrong.

    That all are taken for gone although nobody went is no such case.
    """
    fates = {life.fate for life in result.lives}
    return fates.isdisjoint(("member", "observer")) and not fates.isdisjoint(("killed", "left"))


def the_run_says_something(result: Result, truths: Truths) -> Found:
    """Somebody played to the end or everybody went, and where latency demands rollbacks there were some."""
    living = [life for life in result.lives if life.fate in ("member", "observer")]
    if not any(life.rows for life in result.lives) or not (living or is_vacuous(result)):
        yield "nobody played to the end"
    schedule = result.schedule
    demanded = (
        schedule.channel.get("delay_ms", 0) >= NEEDS_ROLLBACKS_MS + schedule.delay * 1000 / 30
        and schedule.window >= 2
        and not any(event.kind in ("set_window", "set_input_delay", "links", "set_paths") for event in schedule.events)
        and sum(len(life.rows) >= NEEDS_ROLLBACKS_FRAMES for life in result.lives) >= 2
    )
    if demanded and not sum(life.counters.rollbacks for life in result.lives):
        yield "no rollback, over such a line"


def pending_is_bounded(result: Result, truths: Truths) -> Found:
    """No more own inputs wait for an acknowledgement than twice the window and the delay."""
    schedule = result.schedule
    window = max([schedule.window, 1, *(event.value for event in schedule.of("set_window"))])
    delay = max([schedule.delay, *(event.value for event in schedule.of("set_input_delay"))])
    for life in result.lives:
        if life.pending > 2 * (window + delay):
            yield f"{life.name} had {life.pending} inputs pending, at most {2 * (window + delay)} are possible"


def rollbacks_stay_in_the_window(result: Result, truths: Truths) -> Found:
    """No rollback is deeper than the window ever was; an early end may go back over what a fence allowed."""
    schedule = result.schedule
    window = max([schedule.window, 1, *(event.value for event in schedule.of("set_window"))])
    for life in result.lives:
        if life.counters.max_rollback_depth > window:
            yield f"{life.name} rolled back {life.counters.max_rollback_depth} frames, the window is {window}"


Invariant = Callable[[Result, Truths], Found]
INVARIANTS: tuple[Invariant, ...] = (
    rows_in_order,
    what_was_skipped_is_recorded,
    records_agree,
    states_agree,
    records_are_complete,
    truths_never_go_back,
    the_detector_is_right,
    inputs_are_what_was_done,
    nothing_is_flagged,
    liveness,
    who_reloads_comes_back,
    the_run_says_something,
    pending_is_bounded,
    rollbacks_stay_in_the_window,
)


def _first_gap(frames: list[int]) -> str:
    for expected, frame in enumerate(frames):
        if frame != expected:
            return f"frame {frame} where {expected} is due"
    return "nothing"


def _where(result: Result) -> str:
    return ", ".join(f"{life.name} ({life.fate}) {life.truths}" for life in result.lives)
