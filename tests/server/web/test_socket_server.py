"""What arrives on the wire is either a packet the library can handle, or a farewell."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from socketio import packet

from app.server.web.socket_server import CheckedPacket


def test_an_event_is_read_with_its_binary_data() -> None:
    event = {"type": 2, "nsp": "/", "id": 7, "data": ["relay", {"data": msgpack.ExtType(0, b"abc"), "plain": b"de"}]}
    read = CheckedPacket(encoded_packet=msgpack.packb(event))
    assert (read.packet_type, read.id, read.namespace) == (packet.EVENT, 7, "/")
    assert read.data == ["relay", {"data": b"abc", "plain": b"de"}]


def test_what_is_written_is_read_back() -> None:
    written = CheckedPacket(packet.EVENT, data=["begin", {"data": b"\x00\xff"}], namespace="/").encode()
    assert CheckedPacket(encoded_packet=written).data == ["begin", {"data": b"\x00\xff"}]


@pytest.mark.parametrize(
    "content",
    [
        5, [], {}, {"type": 2}, {"type": "2", "nsp": "/", "data": ["x"]}, {"type": 2, "nsp": 1, "data": ["x"]},
        {"type": 2, "nsp": "/", "data": []}, {"type": 2, "nsp": "/", "data": [5]}, {"type": 2, "nsp": "/"},
        {"type": 2, "nsp": "/", "data": {"0": "x"}}, {"type": 5, "nsp": "/", "data": ["x"]}, {"type": 9, "nsp": "/"},
        {"type": 2, "nsp": "/", "data": ["x"], "id": "7"}, {"type": 3, "nsp": "/", "data": "x", "id": 1},
    ],
)  # fmt: skip
def test_a_packet_of_another_shape_is_a_farewell(content: Any) -> None:
    assert CheckedPacket(encoded_packet=msgpack.packb(content)).packet_type == packet.DISCONNECT


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x91" * 5000, b"\xdb\xff\xff\xff\xff", "2 text", b"\x80\x80"])
def test_bytes_that_are_no_packet_are_a_farewell(data: bytes | str) -> None:
    assert CheckedPacket(encoded_packet=data).packet_type == packet.DISCONNECT
