"""A viewer watches a camera, from the owner's switch to the last byte."""

import asyncio

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from tests.cameras import Cameras
from tests.ha.front_door import pair
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.restarting import start, stop
from tests.ha.watching import (
    ACCESS,
    HUB_SHARING,
    SHARING,
    VIEWABLE,
    VIEWERS,
    WATCHED,
    is_on,
    look,
    on_disk,
    opened,
    recorded,
    text_of,
    turn_off,
    turn_on,
    watch,
)
from tests.hub.network import calls
from tests.reference_hub import Conduct, ReferenceHub, Refused


@pytest.fixture
def happenings(hass: HomeAssistant) -> list[str]:
    """What the owner's entities showed, in their order, as `entity: state`."""
    shown: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) is not None:
            shown.append(f"{new.entity_id}: {new.state}")

    hass.bus.async_listen("state_changed", note)
    return shown


async def test_a_closed_camera_answers_like_one_that_does_not_exist(
    hub: ReferenceHub, entry: ConfigEntry
) -> None:
    camera = await hub.camera_is("closed", "Front door")

    closed = await hub.open_session(camera["camera"])
    unlisted = await hub.open_session("x" * 22)

    assert isinstance(closed, Refused)
    assert isinstance(unlisted, Refused)
    assert closed.code == unlisted.code == "not_available"
    assert hub.seen("x").bytes == 0


async def test_the_owner_sees_who_watches_before_the_first_byte(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)

    session = await opened(hub)

    assert hub.seen(session.session).first_byte is None
    assert is_on(hass, WATCHED)
    assert text_of(hass, VIEWERS) == "Officer J. Doe, Jackson PD"
    assert on_disk(hass, "session_started")[0]["session"] == session.session
    await hub.fragments(session.session, 3)
    viewers = hass.states.get(VIEWERS)
    assert viewers is not None
    (viewer,) = viewers.attributes["viewers"]
    assert viewer["purpose"] == "Burglary in progress"
    assert "2026-118834" not in repr(viewers.as_dict())


async def test_turning_the_camera_off_cuts_the_stream_and_says_so(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)

    await turn_off(hass, user=owner)

    assert not is_on(hass, WATCHED)
    assert text_of(hass, VIEWERS) == "nobody"
    seen = await hub.upload_ended(session.session)
    assert seen.end == "reset"
    ended = await hub.ended(session.session)
    assert ended["to"]["fragments"] >= seen.fragments
    assert not set(ended) & {"reason", "how", "until"}
    (cut,) = await recorded(hass, "session_cut")
    assert cut["how"] == "camera_off"
    assert not hub.faults


async def test_pausing_the_hub_cuts_every_stream_to_it(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)

    await turn_off(hass, HUB_SHARING)

    assert not is_on(hass, VIEWABLE)
    assert (await hub.upload_ended(session.session)).end == "reset"
    assert is_on(hass, SHARING)
    await turn_on(hass, HUB_SHARING, user=owner)
    await watch(hub)


