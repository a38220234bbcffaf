"""Every step of every dialog of ours, in a real Chromium, for somebody to look at."""

from collections.abc import Callable, Mapping
from dataclasses import replace
import json
from pathlib import Path
import re
from typing import Any, Final

from tests.browser import chromium
from tests.reference_hub import ReferenceHub, Viewer

from .dialog import FORM, MENU, Dialog, Step
from .house import ALARM, GUESTS, GUESTS_NAME
from .owners_page import OwnersPage, button
from .stage import Stage

SIZE: Final = (900, 1000)
OURS: Final = "config/integrations/integration/latchstring"
OWN: Final = "binary_sensor.jackson_police_department_connected"
SWITCH: Final = "switch.front_door_sharing_with_jackson_police_department"
FRONT_DOOR: Final = (
    "deep('ha-config-sub-entry-row')"
    ".find((each) => each.shadowRoot.textContent.includes('Front door'))"
)
READ: Final = "I accept this agreement"

WHERE: Final = "The camera is somewhere in this circle"
CIRCLE: Final = {"latitude": 32.3, "longitude": -90.2, "radius": 1000}

OPENINGS: Final = (
    Step(
        name="openings",
        says="When may",
        fills={"when": "only_when"},
        presses="Submit",
    ),
    Step(name="only-when", says="closed at all other times", presses="Submit"),
    Step(
        name="only-when-refused",
        says="Choose at least one",
        fills={"openings": ["schedule", "alarm", "approval"]},
        presses="Submit",
    ),
    Step(name="schedule", says="may be open while this schedule", presses="Next"),
    Step(name="alarm", says="An alarm opens", presses="Submit"),
    Step(
        name="alarm-refused",
        says="Choose at least one alarm",
        fills={"alarms": [OWN]},
        presses="Submit",
    ),
    Step(
        name="alarm-of-ours-refused",
        says="Connected belongs to Latchstring",
        fills={"alarms": [ALARM]},
        presses="Submit",
    ),
    Step(name="changed", says="changes are saved"),
)
NEVER: Final = (
    Step(
        name="never",
        says="keeps it closed too",
        fills={"never": [GUESTS]},
        presses="Submit",
    ),
    Step(
        name="clear",
        says="In any other state",
        fills={GUESTS_NAME: []},
        presses="Submit",
    ),
    Step(
        name="clear-refused",
        says="Choose at least one state",
        fills={GUESTS_NAME: ["off"]},
        presses="Submit",
    ),
    Step(name="changed", says="changes are saved"),
)
LIMITS: Final = (
    Step(
        name="limits",
        says="Viewers at a time",
        fills={"purposes": []},
        presses="Submit",
    ),
    Step(
        name="limits-refused",
        says="Choose at least one purpose",
        fills={"purposes": ["burglary"], "viewers": 2},
        presses="Submit",
    ),
    Step(name="changed", says="changes are saved"),
)
DETAILS: Final = (
    Step(
        name="details",
        says="Share a rough location",
        fills={"label": "Driveway", "place": "coarse"},
        presses="Submit",
    ),
    Step(
        name="details-refused",
        says="Another camera already has this label",
        fills={"label": "Front porch"},
        presses="Submit",
    ),
    Step(
        name="place",
        says=WHERE,
        fills={"location": {**CIRCLE, "radius": 20}},
        presses="Submit",
    ),
    Step(
        name="place-refused",
        says="Choose a circle",
        fills={"location": CIRCLE},
        presses="Submit",
    ),
    Step(name="changed", says="changes are saved"),
)
PARTS: Final = {
    "When it may open": OPENINGS,
    "Never while": NEVER,
    "Limits": LIMITS,
    "Label, location and connection": DETAILS,
}


