"""What there is to try in a demo that stays up: a back yard that opens by itself, a schedule, and a phone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from .choices import open_by_alarm_or_answer, tell as tell_phones
from .phone import Phone
from .scheduled import DAYS, NAME as SCHEDULE
from .screen import shown
from .stage import Stage
from .telling import BACK_YARD, label, sharing

PHONE: Final = "Alex's iPhone"
NIGHT: Final = (
    {"from": "20:00:00", "to": "24:00:00"},
    {"from": "00:00:00", "to": "06:00:00"},
)


@asynccontextmanager
async def something_to_try(
    running: Stage, tell: Callable[[str], None]
) -> AsyncIterator[None]:
    """Prepare what `directions` leads to; `tell` hears what the owner's phone shows meanwhile."""
    client = running.house.client
    await open_by_alarm_or_answer(running, label(BACK_YARD))
    await client.call("switch.turn_on", sharing(BACK_YARD))
    hours = {day: [*NIGHT] for day in DAYS}
    await client.command("schedule/create", name=SCHEDULE, **hours)
    async with Phone.register(
        client, running.house.url, PHONE, manufacturer="Apple"
    ) as phone:
        await tell_phones(running, phone)
        telling = asyncio.create_task(_tell(phone, tell))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])


async def _tell(phone: Phone, tell: Callable[[str], None]) -> None:
    while True:
        for line in shown(await phone.pushed.get()):
            tell(f"{PHONE} | {line}")


def directions(running: Stage) -> str:
    """Return where the pages are, and what to do on them, step by step."""
    return f"""
The owner's page, no password:  {running.house.url}
The police desk:                {running.hub.origin}/desk
    Its certificate comes from an authority made for this demo, so your browser warns you. Continue anyway.

What there is to try, in this order. What the owner's phone gets is printed below.

1. Owner's page, Driveway: turn on 'May be opened'. Desk, Driveway: 'Watch'.
   The owner's page and the phone say who is watching. Turn the switch off: the video is gone.
2. Back yard: its switch is on, yet it is closed. It opens when the alarm goes off, and for a
   viewer whom you let in. Owner's page, House: 'Trigger'. The desk shows the alarm, and may
   watch for 15 minutes. 'Disarm' closes the camera.
3. Desk, Back yard: 'Ask to watch'. You have two minutes to answer: owner's page,
   'Notifications', 'read who it is and answer in Repairs', 'Somebody asks to watch a camera'.
   After your yes, the desk may 'Watch'.
4. Owner's page, House: turn on 'Panic button'. It opens the back yard for 15 minutes, and a
   notification says how many cameras it leaves closed, because their switches are off.
5. Settings > Devices & services > Latchstring, Front door: the gear, 'Change how it is shared'.
   'When it may open', 'Only when …' and 'On a schedule' lead to a schedule, '{SCHEDULE}'. The
   gear once more, 'Never while': choose 'Guests', and submit what is suggested as clear. While
   'Guests' (owner's page, House) is on, nothing opens the front door.

Ctrl-C stops everything. Nothing is kept."""
