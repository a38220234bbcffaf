"""Traffic that stays on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def ice_on_loopback(address: str = "127.0.0.1") -> Iterator[None]:
    """Have aioice use this machine's own address, which it leaves out, and no other."""
    with patch("aioice.ice.get_host_addresses", return_value=[address]):
        yield
