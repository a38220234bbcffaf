"""The owner answers on a phone, over Home Assistant's own app integration: its push channel and its webhook."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.reference_hub import Opened, ReferenceHub, Refused, Viewer

from .choices import open_by, tell
from .phone import Phone, button, sign_in
from .record_file import read_record
from .stage import Stage, stage

SHARING: Final = "switch.front_door_sharing_with_jackson_police_department"
PENDING: Final = "sensor.jackson_police_department_pending_requests"
LABEL: Final = "Front door"
DOE: Final = Viewer(officer="Officer J. Doe")
LEE: Final = Viewer(officer="Officer R. Lee")


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A house whose owner wants to be asked, on either of two phones; and a member who may not open."""

    stage: Stage
    camera: str
    iphone: Phone
    pixel: Phone
    members: Phone

    @property
    def hub(self) -> ReferenceHub:
        """Who asks."""
        return self.stage.hub

    async def asked(self, viewer: Viewer) -> str:
        """Let a viewer ask, and give the request."""
        request, answered = await self.hub.ask_to_watch(self.camera, viewer=viewer)
        assert answered["result"] == {}
        return request

    async def lets_in(self, viewer: Viewer) -> bool:
        """Try to come in as this viewer."""
        outcome = await self.hub.open_session(self.camera, officer=viewer.officer)
        assert isinstance(outcome, Opened | Refused)
        return isinstance(outcome, Opened)

    async def waiting(self, number: int) -> None:
        """Wait until so many requests wait for an answer."""
        await self.stage.house.client.state(PENDING, str(number))

    @property
    def answers(self) -> list[tuple[bool, str | None]]:
        """What the record holds of answers: yes or no, and whose."""
        return [
            (entry.content["allowed"], entry.content["actor"]["name"])
            for entry in read_record(self.stage.house.folder)
            if entry.kind == "request_answered"
        ]


@pytest.fixture
async def household(tmp_path: Path) -> AsyncIterator[Household]:
    """Set it up, with the front door switched on."""
    async with stage(tmp_path) as running, AsyncExitStack() as stack:
        house = running.house
        await open_by(running, "approval")
        member = await sign_in(house.client, house.url, "Sam")
        stack.push_async_callback(member.close)
        iphone, pixel, members = [
            await stack.enter_async_context(
                Phone.register(client, house.url, name, manufacturer=made_by)
            )
            for client, name, made_by in (
                (house.client, "Alex's iPhone", "Apple"),
                (house.client, "Alex's Pixel", "Google"),
                (member, "Sam's iPhone", "Apple"),
            )
        ]
        await tell(running, iphone, pixel, members)
        await house.client.call("switch.turn_on", SHARING)
        camera = (await running.hub.camera_is("ask", LABEL))["camera"]
        yield Household(
            stage=running, camera=camera, iphone=iphone, pixel=pixel, members=members
        )


async def test_a_yes_on_a_phone_opens_for_this_viewer_only(
    household: Household,
) -> None:
    request = await household.asked(DOE)
    push = await household.iphone.asked()
    assert push["message"] == (
        "Officer J. Doe, Jackson PD asks to watch Front door for 15 minutes: "
        "Burglary in progress."
    )
    assert [
        (each["title"], each.get("authenticationRequired", False))
        for each in push["data"]["actions"]
    ] == [("Allow once", True), ("Allow 15 minutes", True), ("Refuse", False)]

    await household.iphone.press(button(push, "Allow 15 minutes"))

    assert await household.hub.decided(request)
    outcome = await household.hub.open_session(household.camera, officer=DOE.officer)
    assert isinstance(outcome, Opened)
    await household.hub.fragments(outcome.session, 3)
    assert not await household.lets_in(LEE)
    assert household.answers == [(True, "Alex")]
    assert household.hub.faults == []


async def test_what_is_replayed_invented_or_somebody_elses_opens_nothing(
    household: Household,
) -> None:
    await household.asked(DOE)
    on_the_iphone = await household.iphone.asked()
    on_sams = await household.members.asked()
    on_the_pixel = await household.pixel.asked()

    # Sam may not open, whichever phone a button was made for; and nobody made this one.
    await household.members.press(button(on_sams, "Allow once"))
    await household.members.press(button(on_the_iphone, "Allow 15 minutes"))
    await household.iphone.press("latchstring_invented")
    assert not await household.lets_in(DOE)
    assert household.answers == []

    # A phone that need not be unlocked was given nothing to say but no.
    assert [each["title"] for each in on_the_pixel["data"]["actions"]] == [
        "Refuse",
        "Open the app",
    ]
    await household.pixel.press(button(on_the_pixel, "Refuse"))
    await household.waiting(0)

    # After the no, every button of this request is worth nothing, also for the next one.
    await household.asked(LEE)
    for_lee = await household.iphone.asked()
    await household.iphone.press(button(on_the_iphone, "Allow 15 minutes"))
    await household.iphone.press(button(on_sams, "Allow once"))
    assert not await household.lets_in(DOE)
    assert not await household.lets_in(LEE)
    await household.waiting(1)
    assert household.answers == [(False, "Alex")]

    # The right button still counts, once.
    await household.iphone.press(button(for_lee, "Allow once"))
    await household.waiting(0)
    outcome = await household.hub.open_session(household.camera, officer=LEE.officer)
    assert isinstance(outcome, Opened)
    await household.hub.fragments(outcome.session, 3)
    await household.hub.close_session(outcome.session)
    await household.hub.ended(outcome.session)
    await household.iphone.press(button(for_lee, "Allow once"))
    assert not await household.lets_in(LEE)
    assert household.answers == [(False, "Alex"), (True, "Alex")]
    assert household.hub.faults == []