async def test_a_second_viewer_joins_the_running_upload_and_leaves_it_whole(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    first = await watch(hub)
    second = await watch(hub, officer="Officer R. Lee")

    assert second.carried_by == first.session
    assert text_of(hass, VIEWERS) == (
        "Officer J. Doe, Jackson PD · Officer R. Lee, Jackson PD"
    )
    await hub.close_session(first.session)
    ended = await hub.ended(first.session)
    more = hub.seen(second.carried_by).fragments + 5
    assert ended["to"]["fragments"] < more
    assert (await hub.fragments(second.carried_by, more)).ended is None
    await hub.close_session(second.session)
    assert (await hub.upload_ended(second.carried_by)).end == "reset"
    assert not is_on(hass, WATCHED)
    assert not hub.faults


@pytest.mark.parametrize("key", ["sharing", "being_watched"])
async def test_disabling_what_shows_or_switches_sharing_closes_it(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str, key: str
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    entity_id = {"sharing": SHARING, "being_watched": WATCHED}[key]

    er.async_get(hass).async_update_entity(
        entity_id, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert not is_on(hass, VIEWABLE)


@pytest.mark.parametrize("switch", [SHARING, HUB_SHARING])
async def test_a_switch_that_was_removed_comes_back_with_a_restart_and_off(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    switch: str,
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)

    er.async_get(hass).async_remove(switch)
    assert entry.runtime_data.gate.sessions() == ()
    await hass.async_block_till_done()
    await stop(hass, entry)
    await start(hass, entry)

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert not is_on(hass, switch)
    assert not is_on(hass, VIEWABLE)
    (*_, turned) = await recorded(hass, "switch_turned")
    assert (turned["on"], turned["actor"]["name"]) == (False, "an administrator")


async def test_taking_a_camera_off_the_list_cuts_it(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    (share_id,) = entry.subentries

    hass.config_entries.async_remove_subentry(entry, share_id)
    await hass.async_block_till_done()

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert hub.cameras() == ()
    assert hass.states.get(SHARING) is None


async def test_removing_the_hub_cuts_it_and_keeps_the_record(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert (await hub.upload_ended(session.session)).end == "reset"
    await hub.home_disconnected()
    kinds = [each["kind"] for each in await recorded(hass)]
    assert kinds.count("session_started") == kinds.count("session_ended") == 1
    assert kinds[-1] == "unpaired"


async def test_a_hub_learns_that_its_home_is_gone_and_signs_that_entry_too(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await look(hub)
    home = hub.control.home()
    log = home.receipt["log_origin"]
    before = hub.store.cosigned_up_to(log)

    await hass.config_entries.async_remove(entry.entry_id)

    await hub.home_gone(home.id)
    assert hub.cameras() == ()
    assert hub.faults == []
    assert await recorded(hass, "unpaired")
    assert hub.store.cosigned_up_to(log) > before


async def test_a_goodbye_without_a_signed_checkpoint_ends_nothing(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await look(hub)
    home = hub.control.home()
    hub.conduct = Conduct(cosigns=False)

    await hass.config_entries.async_remove(entry.entry_id)

    await hub.home_disconnected()
    assert not hub.store.is_gone(home.id)


async def test_a_hub_of_the_internet_is_sent_no_video_in_the_homes_network(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    """Here the hub is at 127.0.0.1 all the time; what was seen of it at pairing is set by hand."""
    await turn_on(hass, user=owner)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "is_local": False}
    )

    with calls() as called:
        session = await opened(hub)
        ended = hass.async_create_task(hub.ended(session.session))
        await hub.changes.until(lambda: called or ended.done())

    assert called == []
    assert (await ended)["bytes"] == 0
    (cut,) = await recorded(hass, "session_cut")
    assert cut["how"] == "upload_lost"


async def test_a_hub_of_the_internet_is_told_goodbye_nowhere_in_the_homes_network(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await look(hub)
    home = hub.control.home()
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "is_local": False}
    )

    with calls() as called:
        await hass.config_entries.async_remove(entry.entry_id)

    assert called == []
    assert not hub.store.is_gone(home.id)
    assert await recorded(hass, "unpaired")


async def test_a_camera_that_shows_another_source_than_before_stays_closed(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    camera = OwnCamera("Porch", served.url("porch"), device="Porch")
    (porch,) = await install(hass, camera)
    await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await turn_on(hass, user=owner)
    session = await watch(hub)

    camera.show(served.url("yard"))
    await hass.async_block_till_done()

    assert (await hub.upload_ended(session.session)).end == "reset"
    viewable = hass.states.get(VIEWABLE)
    assert viewable is not None
    assert viewable.attributes["reason"] == "camera_changed"
    await turn_off(hass)
    await turn_on(hass, user=owner)
    await watch(hub)


async def test_a_camera_that_takes_its_time_is_not_written_down_as_on_after_it_was_off(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    answers = asyncio.Event()
    answers.set()

    async def locate() -> str:
        await answers.wait()
        return served.url("porch")

    (porch,) = await install(hass, OwnCamera("Porch", locate, device="Porch"))
    await pair(hass, hub.invitation(), labels={porch: "Front door"})
    answers.clear()
    opening = hass.async_create_task(turn_on(hass, user=owner))
    await turn_off(hass, user=owner)
    answers.set()

    with pytest.raises(HomeAssistantError) as lost:
        await opening

    assert lost.value.translation_key == "closed_meanwhile"
    turned = await recorded(hass, "switch_turned")
    assert [each["on"] for each in turned] == [False]


async def test_what_happened_is_an_event_that_names_its_entry_in_the_record(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    started = hass.states.get(ACCESS)
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hass.async_block_till_done()
    ended = hass.states.get(ACCESS)

    assert started is not None
    assert ended is not None
    assert started.attributes["event_type"] == "session_started"
    assert ended.attributes["event_type"] == "session_ended"
    assert started.attributes["entry"] != ended.attributes["entry"]


async def test_the_order_holds_however_often_the_switch_is_turned(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    happenings: list[str],
) -> None:
    for _ in range(20):
        happenings.clear()
        await turn_on(hass, user=owner)
        session = await opened(hub)
        assert hub.seen(session.session).first_byte is None
        assert f"{WATCHED}: on" in happenings
        await hub.first_byte(session.session)
        await turn_off(hass)
        assert f"{WATCHED}: off" in happenings
        given = (await hub.ended(session.session))["bytes"]
        seen = await hub.upload_ended(session.session)
        assert seen.bytes <= given
        await hub.camera_is("closed", "Front door")
    assert not hub.faults
