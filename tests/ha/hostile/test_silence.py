"""No video without a hub that is heard, and not a word of it once the home has left."""

import asyncio
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant

from custom_components.latchstring.gate import GateEvent, WatchEnded
from tests.ha.runtime.test_order import locked
from tests.ha.watching import recorded, watch
from tests.reference_hub import Conduct

from .honest import to_ask, written
from .house import UNKNOWN, House

SILENCE: Final = 10.0
REQUEST_SECONDS: Final = 120.0
GONE: Final = Conduct(silent=True, control_status=503)


async def falls_silent(house: House, session: str) -> None:
    """Let nothing come from the hub any more but what carries its upload, and see that cut."""
    house.hub.conduct = GONE
    house.clock.jump(SILENCE)
    assert (await house.hub.upload_ended(session)).end == "reset"
    house.hub.conduct = Conduct()


async def test_ten_seconds_without_a_word_end_what_is_watched(house: House) -> None:
    watched = await watch(house.hub)

    await falls_silent(house, watched.session)

    await house.comes_back()
    assert [each["how"] for each in await recorded(house.hass, "session_cut")] == [
        "control_lost"
    ]
    await house.still_serves()


async def test_they_do_so_again_on_a_connection_that_outlived_such_a_silence(
    house: House,
) -> None:
    over = asyncio.Event()

    def takes_a_second(event: GateEvent) -> None:
        if isinstance(event, WatchEnded):
            house.clock.jump(1)
            over.set()

    first, second = await watch(house.hub), await watch(house.hub)
    fast_again = house.entry.runtime_data.gate.subscribe(takes_a_second)
    house.hub.conduct = Conduct(silent=True)
    await house.hub.send_raw(written("session.close", {"session": second.session}))
    await over.wait()
    fast_again()
    # It was heard ten seconds and a half ago, and has been listened to for nine and a half.
    house.clock.jump(SILENCE - 0.5)
    await house.hub.upload_ended(first.session)
    house.hub.conduct = Conduct()

    watched = await watch(house.hub)

    await falls_silent(house, watched.session)


async def test_what_a_hub_says_while_the_home_leaves_it_has_no_consequences(
    hass: HomeAssistant, house: House
) -> None:
    hub, home = house.hub, house.hub.control.home()
    await house.told("not a message")  # to be written down when the home leaves
    said = len(hub.said_by_homes())
    with locked(Path(hass.config.path("latchstring", "record.db"))):
        leaving = hass.async_create_task(
            hass.config_entries.async_unload(house.entry.entry_id)
        )
        await hub.send_raw("nor is this")
        await hub.send_raw(written("request.open", to_ask(house)))
        await hub.send_raw(written("session.close", {"session": UNKNOWN}))
        await hub.changes.until(
            lambda: home.connection is None or len(hub.said_by_homes()) == said + 2
        )
    await leaving
    await hass.config_entries.async_remove(house.entry.entry_id)
    before = await recorded(hass)

    house.clock.jump(REQUEST_SECONDS)
    await hass.async_block_till_done()

    assert await recorded(hass) == before
