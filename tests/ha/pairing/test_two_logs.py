"""The logs that two hubs are shown have nothing in common, and the house goes on unseen beside them."""

from collections.abc import Sequence
from typing import Final

from homeassistant.core import HomeAssistant
import pytest

from tests.cameras.gst_camera import GstCamera
from tests.ha.actions.test_change_keys import change_keys
from tests.ha.entities import entity_of
from tests.ha.everything import SHERIFF, Watcher, install_camera, open_to, paired
from tests.ha.reviewing import known_anew
from tests.ha.watching import turn_off, turn_on
from tests.ha.wiretap import tapped_hub
from tests.reference_hub import Authority

from .shown import shown_by

pytestmark = pytest.mark.real_camera

TOGGLES: Final = 50
OF_A_TREE: Final = ("keys", "origins", "roots", "leaves", "nodes")


async def visit(watcher: Watcher) -> int:
    """Watch for a moment, and say how long the log is by the proof of its end."""
    opened = await watcher.watch()
    await watcher.hub.close_session(opened.session)
    ended = await watcher.hub.ended(opened.session)
    await watcher.hub.receipt(opened.session)
    _, size, *_ = ended["proof"]["checkpoint"].split("\n")
    return int(size)


async def toggle(hass: HomeAssistant, watcher: Watcher, *, owner: str) -> None:
    """Turn switches off and on, of the camera and of the hub in turn."""
    for number in range(TOGGLES // 2):
        switch = entity_of(hass, watcher.entry, ("sharing", "hub_sharing")[number % 2])
        await turn_off(hass, switch, user=owner)
        await turn_on(hass, switch, user=owner)


async def change_both_keys(
    hass: HomeAssistant, watchers: Sequence[Watcher], *, owner: str
) -> None:
    """Have the home go by other keys, and wait until each hub knows it by them."""
    for watcher in watchers:
        before = watcher.hub.homes()
        await change_keys(hass, watcher.entry.entry_id, user=owner)
        await known_anew(watcher.hub, before)


async def test_two_hubs_are_shown_trees_with_nothing_in_common_that_fifty_toggles_leave_alone(
    hass: HomeAssistant, authority: Authority, owner: str
) -> None:
    async with (
        GstCamera() as camera,
        tapped_hub(authority) as (police, police_tap),
        tapped_hub(authority, SHERIFF) as (sheriff, sheriff_tap),
    ):
        entity_id = await install_camera(hass, camera.url)
        both = (
            await paired(hass, police, entity_id, case="2026-118834"),
            await paired(hass, sheriff, entity_id, case="HC-0099-41"),
        )
        for watcher in both:
            await open_to(hass, watcher, owner=owner)
        first, second = [[await visit(each) for each in both] for _ in range(2)]
        for watcher in both:
            await toggle(hass, watcher, owner=owner)
        third = [await visit(each) for each in both]
        await change_both_keys(hass, both, owner=owner)
        for watcher in both:
            await visit(watcher)
        for watcher in both:
            await hass.config_entries.async_remove(watcher.entry.entry_id)
        for tap in (police_tap, sheriff_tap):
            await tap.hung_up()

    # What a visit adds, it adds after fifty toggles as it did after none.
    sizes = [*zip(first, second, third, strict=True)]
    assert all(0 < two - one == three - two for one, two, three in sizes), sizes
    ours, theirs = shown_by(police_tap), shown_by(sheriff_tap)
    for shown in (ours, theirs):
        assert len(shown.origins) == 2  # before the keys were changed, and after
    for what in OF_A_TREE:
        of_one, of_other = getattr(ours, what), getattr(theirs, what)
        assert of_one, what
        assert of_other, what
        assert of_one & of_other == set(), what
