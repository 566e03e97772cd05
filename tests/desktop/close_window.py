"""Asks a window to close, as a click on its cross does. `python -m tests.desktop.close_window WINDOW_ID`, on $DISPLAY.

Tests run without a window manager, so nobody else would send this message, and destroying the window from outside is
something else: the program could not answer.
"""

from __future__ import annotations

import ctypes
import sys

CLIENT_MESSAGE = 33


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent with its data as longs."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("room_for_the_largest_event", ctypes.c_long * 24),
    )


def close_window(window_id: int) -> None:
    """Send WM_DELETE_WINDOW."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    assert display, "there is no display"
    event = ClientMessage(type=CLIENT_MESSAGE, window=window_id, format=32)
    event.message_type = x11.XInternAtom(display, b"WM_PROTOCOLS", 0)
    event.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    sent = x11.XSendEvent(display, ctypes.c_ulong(window_id), 0, ctypes.c_long(0), ctypes.byref(event))
    x11.XCloseDisplay(display)
    assert sent, f"the window {window_id} did not take the message"


if __name__ == "__main__":
    close_window(int(sys.argv[1]))
