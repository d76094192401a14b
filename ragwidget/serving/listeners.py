"""One listening socket per worker, which outlives it.

The kernel shares connections out among sockets far more evenly than workers would among
themselves. gunicorn's own way to have several (`reuse_port`) opens each in its worker, and whatever
waits in there is reset when that worker goes. Ours belong to the arbiter: on a reload the new
worker takes over the socket of the one it replaces, and nobody who waits in it is refused.
"""

from __future__ import annotations

import socket
from struct import pack
from typing import Any

from gunicorn import sock

# Who takes nothing, or sends nothing in the middle of an upload, for so long is left: less than
# the twenty seconds after which an answer that its writer can't go on with counts as broken off.
STALLED_SECONDS = 10


def open_one_per_worker(arbiter: Any) -> None:
    """Open as many sockets on each address as there will be workers."""
    if arbiter.master_pid:  # they come from the arbiter that this one replaces
        return
    arbiter.cfg.set("reuse_port", True)
    arbiter.LISTENERS = [
        listener
        for _ in range(arbiter.cfg.workers)
        for listener in sock.create_sockets(arbiter.cfg, arbiter.log)
    ]
    arbiter.cfg.set("reuse_port", False)  # or each worker would open one of its own
    for listener in arbiter.LISTENERS:  # which hand these on to the connections they accept
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pack("ll", STALLED_SECONDS, 0))
        if hasattr(socket, "TCP_USER_TIMEOUT") and listener.FAMILY != socket.AF_UNIX:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * STALLED_SECONDS)


def assign(arbiter: Any, worker: Any) -> None:
    """Give a worker that is about to be forked the sockets that fewest others accept on."""
    addresses = len(arbiter.cfg.address)
    shares = [
        tuple(arbiter.LISTENERS[first : first + addresses])
        for first in range(0, len(arbiter.LISTENERS), addresses)
    ]
    taken = [getattr(other, "share", None) for other in arbiter.WORKERS.values()]
    worker.share = min(range(len(shares)), key=taken.count)
    worker.sockets = list(shares[worker.share])


def let_go_of_the_others(arbiter: Any, worker: Any) -> None:
    """Close the sockets that others accept on, which would live on here when those go."""
    for listener in arbiter.LISTENERS:
        if listener not in worker.sockets:
            listener.close()
