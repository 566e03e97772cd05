"""The tests' side of the router: start it, impair it, read its counters.

A userspace router joins network namespaces and the host over tun devices. All packets between two browsers, each in a
namespace of its own, pass through it; so delay, jitter and loss reach WebRTC, which no proxy setting of a browser and
no kernel without netem can do.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.browser.rig.forwarding import Impairment
from tests.browser.rig.namespaces import RigUnavailable

ROUTER_PROCESS = Path(__file__).with_name("router_process.py")
STOP_TIMEOUT_S = 10


@dataclass(frozen=True)
class Place:
    """A namespace a browser can be started in: its name for `ip netns exec` and its IPv4 address."""

    namespace: str
    address: str


@dataclass(frozen=True)
class Counts:
    """Packets of one directed link, or of several added up, since the router started."""

    delivered: int = 0
    delayed: int = 0
    dropped: int = 0
    blocked: int = 0
    bytes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: value + getattr(other, name) for name, value in asdict(self).items()})

    def __sub__(self, other: Counts) -> Counts:
        return Counts(**{name: value - getattr(other, name) for name, value in asdict(self).items()})


class Router:
    """Joins the host and some namespaces; use it in a `with` statement.

    Args:
        namespaces: how many, 1 to 9.
        seed: of delays and losses.

    Attributes:
        host_address: where a server for these browsers listens; reachable from this machine only.
        places: the namespaces in order.

    Raises:
        RigUnavailable: on entering, when rights or devices are missing.
    """

    def __init__(self, namespaces: int = 2, seed: int = 1) -> None:
        self._count = namespaces
        self._seed = seed
        self.host_address = ""
        self.places: list[Place] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(ROUTER_PROCESS), str(self._count), str(self._seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        message = self._read()
        if message["event"] != "ready":
            self._process.wait(STOP_TIMEOUT_S)
            raise RigUnavailable(message["message"])
        for port in message["ports"]:
            if port["label"] == "host":
                self.host_address = port["address"]
            else:
                self.places.append(Place(port["namespace"], port["address"]))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def impair(
        self,
        one_way_ms: float = 0.0,
        jitter_ms: float = 0.0,
        loss: float = 0.0,
        *,
        block_udp: bool = False,
        include_host: bool = False,
    ) -> None:
        """Impairs every packet between the namespaces from now on, in each direction.

        Args:
            one_way_ms: mean delay; a round trip takes twice as long.
            jitter_ms: half the width of the uniform spread around it.
            loss: probability that a packet is dropped, 0 to 1.
            block_udp: drop all UDP, so that no DataChannel can come up.
            include_host: the same between the namespaces and the host, that is for the server's traffic too.
        """
        impairment = Impairment(one_way_ms, jitter_ms, loss, block_udp)
        self._impair(impairment, include_host, [])

    def cut(self, place: int, *, host_only: bool = False) -> None:
        """Lets nothing through any more to or from a namespace, until `clear`: a cable is pulled.

        Args:
            place: its number in `places`.
            host_only: only to and from the host, where the server is; the namespaces go on reaching each other.
        """
        between = [f"n{place}", "host"] if host_only else [f"n{place}"]
        self._impair(Impairment(loss=1.0), True, between)

    def _impair(self, impairment: Impairment, include_host: bool, between: list[str]) -> None:
        command = {"do": "impair", "impairment": asdict(impairment), "include_host": include_host, "between": between}
        self._ask(command)

    def clear(self) -> None:
        """Takes every impairment away."""
        self._ask({"do": "clear"})

    def between_namespaces(self) -> Counts:
        """Packets between namespaces since the start, all directions added up."""
        return sum((counts for name, counts in self.links().items() if "host" not in name), Counts())

    def links(self) -> dict[str, Counts]:
        """Packets since the start per directed link: "n0>n1", "n0>host" and so on."""
        return {name: Counts(**counts) for name, counts in self._ask({"do": "statistics"})["links"].items()}

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()
        message = self._read()
        assert message["event"] == "done", f"the router answered {message}"
        return message

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RigUnavailable(f"the router process ended with code {self._process.wait()}; see its errors above.")
        return json.loads(line)
