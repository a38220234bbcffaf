"""Pairing again with the same hub: it forgot this home, or it has moved."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import json
import logging
from pathlib import Path
import socket
from typing import Any, Final

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.latchstring.core.signatures.jose import public_key, thumbprint
from custom_components.latchstring.core.text import escape_markdown
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.cameras import Cameras
from tests.conftest import NAMED
from tests.ha.front_door import (
    DOMAIN,
    agreement_of,
    answer,
    begin_again,
    keys_of,
    open_dialog,
    pair,
    told_by,
)
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.reviewing import issue_turned, known_anew
from tests.ha.watching import look, opened, recorded, turn_on
from tests.reference_hub import Agreement, Authority, Conduct, Options, ReferenceHub

from .test_repairs import begin_repair, issue_of_reading_again

PUBLIC: Final = "1.1.1.1"
"""An address on the internet, where nothing of this home's network is."""


@pytest.fixture
async def entry(hass: HomeAssistant, hub: ReferenceHub) -> ConfigEntry:
    """A hub that knows this home and one of its cameras."""
    (porch,) = await install(hass, OwnCamera("Porch", "rtsp://127.0.0.1:1/"))
    entry = await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await hub.home_connected()
    return entry


async def test_a_forgotten_home_pairs_again_under_the_same_name(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    (home,) = hub.homes()
    kept, old = dict(entry.data), keys_of(hass, entry)
    await hub.forget(home)
    step = await begin_again(hass, entry, SOURCE_REAUTH)
    assert step["step_id"] == "reauth_confirm"

    step = await answer(hass, step, {"link": hub.invitation()})
    assert step["step_id"] == "agreement"
    assert step["last_step"] is True
    assert "take effect again" in told_by(step)["afterwards"]
    step = await answer(hass, step, {"accept": True})

    assert step["type"] is FlowResultType.ABORT
    assert step["reason"] == "paired_again"
    new = keys_of(hass, entry)
    assert new["dial_in"] != old["dial_in"]
    assert new["log"] != old["log"]
    assert entry.data["accepted_at"] > kept["accepted_at"]
    assert [await hub.home_connected()] == hub.homes() != [home]
    assert (await hub.camera_is("closed", "Front door"))["label"] == "Front door"
    assert entry.state is ConfigEntryState.LOADED


async def test_an_invitation_of_another_hub_that_is_paired_does_not_bring_this_one_back(
    hass: HomeAssistant, entry: ConfigEntry, authority: Authority
) -> None:
    kept = dict(entry.data)
    async with ReferenceHub(authority) as other:
        await pair(hass, other.invitation())
        (home,) = other.homes()
        step = await begin_again(hass, entry, SOURCE_REAUTH)

        step = await answer(hass, step, {"link": other.invitation()})

        assert step["step_id"] == "reauth_confirm"
        assert step["errors"] == {"link": "other_hub"}
        assert other.homes() == [home]
    assert dict(entry.data) == kept


async def test_a_hub_that_lost_its_key_is_taken_for_the_same_only_by_its_owner(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    (home,), old = hub.homes(), hub.hub_id
    shares = {**entry.subentries}
    await hub.change_keys(signed=False)
    hub.presence.agency = replace(hub.agency, contact="+1 601 555 0199")
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})
    assert step["step_id"] == "other_key"
    told = told_by(step)
    assert told["proof"].startswith("Nothing proves that both keys belong")
    assert told["old_key"] == escape_markdown(old)
    assert told["new_key"] == escape_markdown(hub.hub_id)
    assert told["old_contact"] != told["new_contact"]

    step = await answer(hass, step, {"same_hub": False})
    assert step["errors"] == {"same_hub": "not_confirmed"}
    step = await answer(hass, step, {"same_hub": True})
    assert step["step_id"] == "agreement"
    assert entry.unique_id == old
    step = await answer(hass, step, {"accept": True})

    assert step["reason"] == "paired_again"
    assert entry.unique_id == hub.hub_id
    assert {**entry.subentries} == shares
    await known_anew(hub, [home])
    await hub.forget(home)  # nobody but the hub can say that it is over
    assert hub.store.successions() == []  # to another hub it would name this home
    assert (await hub.camera_is("closed", "Front door"))["label"] == "Front door"
    (kept,) = entry.data["former_pairings"]
    assert thumbprint(public_key(kept["pairing"]["keys"]["assertion"])) == old


