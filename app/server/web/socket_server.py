"""The Socket.IO server of the participants' site: msgpack, and limits on what a page may send at once."""

from __future__ import annotations

from typing import Any

import msgpack
from flask import Flask
from flask_socketio import SocketIO
from pydantic import BaseModel, ConfigDict, model_validator
from socketio import packet
from socketio.msgpack_packet import MsgPackPacket

from app.server.web.message_fields import MAX_CHUNK_BYTES

#: A page that says nothing for so long is taken for gone; a killed tab is noticed at once by its closed connection.
PING_INTERVAL_S = 5
PING_TIMEOUT_S = 8


class CheckedPacket(MsgPackPacket):
    """A packet in msgpack; one that cannot be understood ends its connection, because our pages send none.

    The library expects well-formed packets and logs a traceback for every other, which anybody could make it do.
    """

    def __init__(self, *values: Any, encoded_packet: bytes | str | None = None, **named: Any) -> None:
        super().__init__(*values, **named)
        # The library takes an empty message for none at all and goes on with a packet without content.
        if encoded_packet is not None:
            self.attachment_count = 0
            self.decode(encoded_packet)

    def decode(self, encoded_packet: bytes | str) -> None:
        """Read a packet; what is no packet becomes a farewell."""
        try:
            # A page's ArrayBuffer arrives as an extension type; it means bytes.
            content = msgpack.unpackb(encoded_packet, ext_hook=lambda _code, data: bytes(data))
            checked = _Content.model_validate(content)
        except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException):
            checked = _Content(type=packet.DISCONNECT, nsp="/")
        self.packet_type, self.namespace = checked.type, checked.nsp
        self.data, self.id = checked.data, checked.id


class _Content(BaseModel):
    model_config = ConfigDict(strict=True)

    type: int
    nsp: str
    data: Any = None
    id: int | None = None

    @model_validator(mode="after")
    def _as_the_library_expects(self) -> _Content:
        events = self.type in (packet.EVENT, packet.ACK)
        if self.type not in (packet.CONNECT, packet.DISCONNECT, packet.EVENT, packet.ACK):
            raise ValueError("no packet of a page")
        if events and not isinstance(self.data, list):
            raise ValueError("an event is a list")
        if self.type == packet.EVENT and not (self.data and isinstance(self.data[0], str)):
            raise ValueError("an event begins with its name")
        return self


def attach_socket_server(app: Flask) -> Any:
    """Attach a Socket.IO server to a Flask application and return it (a `socketio.Server`)."""
    extension = SocketIO(
        app,
        async_mode="eventlet",
        serializer=CheckedPacket,
        manage_session=False,
        # The connection is confirmed before its handler runs, so that what the handler sends comes after.
        always_connect=True,
        max_http_buffer_size=MAX_CHUNK_BYTES + 64 * 1024,
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
    )
    return extension.server
