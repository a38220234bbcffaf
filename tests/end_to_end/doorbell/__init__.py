"""A doorbell that is seen by WebRTC only, for the demo's house, where it stands among the custom integrations."""

from typing import Any, Final

import aioice.ice

DOMAIN: Final = "latchstring_doorbell"


def _own_address(*_: Any, **_families: Any) -> list[str]:
    return ["127.0.0.1"]


# aioice leaves this machine's own address out, and nothing of the demo is to leave this machine. The house is a process
# of its own, so it can be done only from inside; here it runs before anybody can watch.
aioice.ice.get_host_addresses = _own_address
