"""A house with two cameras, and what its owner and its hub do."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.own_cameras import registered
from tests.ha.watching import is_on
from tests.reference_hub import Opened, ReferenceHub, Refused
from tests.relay.boxes import samples, whole

from .clock import Clock

PORCH = "Front door"
YARD = "Back yard"


async def set_rules(
    hass: HomeAssistant, entry: ConfigEntry, label: str, /, **rules: Any
) -> None:
    """Change rules of a camera, as its dialog does when it is done."""
    change_rules(hass, entry, label, **rules)
    await hass.async_block_till_done()


def change_rules(
    hass: HomeAssistant, entry: ConfigEntry, label: str, /, **rules: Any
) -> None:
    """Change rules of a camera, and wait for nothing."""
    subentry = share_of(entry, label)
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, **rules}
    )


def share_of(entry: ConfigEntry, label: str) -> ConfigSubentry:
    """Find a camera's share by the label the hub knows it by."""
    (share,) = (each for each in entry.subentries.values() if each.title == label)
    return share


def entity_of_share(
    hass: HomeAssistant, entry: ConfigEntry, key: str, label: str | None
) -> str:
    """Find an entity of ours by what it is and the camera it is of (None: the hub)."""
    share_id = share_of(entry, label).subentry_id if label else entry.entry_id
    (entity_id,) = (
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if entity.unique_id == f"{share_id}_{key}"
    )
    return entity_id


def key_of(hass: HomeAssistant, entity_id: str) -> str:
    """Give what stays of an entity that is renamed."""
    return registered(er.async_get(hass), entity_id).id


def rename(hass: HomeAssistant, entity_id: str, new: str) -> str:
    """Give an entity another id, as its owner does."""
    er.async_get(hass).async_update_entity(entity_id, new_entity_id=new)
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One hub is paired, and may see the porch and the yard when their rules let it."""

    hass: HomeAssistant
    hub: ReferenceHub
    entry: ConfigEntry
    clock: Clock
    owner: str

    async def set_rules(self, label: str = PORCH, /, **rules: Any) -> None:
        """Change rules of one camera."""
        await set_rules(self.hass, self.entry, label, **rules)

    def entity(self, key: str, label: str | None = PORCH) -> str:
        """Find an entity of ours on a camera, or (no label) the hub's."""
        return entity_of_share(self.hass, self.entry, key, label)

    def can_be_seen(self, label: str = PORCH) -> bool:
        """Say what the owner is shown: whether a camera can be seen now."""
        return is_on(self.hass, self.entity("viewable", label))

    def told(self, label: str = PORCH) -> Mapping[str, Any]:
        """Give what else the owner is shown of that: why, and until when."""
        state = self.hass.states.get(self.entity("viewable", label))
        assert state is not None
        return state.attributes

    def why(self, label: str = PORCH) -> str:
        """Give the reason the owner is shown."""
        return str(self.told(label)["reason"])

    def camera(self, label: str = PORCH) -> Mapping[str, Any]:
        """Give the camera as the hub has it listed."""
        (camera,) = (each for each in self.hub.cameras() if each["label"] == label)
        return camera

    async def asked(self, label: str = PORCH, **viewer: Any) -> Opened | Refused:
        """Let a viewer ask for a camera."""
        return await self.hub.open_session(self.camera(label)["camera"], **viewer)

    async def watch(self, label: str = PORCH, **viewer: Any) -> Opened:
        """Watch until video flows, once the home has what it needs to admit anybody."""
        await self.hub.home_admits()
        opened = await self.asked(label, **viewer)
        assert isinstance(opened, Opened), opened
        await self.goes_on(opened)
        return opened

    async def refuses(self, label: str = PORCH, **viewer: Any) -> bool:
        """Say whether the hub is refused a camera, in the words of every refusal."""
        refused = await self.asked(label, **viewer)
        return isinstance(refused, Refused) and refused.code == "not_available"

    async def goes_on(self, opened: Opened) -> None:
        """Wait for more of a stream."""
        seen = self.hub.seen(opened.carried_by)
        more = await self.hub.fragments(opened.carried_by, seen.fragments + 3)
        assert more.end is None

    async def was_cut(self, opened: Opened) -> None:
        """Wait until nothing of a stream can come any more, and the home has said that it is over."""
        assert (await self.hub.upload_ended(opened.carried_by)).end == "reset"
        await self.hub.ended(opened.session)

    def is_whole(self, opened: Opened, shown: Sequence[int]) -> bool:
        """Say whether a stream has every picture that its camera gave since its second one.

        It goes by when each is to be shown, which stays exact; only the first one's time may be a guess.
        """
        capture = self.hub.seen(opened.carried_by).capture
        assert capture is not None
        _, *came = [each.decode_time + each.offset for each in samples(whole(capture))]
        steps = [after - before for before, after in pairwise(came)]
        given = [after - before for before, after in pairwise(shown)]
        return any(
            given[begin : begin + len(steps)] == steps
            for begin in range(len(given) - len(steps) + 1)
        )

    async def clock_is_believed(self) -> None:
        """Wait until the hub, or whoever else was to, has agreed with the house's clock."""
        async with asyncio.timeout(30):
            while self.hass.data[HOUSEHOLD_KEY].clock.doubt is not None:  # noqa: ASYNC110 - nothing tells it
                await asyncio.sleep(0.01)
        await self.hass.async_block_till_done()

    async def call(
        self, domain: str, service: str, entity_id: str, **data: Any
    ) -> None:
        """Call an action on an entity, as an automation does."""
        await self.hass.services.async_call(
            domain, service, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True
        )
        await self.hass.async_block_till_done()

    async def says(
        self, entity_id: str, state: str | None, /, **attributes: Any
    ) -> None:
        """Let an entity say something, as `say` does, and wait until all that follows is shown."""
        self.say(entity_id, state, **attributes)
        await self.hass.async_block_till_done()

    def say(self, entity_id: str, state: str | None, /, **attributes: Any) -> None:
        """Let an entity without a place in the registry say something; None: it goes away."""
        if state is None:
            self.hass.states.async_remove(entity_id)
        else:
            self.hass.states.async_set(entity_id, state, attributes)