async def test_another_hub_that_is_not_confirmed_changes_nothing(
    hass: HomeAssistant, entry: ConfigEntry, authority: Authority
) -> None:
    kept = dict(entry.data)
    async with ReferenceHub(authority) as other:
        step = await begin_again(hass, entry, SOURCE_REAUTH)
        step = await answer(hass, step, {"link": other.invitation()})

        step = await answer(hass, step, {"same_hub": False})

        assert step["step_id"] == "other_key"
        assert not other.homes()
    assert dict(entry.data) == kept


async def test_a_key_that_the_old_one_names_is_told_from_one_that_it_does_not(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    await hub.change_keys()
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)

    step = await answer(hass, step, {"link": hub.invitation()})

    assert step["step_id"] == "other_key"
    assert told_by(step)["proof"].startswith("The hub proved with its old key")


async def test_a_used_invitation_leads_back_to_the_link(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    hub.conduct = Conduct(refuses_pairing_with="invitation_used")
    step = await begin_again(hass, entry, SOURCE_REAUTH)
    step = await answer(hass, step, {"link": hub.invitation()})

    step = await answer(hass, step, {"accept": True})

    assert step["step_id"] == "reauth_confirm"
    assert step["errors"] == {"link": "invitation_used"}


async def test_pairing_again_with_a_hub_that_is_not_there_touches_nothing(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    (home,), loaded = hub.homes(), entry.runtime_data
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})
    hub.conduct = Conduct(clock_ahead=timedelta(hours=1))

    step = await answer(hass, step, {"accept": True})

    assert step["errors"] == {"base": "clock_skew"}
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is loaded
    assert loaded.connected
    assert hub.homes() == [home]
    assert not hass.data[HOUSEHOLD_KEY].record.log(entry.entry_id).is_closed


async def test_a_hub_that_refused_is_loaded_and_told_of_the_new_keys_while_the_dialog_is_open(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    """Its log is over: by the keys of before, a copy of this home could go on."""
    (home,) = hub.homes()
    untold = f"keys_untold_{entry.entry_id}"
    shown = issue_turned(hass, untold)
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})
    hub.conduct = Conduct(refuses_pairing_with="receipt_invalid")

    step = await answer(hass, step, {"accept": True})

    assert step["errors"] == {"base": "receipt_invalid"}
    assert entry.state is ConfigEntryState.LOADED
    await shown()
    assert ir.async_get(hass).async_get_issue(DOMAIN, untold) is not None
    hub.conduct = Conduct()
    await known_anew(hub, [home])
    step = await answer(hass, step, {"accept": True})
    assert step["reason"] == "paired_again"
    assert entry.state is ConfigEntryState.LOADED
    assert [await hub.home_connected()] == hub.homes()
    assert ir.async_get(hass).async_get_issue(DOMAIN, untold) is None


async def test_pairing_again_by_hand_answers_the_question_to_pair_again(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    """It was asked when the hub had forgotten this home, and would stand among what needs attention until a restart."""
    (home,) = hub.homes()
    await begin_again(hass, entry, SOURCE_REAUTH)
    await hub.forget(home)
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})

    step = await answer(hass, step, {"accept": True})

    assert step["reason"] == "paired_again"
    assert hass.config_entries.flow.async_progress_by_handler(DOMAIN) == []


