"""A participant's page without a browser: Socket.IO 5 over WebSocket with msgpack, spoken by hand.

Written from the protocol, not with the server's library, so that a test sees what a foreign client would.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import zlib
from typing import Any

import msgpack
from simple_websocket import Client, ConnectionClosed

from app.engine.wire import words_to_hex

ANSWER_LIMIT_S = 20.0
_CONNECT, _DISCONNECT, _EVENT, _ACK = 0, 1, 2, 3


class ScriptedPage:
    """One page: connects, asks, and keeps what it hears.

    Args:
        url: the participants' address.
        token: of an earlier page of the same participant.
        page: names this page.
    """

    def __init__(self, url: str, token: str | None = None, page: str | None = None) -> None:
        self._socket = Client(url.replace("http", "ws", 1) + "socket.io/?EIO=4&transport=websocket")
        # As browsers do: a small message does not wait until the one before is acknowledged.
        self._socket.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._numbers = iter(range(1, 1_000_000))
        self._answers: dict[int, queue.Queue[Any]] = {}
        self._heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._later: list[tuple[str, Any]] = []
        self.closed = threading.Event()
        self.token = token
        # Said before the server's greeting is read: this library overlooks a frame that comes in one piece with the
        # answer to its handshake until more arrives.
        self._send({"type": _CONNECT, "nsp": "/", "data": {"token": token, "page": page}})
        assert json.loads(self._socket.receive(ANSWER_LIMIT_S)[1:])["sid"]
        threading.Thread(target=self._listen, daemon=True).start()
        self.view = self.hear("view")

    def ask(self, name: str, payload: Any = None) -> dict[str, Any]:
        """Send a message and return its answer."""
        number = next(self._numbers)
        self._answers[number] = queue.Queue()
        self._send({"type": _EVENT, "nsp": "/", "id": number, "data": [name, {} if payload is None else payload]})
        return self._answers[number].get(timeout=ANSWER_LIMIT_S)

    def tell(self, name: str, payload: Any) -> None:
        """Send a message without asking for an answer."""
        self._send({"type": _EVENT, "nsp": "/", "data": [name, payload]})

    def send_raw(self, data: bytes | str) -> None:
        """Send what no page would."""
        self._socket.send(data)

    def hear(self, name: str, **fields: Any) -> Any:
        """Wait for a message of a name whose payload has these fields; others are kept for later."""
        waiting, self._later = self._later, []
        for position, (heard, payload) in enumerate(waiting):
            if heard == name and fields.items() <= payload.items():
                self._later = waiting[:position] + waiting[position + 1 :]
                return payload
        self._later = waiting
        while True:
            heard, payload = self._heard.get(timeout=ANSWER_LIMIT_S)
            if heard == name and fields.items() <= payload.items():
                return payload
            self._later.append((heard, payload))

    def close(self) -> None:
        """Close the connection, as a closed tab does."""
        self._socket.close()

    def start(self, **entry: str) -> dict[str, Any]:
        """Press Start, on a page that was opened with these parameters; when it is refused there is no token."""
        answer = self.ask("start", {"entry": entry})
        self.token = answer.get("token")
        return answer

    def ready(self, environment_hash: str) -> dict[str, Any]:
        """Say that the runtime is up."""
        return self.ask("ready", {"scene_id": "game", "environment_hash": environment_hash, "ready_ms": 1200})

    def connected(self, matched: dict[str, Any], kind: str = "direct") -> dict[str, Any]:
        """Say that the partner is reached."""
        connections = {str(1 - matched["seat"]): kind}
        return self.ask("connected", {"match_id": matched["match_id"], "connections": connections, "digest": "d1"})

    def play_episode(self, matched: dict[str, Any], episode: int, frames: int, seq: int) -> int:
        """Hand in an episode's record in chunks of thirty frames and report its end; return the next chunk's number."""
        for first in range(0, frames, 30):
            answer = self.ask("chunk", chunk(matched, episode, first, min(frames, first + 30) - 1, seq))
            assert answer == {"ok": True, "seq": seq}, answer
            seq += 1
        facts = {"frame": frames - 1, "state_hash": "00c0ffee00c0ffee", "inputs_hash": "0123456789abcdef"}
        assert self.ask("episode_done", {"match_id": matched["match_id"], "episode": episode, **facts})["ok"]
        return seq

    def _send(self, packet: dict[str, Any]) -> None:
        self._socket.send(msgpack.packb(packet, default=_extension))

    def _listen(self) -> None:
        try:
            while True:
                data = self._socket.receive()
                if data == "2":
                    self._socket.send("3")
                elif isinstance(data, bytes):
                    self._take(msgpack.unpackb(data))
        except ConnectionClosed:
            self.closed.set()

    def _take(self, packet: dict[str, Any]) -> None:
        if packet["type"] == _EVENT:
            self._heard.put((packet["data"][0], packet["data"][1]))
        elif packet["type"] == _ACK:
            self._answers[packet["id"]].put(packet["data"][0])
        elif packet["type"] == _DISCONNECT:
            self.closed.set()


class ArrayBuffer(bytearray):
    """Binary data the way the browser's encoder packs an ArrayBuffer: as an extension type."""


def _extension(value: Any) -> msgpack.ExtType:
    return msgpack.ExtType(0, bytes(value))


def chunk(matched: dict[str, Any], episode: int, first: int, last: int, seq: int) -> dict[str, Any]:
    """Return a record chunk in which both seats agree."""
    seats = matched["seats"]
    columns = ["episode", "frame"]
    for seat in seats:
        columns += [f"action.{seat}", f"reward.{seat}", f"terminated.{seat}", f"truncated.{seat}"]
    for seat in seats:
        columns += [f"is_focused.{seat}", f"status.{seat}"]
    columns.append("state_hash")
    row = [6, 0.0, False, False] * len(seats) + [True, "present"] * len(seats) + [""]
    local = ["was_predicted", "rollback_depth", "ping_ms", "connection_type", "time_utc", "server_time_ms"]
    local += ["monotonic_ms", "input_to_step_ms", "input_to_paint_ms"]
    words = words_to_hex([b"\x06\x01"] * (last - first + 1))
    content = {
        "inputs": {str(index): words for index in matched["people"]},
        "format": 2, "match_id": matched["match_id"], "seat": seats[matched["seat"]], "episode": episode,
        "first_frame": first, "columns": columns, "rows": [[episode, n, *row] for n in range(first, last + 1)],
        "local_columns": local, "local_rows": [[None] * len(local) for _ in range(first, last + 1)],
    }  # fmt: skip
    data = json.dumps(content).encode()
    place = {"match_id": matched["match_id"], "seq": seq, "episode": episode, "first_frame": first, "last_frame": last}
    return {**place, "crc32": zlib.crc32(data), "data": ArrayBuffer(data)}
