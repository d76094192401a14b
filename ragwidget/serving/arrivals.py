"""Whether a whole request has arrived, seen without taking it out of its socket."""

from __future__ import annotations

import re
import socket

ARRIVAL_SECONDS = 15  # that a request may take to arrive, its body included where that is short
MOST_AHEAD = 64 * 1024  # what a stranger may send; more is read as it comes
MOST_HEAD = 32 * 1024

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", re.IGNORECASE)


def has_arrived(client: socket.socket, seen: int) -> tuple[bool, int]:
    """Tell whether a request can be read now without waiting, and how much of it is there.

    `seen` is how much was there before. As long as it can't, the socket counts as readable only
    when there is more than now; whoever closes their side in the middle has arrived, too.
    """
    try:
        there = client.recv(MOST_HEAD + MOST_AHEAD, socket.MSG_PEEK)
    except BlockingIOError:
        return False, seen
    except OSError:
        return True, seen  # whoever reads it will see
    needed = bytes_needed(there)
    whole = len(there) >= needed or len(there) == seen
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1 if whole else needed)
    return whole, len(there)


def bytes_needed(there: bytes) -> int:
    r"""Return how long the beginning of a request has to be until it is worth a look.

    >>> bytes_needed(b"GET / HTTP/1.1\r\nHost:")
    22
    >>> bytes_needed(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n12")
    49
    """
    end = there.find(b"\r\n\r\n")
    if end < 0:
        return len(there) + 1 if len(there) < MOST_HEAD else 0
    length = _LENGTH.search(there, 0, end + 2)
    body = int(length[1]) if length else 0
    return end + 4 + (body if body <= MOST_AHEAD else 0)
