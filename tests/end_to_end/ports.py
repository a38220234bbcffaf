"""Ports that are easy to remember, where nobody has them, and nobody who starts beside us takes them."""

import fcntl
import os
from pathlib import Path
import socket
import tempfile


def free_port(wanted: int = 0) -> int:
    """Give the port that is wanted if nobody has it or is about to, else one that is free now."""
    if wanted and _is_free(wanted) and _claim(wanted):
        return wanted
    while not _claim(port := _any_port()):
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _claim(port: int) -> bool:
    """Say so to all who ask here, until this process ends; False where somebody, or this process, has said so before.

    Nobody listens yet: Home Assistant needs seconds for that.
    """
    place = Path(tempfile.gettempdir(), f"latchstring-port-{port}")
    handle = os.open(place, os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    return True
