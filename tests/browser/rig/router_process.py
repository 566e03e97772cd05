"""The router's own process: packets between tun devices, commands on standard input, answers on standard output.

Started by network.py as `python router_process.py COUNT SEED`. One JSON object a line both ways. When standard input
ends, for whatever reason, the namespaces are removed: a test run that is killed leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.browser.rig.forwarding import Forwarder, Impairment
from tests.browser.rig.namespaces import Port, RigUnavailable, open_ports, remove_namespaces

# Read so many packets of one device before looking at the others and at the delayed ones.
BATCH_PACKETS = 64
LARGEST_PACKET_BYTES = 65536


class RouterLoop:
    """Moves packets between ports until standard input ends."""

    def __init__(self, ports: list[Port], seed: int) -> None:
        self.ports = {port.label: port for port in ports}
        self.forwarder = Forwarder({port.label: port.address for port in ports}, seed)
        self.refused = 0
        self._commands = b""

    def run(self) -> None:
        """Returns when standard input has ended."""
        command_input = sys.stdin.fileno()
        by_descriptor = {port.descriptor: port for port in self.ports.values()}
        watched = [command_input, *by_descriptor]
        while True:
            next_due = self.forwarder.next_due()
            wait = None if next_due is None else max(0.0, next_due - time.monotonic())
            # select, not epoll: Python's epoll rounds its time limit up to whole milliseconds.
            readable, _, _ = select.select(watched, [], [], wait)
            for descriptor in readable:
                if descriptor == command_input:
                    if not self._take_commands(command_input):
                        return
                else:
                    self._drain(by_descriptor[descriptor])
            self._send(self.forwarder.due(time.monotonic()))

    def _drain(self, port: Port) -> None:
        for _ in range(BATCH_PACKETS):
            try:
                packet = os.read(port.descriptor, LARGEST_PACKET_BYTES)
            except BlockingIOError:
                return
            self._send(self.forwarder.accept(port.label, packet, time.monotonic()))

    def _send(self, deliveries: list[tuple[str, bytes]]) -> None:
        for label, packet in deliveries:
            try:
                os.write(self.ports[label].descriptor, packet)
            except OSError:
                # A full queue or an interface going down: what a real router does is drop, and it is counted.
                self.refused += 1

    def _take_commands(self, descriptor: int) -> bool:
        received = os.read(descriptor, 65536)
        if not received:
            return False
        self._commands += received
        *lines, self._commands = self._commands.split(b"\n")
        for line in lines:
            answer(self._obey(json.loads(line)))
        return True

    def _obey(self, command: dict[str, Any]) -> dict[str, Any]:
        if command["do"] == "impair":
            self.forwarder.impair(Impairment(**command["impairment"]), command["include_host"], command["between"])
        elif command["do"] == "clear":
            self.forwarder.clear()
        elif command["do"] != "statistics":
            return {"event": "refused", "command": command}
        return {"event": "done", "links": self.forwarder.statistics(), "refused": self.refused}


def answer(message: dict[str, Any]) -> None:
    """Writes one message for network.py."""
    print(json.dumps(message), flush=True)


def main() -> int:
    """Sets up the ports, says where they are, forwards, cleans up."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    # The terminal's Ctrl+C reaches the whole group; the end of standard input is what stops this process in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ports = open_ports(count)
    except RigUnavailable as error:
        answer({"event": "unavailable", "message": str(error)})
        return 1
    try:
        places = [{"label": port.label, "namespace": port.namespace, "address": port.address} for port in ports]
        answer({"event": "ready", "ports": places})
        RouterLoop(ports, seed).run()
    finally:
        remove_namespaces(ports)
    return 0


if __name__ == "__main__":
    sys.exit(main())
