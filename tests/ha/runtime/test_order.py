"""Closing comes first: the cut, then what is shown, then what is written down."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Any, NoReturn

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util.ssl import get_default_context
import pytest

from custom_components.latchstring.gate.carrier import Carrier
from custom_components.latchstring.relay import (
    CameraStream,
    ConsentedStream,
    Progress,
    Upload,
)
from tests.ha.watching import (
    SHARING,
    WATCHED,
    is_on,
    on_disk,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub, Refused
from tests.relay.uploads import uploads

pytestmark = pytest.mark.usefixtures("hass_storage", "entry")

ROUNDS = 20


class Shown:
    """How far things had come each time the owner was shown something."""

    def __init__(self, hass: HomeAssistant, stored: Mapping[str, Any]) -> None:
        self.upload: Upload | None = None
        self.moments: dict[str, tuple[Progress, float | None, bool]] = {}
        self._stored = stored
        hass.bus.async_listen("state_changed", self._note)

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        if self.upload is not None and (new := event.data["new_state"]) is not None:
            self.moments[f"{new.entity_id}: {new.state}"] = (
                self.upload.progress,
                self.upload.last_write_at,
                is_stored_as_on(self._stored),
            )


def is_stored_as_on(stored: Mapping[str, Any]) -> bool:
    """Read the one switch of the one camera as the store has it."""
    (hub,) = stored["latchstring.consent"]["data"]["hubs"].values()
    (share,) = hub["shares"].values()
    return share["sharing"] is True


async def test_the_cut_comes_before_it_is_shown_and_that_before_it_is_stored(
    hass: HomeAssistant, hass_storage: dict[str, Any], hub: ReferenceHub, owner: str
) -> None:
    shown = Shown(hass, hass_storage)
    for _ in range(ROUNDS):
        await turn_on(hass, user=owner)
        opened = await watch(hub)
        upload = max(uploads(), key=lambda each: each.last_write_at or 0)
        shown.upload = upload

        await turn_off(hass)
        seen = await hub.upload_ended(opened.session)

        cut = (upload.progress, upload.last_write_at, True)
        assert shown.moments[f"{WATCHED}: off"] == cut
        assert shown.moments[f"{SHARING}: off"] == cut
        assert not is_stored_as_on(hass_storage)
        assert seen.bytes <= upload.progress.bytes
        shown.upload = None
        shown.moments.clear()
        await hub.ended(opened.session)
    assert not hub.faults


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let nobody else write to a database."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def test_the_cut_does_not_wait_for_the_record(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    record = Path(hass.config.path("latchstring", "record.db"))
    await turn_on(hass, user=owner)
    opened = await watch(hub)

    with locked(record):
        turning = hass.async_create_task(turn_off(hass))
        seen = await hub.upload_ended(opened.session)

        assert seen.end == "reset"
        assert not is_on(hass, WATCHED)
        assert not on_disk(hass, "session_cut")

    await turning
    await hub.ended(opened.session)


async def test_whom_the_house_shuts_out_as_soon_as_it_shows_them_gets_nothing(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    """They are in the record by then; the hub waits for the proof of it."""
    await turn_on(hass, user=owner)
    camera = await hub.camera_is("open")

    @callback
    def shut_out(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) is not None and new.state == "on":
            hass.async_create_task(turn_off(hass))

    async_track_state_change_event(hass, WATCHED, shut_out)
    outcome = await hub.open_session(camera["camera"])

    assert isinstance(outcome, Refused)
    assert outcome.code == "not_available"
    assert not is_on(hass, WATCHED)
    (cut,) = await recorded(hass, "session_cut")
    assert cut["how"] == "camera_off"
    (ended,) = await recorded(hass, "session_ended")
    assert ended["bytes"] == 0


async def test_an_upload_that_cannot_be_begun_is_lost_whatever_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def no_thread() -> NoReturn:
        raise RuntimeError("can't start new thread")

    lost: list[str] = []
    source = CameraStream(
        loop=asyncio.get_running_loop(), locate=no_thread, name=lambda: "Porch"
    )
    carrier = Carrier(
        share_id="porch",
        is_common=True,
        since=asyncio.get_running_loop().time,
        consented=ConsentedStream(stream=source, is_consented=lambda: True),
        target=no_thread,
        ssl=get_default_context(),
        on_lost=lambda: lost.append("session"),
    )

    await carrier.run()

    assert lost == ["session"]
    assert "can't start new thread" in caplog.text