async def test_not_accepting_leaves_the_pairing_as_it_was(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    kept = dict(entry.data)
    step = await begin_again(hass, entry, SOURCE_REAUTH)
    step = await answer(hass, step, {"link": hub.invitation()})

    step = await answer(hass, step, {"accept": False})

    assert step["errors"] == {"accept": "not_accepted"}
    assert dict(entry.data) == kept


async def test_a_hub_that_moved_is_found_again_by_a_new_link(
    hass: HomeAssistant, authority: Authority, tmp_path: Path
) -> None:
    kept = Options(data=tmp_path / "hub")
    async with ReferenceHub(authority, options=kept) as before:
        entry = await pair(hass, before.invitation())
        home = await before.home_connected()
        async with ReferenceHub(authority, options=kept) as after:
            assert after.origin != before.origin
            step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
            assert step["step_id"] == "pair_again"

            step = await answer(hass, step, {"link": after.invitation()})
            step = await answer(hass, step, {"accept": True})

            assert step["reason"] == "paired_again"
            assert entry.data["origin"] == after.origin
            assert [await after.home_connected()] == after.homes() != [home]


async def test_a_hub_of_the_internet_leads_nowhere_into_the_homes_network_later(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Here the hub is at 127.0.0.1 all the time; what was seen of it at pairing is set by hand."""
    assert entry.data["is_local"] is True
    caplog.set_level(logging.INFO)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "is_local": False}
    )

    await hass.config_entries.async_setup(entry.entry_id)

    async with asyncio.timeout(60):
        while "is unavailable: address_private" not in caplog.text:
            await hass.async_block_till_done()
    assert not entry.runtime_data.connected


class NameServer:
    """What the machine that runs Home Assistant asks for names; it knows one. On the internet, nobody answers it."""

    def __init__(self) -> None:
        self.leads_to = "127.0.0.1"
        self.called: list[str] = []
        self._ask = socket.getaddrinfo
        self._connect = socket.socket.connect

    def getaddrinfo(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask(self.leads_to if host == NAMED else host, *args, **kwargs)

    def connect(self, called: socket.socket, address: Any) -> None:
        self.called.append(address[0])
        if address[0] == PUBLIC:
            raise ConnectionRefusedError
        self._connect(called, address)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    """Stands in for the name server that the machine is set to, and for the way to the internet."""
    names = NameServer()

    def connect(called: socket.socket, address: Any) -> None:
        names.connect(called, address)

    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return names


async def test_a_hub_of_the_homes_network_is_looked_for_nowhere_else(
    hass: HomeAssistant, authority: Authority, names: NameServer
) -> None:
    """Neither to connect, to read its agreement, to change keys, nor to say goodbye."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert await async_setup_component(hass, REPAIRS, {})
    named = Options(port=port, public=f"https://{NAMED}:{port}")
    async with ReferenceHub(authority, options=named) as hub:
        entry = await pair(hass, hub.invitation())
        await hub.home_connected()
        assert entry.data["is_local"] is True
        elsewhere = f"hub_elsewhere_{entry.entry_id}"
        issues = ir.async_get(hass)
        kept = dict(entry.data)

        names.leads_to = PUBLIC
        shown = issue_turned(hass, elsewhere)
        await hass.config_entries.async_reload(entry.entry_id)
        await shown()
        assert issues.async_get_issue(DOMAIN, elsewhere) is not None
        assert not entry.runtime_data.connected

        names.leads_to = "127.0.0.1"
        await hass.config_entries.async_reload(entry.entry_id)
        await hub.home_connected()
        await hass.async_block_till_done()
        assert issues.async_get_issue(DOMAIN, elsewhere) is None
        assert dict(entry.data) == kept

        hub.change_agreement(Agreement(text="Kept for a year"))
        changed = await issue_of_reading_again(hass, entry)
        names.leads_to = PUBLIC
        step = await begin_repair(hass, changed)
        assert step["reason"] == "address_public"
        await hass.config_entries.async_remove(entry.entry_id)
        assert PUBLIC not in names.called


async def test_a_hub_of_the_homes_network_is_sent_video_nowhere_else(
    hass: HomeAssistant,
    authority: Authority,
    names: NameServer,
    served: Cameras,
    owner: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (porch,) = await install(
        hass, OwnCamera("Porch", served.url("porch"), device="Porch")
    )
    named = Options(port=port, public=f"https://{NAMED}:{port}")
    async with ReferenceHub(authority, options=named) as hub:
        await pair(hass, hub.invitation(), labels={porch: "Front door"})
        await hub.home_admits()
        await turn_on(hass, user=owner)
        await look(hub)

        names.leads_to = PUBLIC
        session = await opened(hub)
        ended = await hub.ended(session.session)

        assert PUBLIC not in names.called
        assert ended["bytes"] == 0
        *_, cut = await recorded(hass, "session_cut")
        assert cut["how"] == "upload_lost"


async def test_of_a_hub_that_was_paired_before_is_kept_where_it_is_now(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    older = {name: kept for name, kept in entry.data.items() if name != "is_local"}
    hass.config_entries.async_update_entry(entry, data=older)

    await hass.config_entries.async_setup(entry.entry_id)

    async with asyncio.timeout(60):
        while "is_local" not in entry.data:
            await hass.async_block_till_done()
    assert entry.data == {**older, "is_local": True}


async def test_a_new_agreement_can_be_accepted_by_pairing_again(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    hub.change_agreement(Agreement(text="Kept for a year"))
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)

    step = await answer(hass, step, {"link": hub.invitation()})
    assert "Kept for a year" in told_by(step)["text"]
    await answer(hass, step, {"accept": True})

    assert "Kept for a year" in entry.data["discovery"]


async def test_a_hub_keeps_the_name_its_owner_gave_it(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    hass.config_entries.async_update_entry(entry, title="The police")
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})

    await answer(hass, step, {"accept": True})

    assert entry.title == "The police"


async def test_a_hub_keeps_its_place_in_its_name_beside_another_of_that_name(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, authority: Authority
) -> None:
    async with ReferenceHub(authority) as other:
        second = await pair(hass, other.invitation())
        other.presence.agency = replace(other.agency, name="Jackson PD")
        step = await begin_again(hass, second, SOURCE_RECONFIGURE)
        step = await answer(hass, step, {"link": other.invitation()})
        assert told_by(step)["namesake"] == ""
        await answer(hass, step, {"accept": True})
        assert second.title == "Jackson PD"

        other.presence.agency = replace(other.agency, name=entry.title)
        step = await begin_again(hass, second, SOURCE_RECONFIGURE)
        step = await answer(hass, step, {"link": other.invitation()})
        assert told_by(step)["namesake"] != ""
        await answer(hass, step, {"accept": True})
        assert second.title == f"{entry.title} (127.0.0.1:{other.port})"


async def test_a_hub_that_calls_itself_something_else_is_called_that(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    hub.presence.agency = replace(hub.agency, name="City of Jackson")
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})

    await answer(hass, step, {"accept": True})

    assert entry.title == "City of Jackson"


async def test_a_hub_that_forgot_this_home_makes_home_assistant_ask_for_a_link(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    asked = asyncio.Event()

    @callback
    def flow_turned(change: str, _flow_id: str) -> None:
        if change == "added":
            asked.set()

    hass.config_entries.flow.async_subscribe_flow(flow_turned)

    await hub.forget()

    async with asyncio.timeout(60):
        await asked.wait()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == entry.entry_id
    assert flow["step_id"] == "reauth_confirm"


async def test_what_was_accepted_can_be_read_again(
    hass: HomeAssistant, hub: ReferenceHub, hass_admin_user: MockUser
) -> None:
    """The words of the agreement step come from the same place; here what only this step says is looked at."""
    agreed = told_by(await agreement_of(hass, hub.invitation()))
    hass.config_entries.flow.async_abort(
        hass.config_entries.flow.async_progress()[0]["flow_id"]
    )
    entry = await pair(hass, hub.invitation())
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "accepted_by": hass_admin_user.id}
    )
    hub.change_agreement(Agreement(version="2027-01-01", text="Kept for ever"))
    kept = dict(entry.data)

    step = await read_again(hass, entry)

    told = told_by(step)
    assert {
        name: told[name] for name in ("hub", "contact", "version", "terms", "text")
    } == {name: agreed[name] for name in ("hub", "contact", "version", "terms", "text")}
    assert told["accepted_by"] == f"by {escape_markdown(str(hass_admin_user.name))}"
    assert told["accepted_at"].startswith(escape_markdown(kept["accepted_at"][:4]))
    assert told["key"] == escape_markdown(hub.hub_id)
    assert told["sha256"] == json.loads(kept["discovery"])["agreement"]["sha256"]
    back = await answer(hass, step, {"next_step_id": "reconfigure"})
    assert back["step_id"] == "reconfigure"
    assert dict(entry.data) == kept


async def read_again(hass: HomeAssistant, entry: ConfigEntry) -> ConfigFlowResult:
    """Open the agreement that was accepted, from the entry's menu."""
    menu = await open_dialog(
        hass.config_entries.flow,
        DOMAIN,
        {"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
        ["config"],
    )
    return await answer(hass, menu, {"next_step_id": "accepted"})


async def test_what_a_user_accepted_who_is_gone_can_be_read_too(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    step = await read_again(hass, entry)

    assert told_by(step)["accepted_by"] == "by somebody who is no longer a user here"