async def look_at_dialogs(
    stage: Stage, folder: Path, tell: Callable[[str], None]
) -> None:
    """Take a picture of every step; raises PromiseBroken where one shows a bare key."""
    night = [{"from": "22:00:00", "to": "24:00:00"}]
    await stage.house.client.command("schedule/create", name="Night", monday=night)
    async with chromium(trust=stage.authority.ca_path) as browser:
        width, height = SIZE
        owner = await OwnersPage.open(
            browser, stage.house.url, width=width, height=height
        )
        walk = Walk(stage, Dialog(owner, folder))
        for part in (
            walk.people,
            walk.rules,
            walk.another_camera,
            walk.request,
            walk.agreement,
            walk.restored,
            walk.unreadable,
            walk.pairing,
            walk.pairing_again,
            walk.damaged,
        ):
            await part()
            tell(f"looked at: {part.__name__.replace('_', ' ')}")
    tell(f"a picture of each step is in {folder}")


class Walk:
    """The owner's ways into the dialogs."""

    def __init__(self, stage: Stage, dialog: Dialog) -> None:
        """Begin in a house with one hub."""
        self._stage = stage
        self._dialog = dialog
        self._owner = dialog.owner

    async def people(self) -> None:
        """The options of a hub."""
        await self._page(OURS)
        await self._owner.open_by(button("Configure"), f"deep('{FORM}').length")
        await self._dialog.walk(
            Step(
                name="people",
                says="Automations may open",
                fills={"share_now_minutes": 0},
                presses="Submit",
            ),
            Step(
                name="people-refused",
                says="too small",
                fills={"share_now_minutes": 15},
                presses="Submit",
            ),
            Step(name="options-kept", says="saved"),
        )

    async def rules(self) -> None:
        """Each part of how a camera is shared."""
        for part, steps in PARTS.items():
            await self._page(OURS)
            await self._owner.open_by(
                button("Change how it is shared", within=FRONT_DOOR),
                f"deep('{MENU}').length",
            )
            menu = Step(name="reconfigure", says="How it is shared", chooses=part)
            await self._dialog.walk(menu, *steps)

    async def another_camera(self) -> None:
        """A camera that was left out is listed."""
        client, entry = self._stage.house.client, self._stage.entry
        shares = await client.command("config_entries/subentries/list", entry_id=entry)
        (share,) = (each for each in shares if each["title"] == "Back yard")
        await client.command(
            "config_entries/subentries/delete",
            entry_id=entry,
            subentry_id=share["subentry_id"],
        )
        await self._page(OURS)
        await self._owner.open_by(button("Share a camera"), f"deep('{FORM}').length")
        await self._dialog.walk(
            Step(
                name="camera",
                says="It starts closed",
                fills={"camera": "camera.back_yard"},
                presses="Next",
            ),
            Step(name="new-details", says="Share a rough location", presses="Next"),
            Step(name="new-openings", says="When may", presses="Next"),
            Step(
                name="confirm",
                says="turn on the switch",
                chooses="List this camera",
            ),
            Step(name="listed", says="Camera 1"),
        )

    async def request(self) -> None:
        """Somebody asks for a camera."""
        await self._stage.house.client.call("switch.turn_on", SWITCH)
        camera = await self._stage.hub.camera_is("ask")
        await self._stage.hub.ask_to_watch(camera["camera"], viewer=Viewer())
        await self._repair("asks to watch")
        await self._dialog.walk(
            Step(name="request", says="Answer by", chooses="Refuse"),
            Step(name="request-refused", says="is not let in"),
        )

    async def agreement(self) -> None:
        """The hub has other terms."""
        hub = self._stage.hub
        terms = {**hub.agency.agreement.terms, "retention_days": 90}
        hub.change_agreement(
            replace(hub.agency.agreement, version="2027-01-01", terms=terms)
        )
        await hub.disconnect()
        await self._repair("has changed what you accepted")
        await self._dialog.walk(
            Step(name="agreement-changed", says="What has changed", presses="Submit"),
            Step(
                name="agreement-not-accepted",
                says="unless you accept",
                fills={"accept": True},
                presses="Submit",
            ),
            Step(name="agreement-accepted", says="repaired"),
        )

    async def restored(self) -> None:
        """The house came out of a backup."""
        await self._restart_with(lambda kept: {**kept, "restored": True})
        await self._repair("lost part of its record")
        await self._dialog.walk(
            Step(name="restored", says="Keep sharing", presses="Submit"),
            Step(name="reviewed", says="repaired"),
        )

    async def unreadable(self) -> None:
        """What was consented to is lost."""
        await self._restart_with(lambda _kept: {})
        await self._repair("Your consent for")
        await self._dialog.walk(
            Step(name="unreadable", says="missing or damaged", presses="Submit"),
            Step(name="begun-anew", says="repaired"),
        )

    async def pairing(self) -> None:
        """Another hub invites."""
        async with ReferenceHub(self._stage.authority) as another:
            await self._page("config/integrations/dashboard/add?domain=latchstring")
            await self._owner.page.press(button("OK"))
            await self._dialog.walk(
                *_agreed(another.invitation(), "link", "gives you this link"),
                Step(
                    name="cameras",
                    says="Cameras to list",
                    fills={
                        "cameras": [
                            "camera.front_door",
                            "camera.driveway",
                            "camera.none",
                        ]
                    },
                    presses="Next",
                ),
                Step(
                    name="findings", says="Cameras that cannot be", chooses="Continue"
                ),
                Step(
                    name="labels",
                    says="These labels are the names",
                    fills={"Driveway": "Camera 1"},
                    presses="Next",
                ),
                Step(
                    name="labels-refused",
                    says="Another camera already has this label",
                    fills={"Driveway": "Camera 2"},
                    presses="Next",
                ),
                Step(name="new-people", says="Automations may open", presses="Submit"),
            )

    async def pairing_again(self) -> None:
        """The hub has forgotten this home."""
        await self._stage.hub.forget()
        await self._page("config/integrations/dashboard")
        await self._owner.open_by(button("Reconfigure"), f"deep('{FORM}').length")
        link = self._stage.hub.invitation()
        await self._dialog.walk(
            *_agreed(link, "forgotten", "for a new invitation link", last="Submit"),
            Step(name="paired-again", says="Paired again"),
        )

    async def damaged(self) -> None:
        """The record's file holds something else."""
        house = self._stage.house
        await house.stop()
        (house.folder / "latchstring" / "record.db").write_bytes(b"noise" * 4096)
        await house.start()
        await self._repair("The record is damaged")
        await self._dialog.walk(
            Step(name="damaged", says="If you have an intact copy", presses="Submit"),
            Step(name="goes-on", says="repaired"),
        )

    async def _page(self, path: str) -> None:
        await self._owner.go(f"{self._stage.house.url}/{path}")

    async def _repair(self, title: str) -> None:
        await self._page("config/repairs")
        await self._owner.open_by(
            button(re.compile(re.escape(title))),
            f"deep('{FORM}, {MENU}').length",
        )

    async def _restart_with(
        self, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> None:
        """Start the house anew with another store of what was consented to."""
        house = self._stage.house
        await house.stop()
        store = house.folder / ".storage" / "latchstring.consent"
        kept = json.loads(store.read_text())
        store.write_text(json.dumps({**kept, "data": change(kept["data"])}))
        await house.start()
        await self._stage.hub.home_connected()


def _agreed(link: str, name: str, says: str, last: str = "Next") -> tuple[Step, ...]:
    """Paste a link, a wrong one first, read and accept."""
    broken = {"link": link.partition("#")[0]}
    return (
        Step(name=name, says=says, fills=broken, presses="Next"),
        Step(
            name=f"{name}-refused",
            says="This is not an invitation link",
            fills={"link": link},
            presses="Next",
        ),
        Step(name=f"{name}-agreement", says=READ, presses=last),
        Step(
            name=f"{name}-not-accepted",
            says="unless you accept",
            fills={"accept": True},
            presses=last,
        ),
    )
