"""What an exploration came to, as a value and as a table."""

from __future__ import annotations

from dataclasses import dataclass, field

from .match import Match
from .world import Move, Scope


@dataclass
class Explored:
    """What an exploration came to.

    Attributes:
        states: Of the match, that were explored.
        moves: That were made.
        seconds: It took.
        actors: States of each peer, and of the server.
        runs: Events that the real code was run for.
        exhausted: Nothing is left to explore.
        violation: What does not hold.
        trace: How it comes to that, with the fewest moves.
    """

    states: int = 0
    moves: int = 0
    seconds: float = 0.0
    actors: tuple[int, ...] = ()
    runs: int = 0
    exhausted: bool = False
    violation: str = ""
    trace: list[Move] = field(default_factory=list)

    def closed(self, match: Match, seconds: float) -> Explored:
        """Return this with what is counted of the match."""
        self.seconds = seconds
        self.actors = (*(len(page) for page in match.pages), len(match.server))
        self.runs = sum(page.runs for page in match.pages) + match.server.runs
        return self

    def __str__(self) -> str:
        """Return it in a line, and what was found below."""
        found = [f"{self.states:,} states, {self.moves:,} moves, {self.runs:,} runs of the code, {self.seconds:.0f} s"]
        if self.violation:
            found += [f"VIOLATION: {self.violation}", *(f"  {move}" for move in self.trace)]
        return "\n".join(found)


def table(scope: Scope, explored: Explored) -> str:
    """Return the table of an exploration."""
    rules = scope.rules
    rows = (
        ("peers, frames, window, delay", f"{rules.peers}, {rules.frames}, {rules.window}, {rules.delay}"),
        ("may be taken for gone", ", ".join(map(str, scope.leavers)) or "nobody"),
        ("server crashes, connections lost, questions repeated", f"{scope.crashes}, {scope.breaks}, {scope.asks}"),
        ("datagrams that may be late, lost or doubled", "all" if scope.held is None else str(scope.held)),
        ("of a link kept under way", "all" if scope.kept is None else str(scope.kept)),
        ("states", f"{explored.states:,}"),
        ("moves", f"{explored.moves:,}"),
        ("states of the peers, of the server", ", ".join(f"{count:,}" for count in explored.actors)),
        ("runs of the real code", f"{explored.runs:,}"),
        ("exhausted", "yes" if explored.exhausted else "no"),
        ("violation", explored.violation or "none"),
        ("seconds", f"{explored.seconds:.0f}"),
    )
    return "\n".join(["| exploration | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)])
