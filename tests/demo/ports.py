"""Ports that are easy to remember, where nobody has them."""

import socket


def free_port(wanted: int = 0) -> int:
    """Give the port that is wanted if nobody listens on it, else one that is free now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
