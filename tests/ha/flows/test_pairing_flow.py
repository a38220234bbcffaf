"""Pairing with a hub, by the owner's front door, against a real one."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_OFF
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.latchstring.core.pairing import parse_invitation
from custom_components.latchstring.flows.camera_check import MENDABLE
from custom_components.latchstring.hub.client_session import client_session
from custom_components.latchstring.hub.discovery import discover
from custom_components.latchstring.hub.keys import HubKeys
from custom_components.latchstring.hub.pairing import pair as pair_by
from tests.cameras import Cameras, serve
from tests.ha.front_door import (
    DOMAIN,
    PEOPLE,
    agreement_of,
    answer,
    begin,
    cameras_of,
    default_of,
    fields_of,
    keys_of,
    options_of,
    pair,
    people_of,
    told_by,
)
from tests.ha.own_cameras import OwnCamera, WebRTCCamera, install, registered
from tests.ha.phones import register_phone
from tests.ha.spoken import ENGLISH
from tests.reference_hub import (
    Agency,
    Agreement,
    Authority,
    Conduct,
    ReferenceHub,
    make_authority,
)

HOSTILE = "![x](https://spy.example/x.png) <img src=//spy.example> [a](b) @all `c`"


async def somebody_pairs(link: str) -> None:
    """Use an invitation up, by keys of another home."""
    invitation, at = parse_invitation(link), dt_util.utcnow()
    async with client_session(
        typed_host=invitation.typed_host, only_local=False
    ) as session:
        offer = await discover(session, invitation.origin, at=at)
        await pair_by(session, invitation, offer, HubKeys.generate(), at=at)


def hubs_kept(hass: HomeAssistant) -> list[ConfigEntry]:
    return hass.config_entries.async_entries(DOMAIN)


async def test_an_owner_pairs_and_every_listed_camera_starts_closed(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras
) -> None:
    porch, yard = await install(
        hass,
        OwnCamera("Anna's porch", served.url("porch")),
        OwnCamera("Yard of 12 Elm St", served.url("yard")),
    )

    entry = await pair(
        hass, hub.invitation(), labels={porch: "Front door", yard: "Camera 2"}
    )

    assert entry.title == hub.agency.name
    assert entry.unique_id == hub.hub_id
    registry = er.async_get(hass)
    kept = {share.unique_id: share for share in entry.subentries.values()}
    assert set(kept) == {registered(registry, each).id for each in (porch, yard)}
    shares = {share.title: share.data for share in entry.subentries.values()}
    assert list(shares) == ["Front door", "Camera 2"]
    assert shares["Front door"]["video"]["codec"].startswith("avc1.")
    assert shares["Front door"]["place"] is None

    home = await hub.home_connected()
    told = {camera["label"]: camera["state"] for camera in hub.cameras(home)}
    assert told == {"Front door": "closed", "Camera 2": "closed"}
    said = repr(hub.cameras(home))
    assert not any(name in said for name in ("Anna", "Elm", porch, yard))
    switches = [
        hass.states.get(entity.entity_id)
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.translation_key == "sharing"
    ]
    assert [switch.state for switch in switches if switch] == [STATE_OFF, STATE_OFF]


async def test_the_first_step_gives_a_page_to_send_to_an_agency_without_a_link(
    hass: HomeAssistant,
) -> None:
    step = await begin(hass)

    assert step["step_id"] == "user"
    assert fields_of(step) == ["link"]
    assert told_by(step)["protocol_page"].startswith("https://")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda _: "not a link", "invitation_malformed"),
        (lambda link: link.partition("#")[0], "invitation_malformed"),
        (lambda link: link.replace("https", "http", 1), "invitation_not_https"),
        (lambda link: link.replace("v=1", "v=2"), "hub_too_new"),
        (lambda link: re.sub(r":\d+/", ":1/", link), "hub_unreachable"),
        (lambda link: link.replace("127.0.0.1", "0.0.0.0"), "address_private"),  # noqa: S104 - nothing binds to it
        (
            lambda link: re.sub(r"key=.{43}", f"key={'A' * 43}", link),
            "hub_key_mismatch",
        ),
    ],
)
async def test_a_link_that_cannot_be_used_says_why_and_can_be_mended(
    hass: HomeAssistant,
    hub: ReferenceHub,
    spoil: Callable[[str], str],
    problem: str,
) -> None:
    link = hub.invitation()

    step = await agreement_of(hass, spoil(link))

    assert step["step_id"] == "user"
    assert step["errors"] == {"link": problem}
    assert (await answer(hass, step, {"link": link}))["step_id"] == "agreement"
    assert not hub.homes()


@pytest.mark.parametrize(
    ("conduct", "problem"),
    [
        (Conduct(discovery=b"{}"), "not_a_hub"),
        (Conduct(discovery=b"<html>"), "not_a_hub"),
        (Conduct(versions=("2", "3")), "hub_too_new"),
        (
            Conduct(another_assertion_key=Ed25519PrivateKey.generate()),
            "hub_key_mismatch",
        ),
        (Conduct(clock_ahead=timedelta(minutes=3)), "clock_skew"),
        (Conduct(clock_ahead=timedelta(minutes=-3)), "clock_skew"),
        (Conduct(redirects={"discovery": (302, "https://127.0.0.1/")}), "redirected"),
        (Conduct(redirects={"discovery": (307, "https://127.0.0.1/")}), "redirected"),
    ],
)
async def test_a_hub_that_cannot_be_trusted_says_why_and_nothing_is_paired(
    hass: HomeAssistant, hub: ReferenceHub, conduct: Conduct, problem: str
) -> None:
    hub.conduct = conduct

    step = await agreement_of(hass, hub.invitation())

    assert step["step_id"] == "user"
    assert step["errors"] == {"link": problem}
    assert not hub.homes()


async def test_a_certificate_nobody_vouches_for_stops_pairing(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    stranger = await hass.async_add_executor_job(make_authority, tmp_path)
    async with ReferenceHub(stranger) as hub:
        step = await agreement_of(hass, hub.invitation())

    assert step["errors"] == {"link": "certificate_invalid"}


async def test_not_accepting_says_that_nothing_is_paired(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    step = await agreement_of(hass, hub.invitation())

    step = await answer(hass, step, {"accept": False})

    assert step["step_id"] == "agreement"
    assert step["errors"] == {"accept": "not_accepted"}
    assert not hub.homes()


@pytest.mark.parametrize(
    ("conduct", "problem"),
    [
        (Conduct(countersigns_other_receipt=True), "receipt_invalid"),
        (Conduct(countersigns_with=Ed25519PrivateKey.generate()), "receipt_invalid"),
        (Conduct(refuses_pairing_with="receipt_invalid"), "receipt_invalid"),
        (Conduct(refuses_pairing_with="clock_skew"), "clock_skew"),
        (Conduct(refuses_pairing_with="home_unknown"), "home_unknown"),
        (Conduct(refuses_pairing_with="something_else"), "hub_fault"),
        (Conduct(redirects={"pairing": (307, "https://127.0.0.1/")}), "redirected"),
        (
            Conduct(refuses_pairing_with="agreement_changed", discovery=b"{}"),
            "not_a_hub",
        ),
    ],
)
async def test_a_signature_that_does_not_come_about_keeps_nothing(
    hass: HomeAssistant, hub: ReferenceHub, conduct: Conduct, problem: str
) -> None:
    step = await people_of(hass, hub.invitation())
    hub.conduct = conduct

    step = await answer(hass, step, PEOPLE)

    assert step["step_id"] == "agreement"
    assert step["errors"] == {"base": problem}
    assert not hubs_kept(hass)


async def test_a_fault_that_passes_can_be_tried_again_at_the_same_step(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    step = await people_of(hass, hub.invitation())
    await hub.stop()
    step = await answer(hass, step, PEOPLE)
    assert step["errors"] == {"base": "hub_unreachable"}
    assert step["last_step"] is True

    await hub.start()

    step = await answer(hass, step, {"accept": True})
    assert step["type"] is FlowResultType.CREATE_ENTRY
    assert len(hub.homes()) == 1


async def test_a_used_invitation_asks_for_another_link(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    link = hub.invitation()
    await somebody_pairs(link)

    step = await answer(hass, await people_of(hass, link), PEOPLE)

    assert step["step_id"] == "user"
    assert step["errors"] == {"link": "invitation_used"}
    step = await answer(hass, step, {"link": hub.invitation()})
    step = await answer(hass, step, {"accept": True})
    assert step["type"] is FlowResultType.CREATE_ENTRY


async def test_an_unknown_invitation_asks_for_another_link(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    link = re.sub(r"code=[^&]+", "code=0123456789abcdef", hub.invitation())

    step = await answer(hass, await people_of(hass, link), PEOPLE)

    assert step["step_id"] == "user"
    assert step["errors"] == {"link": "invitation_unknown"}


async def test_a_dialog_closed_at_any_step_has_signed_nothing_and_leaves_the_link(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    link = hub.invitation()
    for go in (agreement_of, cameras_of, people_of):
        step = await go(hass, link)
        hass.config_entries.flow.async_abort(step["flow_id"])
        assert not hub.homes()

    assert (await pair(hass, link)).unique_id == hub.hub_id


@pytest.mark.parametrize("again", ["the same link", "another link"])
async def test_a_home_that_died_before_it_kept_what_was_signed_is_the_same_home_again(
    hass: HomeAssistant, hub: ReferenceHub, freezer: FrozenDateTimeFactory, again: str
) -> None:
    link = hub.invitation()
    step = await people_of(hass, link)
    hub.conduct = Conduct(loses_pairing=True)
    step = await answer(hass, step, PEOPLE)
    assert step["errors"] == {"base": "hub_fault"}
    hass.config_entries.flow.async_abort(step["flow_id"])
    (home,) = hub.homes()
    assert not hubs_kept(hass)

    hub.conduct = Conduct()
    freezer.tick(timedelta(minutes=5))  # the receipt that was signed is too old by now
    await pair(hass, link if again == "the same link" else hub.invitation())

    assert await hub.home_connected() == home
    assert hub.homes() == [home]


async def test_an_agreement_that_changes_while_it_is_read_is_shown_anew(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    step = await people_of(hass, hub.invitation())
    hub.change_agreement(Agreement(version="2027-01-01", text="Kept for ever"))

    step = await answer(hass, step, PEOPLE)

    assert step["errors"] == {"base": "agreement_changed"}
    assert "Kept for ever" in told_by(step)["text"]
    assert not hub.homes()
    step = await answer(hass, step, {"accept": True})
    assert "Kept for ever" in step["result"].data["discovery"]


async def test_the_terms_are_read_out_in_plain_words(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    hub.change_agreement(
        Agreement(
            terms={
                "purposes": [{"purpose": "burglary", "label": "Burglary in progress"}],
                "retention_days": 0,
                "facial_recognition": True,
                "analytics": False,
                "onward_disclosure": ["Hinds County Sheriff", "State Police"],
            }
        )
    )

    step = await agreement_of(hass, hub.invitation())

    terms = told_by(step)["terms"].split("\n")
    assert terms == [
        "- It may watch for: Burglary in progress.",
        "- It keeps no footage.",
        "- It uses facial recognition.",
        "- It uses no other automatic analysis.",
        "- It may pass footage on to: Hinds County Sheriff; State Police.",
        f"- Video is sent to: 127&#46;0&#46;0&#46;1&#58;{hub.port}.",
    ]


async def test_text_of_a_hub_stays_inert_wherever_a_step_shows_it(
    hass: HomeAssistant, authority: Authority
) -> None:
    terms = {
        "purposes": [{"purpose": "x", "label": HOSTILE}],
        "retention_days": 1,
        "facial_recognition": False,
        "analytics": False,
        "onward_disclosure": [HOSTILE],
    }
    agreement = Agreement(
        version="<b>1</b>", text=f"{HOSTILE}\n# {HOSTILE}\n    {HOSTILE}", terms=terms
    )
    agency = Agency(name=HOSTILE, contact=HOSTILE, agreement=agreement)
    async with ReferenceHub(authority, agency=agency) as hub:
        step = await agreement_of(hass, hub.invitation())
        shown = told_by(step)
        step = await answer(hass, step, {"accept": True})
        shown |= {f"cameras {key}": text for key, text in told_by(step).items()}

    assert "spy" in shown["text"]
    for text in shown.values():
        # Our own list items and quotes are all the Markdown there is.
        bare = re.sub(r"^(> |- )", "", text, flags=re.MULTILINE)
        assert not re.search(r"[!\[\]<>`@]|://|^(#(?!\d)| {4})", bare, re.MULTILINE)


@pytest.mark.parametrize(
    "host",
    ["192.168.1.1", "169.254.169.254", "[::ffff:127.0.0.1]", "127.0.0.2", "0.0.0.0"],  # noqa: S104 - an address to refuse, not one to listen on
)
async def test_an_address_for_video_that_is_never_connected_to_stops_at_the_link(
    hass: HomeAssistant, hub: ReferenceHub, host: str
) -> None:
    document = hub.presence.document()
    document["ingest_origins"].append(f"https://{host}")
    hub.conduct = Conduct(discovery=json.dumps(document).encode())

    step = await agreement_of(hass, hub.invitation())

    assert step["step_id"] == "user"
    assert step["errors"] == {"link": "ingest_unreachable"}
    assert not hub.homes()


async def test_the_same_hub_is_refused_as_soon_as_its_link_is_read(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    await pair(hass, hub.invitation())
    link = hub.invitation()
    await hub.stop()

    step = await agreement_of(hass, link)

    assert step["type"] is FlowResultType.ABORT
    assert step["reason"] == "already_configured"
    await hub.start()
    assert len(hub.homes()) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Jackson Police Department",
        "JACKSON POLICE DEPARTMENT.",
        "\N{FULLWIDTH LATIN CAPITAL LETTER J}ackson  Police-Department",
    ],
)
async def test_a_hub_that_can_be_taken_for_another_one_is_told_from_it(
    hass: HomeAssistant, hub: ReferenceHub, authority: Authority, name: str
) -> None:
    first = await pair(hass, hub.invitation())
    async with ReferenceHub(authority, agency=Agency(name=name)) as other:
        step = await agreement_of(hass, other.invitation())
        told = told_by(step)["namesake"]
        assert told.startswith(
            "**You are already paired with Jackson Police Department, which has the same"
        )
        assert f"127&#46;0&#46;0&#46;1&#58;{hub.port}" in told
        assert f"127&#46;0&#46;0&#46;1&#58;{other.port}" in told
        hass.config_entries.flow.async_abort(step["flow_id"])

        second = await pair(hass, other.invitation())

        assert first.title == "Jackson Police Department"
        assert second.title == f"{name} (127.0.0.1:{other.port})"


async def test_a_hub_that_is_called_as_its_owner_calls_another_is_told_from_it(
    hass: HomeAssistant, hub: ReferenceHub, authority: Authority
) -> None:
    first = await pair(hass, hub.invitation())
    hass.config_entries.async_update_entry(first, title="City Police")
    async with ReferenceHub(authority, agency=Agency(name="City police")) as other:
        step = await agreement_of(hass, other.invitation())
        told = told_by(step)["namesake"]
        assert told.startswith("**You are already paired with City Police,")
        hass.config_entries.flow.async_abort(step["flow_id"])

        second = await pair(hass, other.invitation())

        assert second.title == f"City police (127.0.0.1:{other.port})"


async def test_a_hub_that_is_called_like_no_other_is_not_warned_of(
    hass: HomeAssistant, hub: ReferenceHub, authority: Authority
) -> None:
    await pair(hass, hub.invitation())
    async with ReferenceHub(authority, agency=Agency(name="Hinds County")) as other:
        step = await agreement_of(hass, other.invitation())
    assert told_by(step)["namesake"] == ""


async def test_two_hubs_see_two_different_homes(
    hass: HomeAssistant, hub: ReferenceHub, authority: Authority
) -> None:
    async with ReferenceHub(authority) as other:
        first = await pair(hass, hub.invitation())
        second = await pair(hass, other.invitation())

        assert set(hub.homes()).isdisjoint(other.homes())
        for use in ("dial_in", "log"):
            assert keys_of(hass, first)[use] != keys_of(hass, second)[use]


async def test_cameras_that_cannot_be_relayed_are_named_with_the_reason(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras
) -> None:
    good, *others = await install(
        hass,
        OwnCamera("Porch", served.url("porch")),
        OwnCamera("Stills only", None),
        WebRTCCamera("Doorbell", None),
        OwnCamera("Attic", served.url("porch"), is_on=False),
        OwnCamera("Shed", "rtsp://127.0.0.1:1/shed"),
        OwnCamera("Cloud", "srt://127.0.0.1:1/cloud"),
        OwnCamera("Hall", served.url("porch").replace("porch", "nowhere")),
    )
    step = await cameras_of(hass, hub.invitation())

    step = await answer(hass, step, {"cameras": [good, *others, "camera.gone"]})

    assert step["type"] is FlowResultType.MENU
    assert step["menu_options"] == ["labels", "cameras"]
    told = told_by(step)["findings"].replace("&#46;", ".").split("\n")
    assert told == [
        f"- {name}: {_found(finding)}"
        for name, finding in (
            ("Stills only", "no_image"),
            ("Doorbell", "session_refused"),
            ("Attic", "offline"),
            ("Shed", "unreachable"),
            ("Cloud", "scheme_unsupported"),
            ("Hall", "address_wrong"),
            ("camera.gone", "camera_missing"),
        )
    ]
    step = await answer(hass, step, {"next_step_id": "labels"})
    labels = {
        "Porch": "One",
        "Stills only": "Five",
        "Doorbell": "Six",
        "Attic": "Two",
        "Shed": "Three",
        "Hall": "Four",
    }
    assert fields_of(step) == [*labels]
    step = await answer(hass, step, labels)
    entry = (await answer(hass, step, PEOPLE))["result"]
    videos = {share.title: share.data["video"] for share in entry.subentries.values()}
    assert videos["One"] is not None
    assert videos["Two"] is videos["Three"] is videos["Four"] is None


def _found(finding: str) -> str:
    """Say what an owner reads of a camera: what was found, what to do, and that it can still be listed."""
    say = ENGLISH["selector"]
    said = (
        say["finding"]["options"][finding],
        say["picture_advice"]["options"].get(finding),
        say["pictureless"]["options"]["listed"] if finding in MENDABLE else None,
    )
    return " ".join(filter(None, said))


async def test_an_owner_may_choose_again_after_hearing_what_was_found(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras
) -> None:
    good, still = await install(
        hass, OwnCamera("Porch", served.url("porch")), OwnCamera("Still", None)
    )
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": [still]})

    step = await answer(hass, step, {"next_step_id": "cameras"})
    step = await answer(hass, step, {"cameras": [good]})

    assert fields_of(step) == ["Porch"]


async def test_a_camera_with_a_login_the_integration_gets_wrong_is_listed_and_told(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    async with serve(user="owner", password="right") as cameras:
        url = cameras.url("porch").replace("right", "amiss")
        (porch,) = await install(hass, OwnCamera("Porch", url))
        step = await cameras_of(hass, hub.invitation())
        step = await answer(hass, step, {"cameras": [porch]})

    assert "rejects the login" in told_by(step)["findings"]
    assert "amiss" not in told_by(step)["findings"]
    step = await answer(hass, step, {"next_step_id": "labels"})
    assert fields_of(step) == ["Porch"]


async def test_a_camera_whose_integration_fails_counts_as_away(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    async def fail() -> str:
        raise ZeroDivisionError

    (porch,) = await install(hass, OwnCamera("Porch", fail))
    step = await cameras_of(hass, hub.invitation())

    step = await answer(hass, step, {"cameras": [porch]})

    assert "off or offline" in told_by(step)["findings"]


async def test_cameras_are_looked_at_four_at_a_time_while_progress_is_shown(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    begun = 0
    four_begun, may_end = asyncio.Event(), asyncio.Event()

    async def locate() -> None:
        nonlocal begun
        begun += 1
        if begun == 4:
            four_begun.set()
        await may_end.wait()

    ids = await install(hass, *(OwnCamera(f"Camera {n}", locate) for n in range(9)))
    step = await cameras_of(hass, hub.invitation())
    flows = hass.config_entries.flow
    step = await flows.async_configure(step["flow_id"], {"cameras": ids})
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    async with asyncio.timeout(60):
        await four_begun.wait()
    assert begun == 4

    may_end.set()
    await hass.async_block_till_done()

    assert begun == 9
    step = await flows.async_configure(step["flow_id"])
    assert step["step_id"] == "findings"


@pytest.mark.parametrize(
    ("labels", "errors"),
    [
        (("Same", "Same"), {"Yard": "label_taken"}),
        (("Same", " Same "), {"Yard": "label_taken"}),
        (("", "Fine"), {"Porch": "label_unsafe"}),
        (("x" * 65, "Fine"), {"Porch": "label_unsafe"}),
        (("\u3164", "🚪"), dict.fromkeys(("Porch", "Yard"), "label_unsafe")),
        (
            ("two\nlines", "turned\u202eround"),
            dict.fromkeys(("Porch", "Yard"), "label_unsafe"),
        ),
    ],
)
async def test_a_label_that_would_not_do_at_the_hub_is_asked_again(
    hass: HomeAssistant,
    hub: ReferenceHub,
    labels: tuple[str, str],
    errors: dict[str, str],
) -> None:
    ids = await install(
        hass,
        *(
            OwnCamera(name, "rtsp://127.0.0.1:1/", is_on=False)
            for name in ("Porch", "Yard")
        ),
    )
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": ids})
    step = await answer(hass, step, {"next_step_id": "labels"})

    step = await answer(hass, step, dict(zip(("Porch", "Yard"), labels, strict=True)))

    assert step["step_id"] == "labels"
    assert step["errors"] == errors


async def test_labels_suggested_to_the_owner_tell_nothing(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    ids = await install(
        hass,
        OwnCamera("Anna's room", "rtsp://127.0.0.1:1/", is_on=False),
        OwnCamera("Till", "rtsp://127.0.0.1:1/", is_on=False),
    )
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": ids})

    step = await answer(hass, step, {"next_step_id": "labels"})

    suggested = [default_of(step, field) for field in fields_of(step)]
    assert suggested == ["Camera 1", "Camera 2"]


async def test_two_cameras_of_one_name_can_be_told_apart(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    ids = await install(
        hass,
        OwnCamera("Camera", "rtsp://127.0.0.1:1/", is_on=False, device="One"),
        OwnCamera("Camera", "rtsp://127.0.0.1:1/", is_on=False, device="Two"),
    )
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": ids})

    step = await answer(hass, step, {"next_step_id": "labels"})

    assert len(fields_of(step)) == 2


async def test_listing_no_camera_is_an_answer(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    entry = await pair(hass, hub.invitation())

    assert not entry.subentries
    assert hub.cameras(await hub.home_connected()) == ()


async def test_leaving_after_the_signature_keeps_nothing_here(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": []})
    assert step["step_id"] == "people"

    hass.config_entries.flow.async_abort(step["flow_id"])

    assert not hubs_kept(hass)
    assert not hass.states.async_all("switch")


async def test_nobody_opens_but_administrators_until_the_owner_says_so(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    step = await answer(hass, await cameras_of(hass, hub.invitation()), {"cameras": []})

    assert default_of(step, "openers") == []
    assert default_of(step, "automations_may_open") is False


async def test_phones_and_people_of_this_home_can_be_chosen(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    pixel = register_phone(hass, "Ben's Pixel", "Google")
    await hass.auth.async_create_user("Anna", group_ids=["system-admin"])
    resident = await hass.auth.async_create_user("Ben", group_ids=["system-users"])
    gone = await hass.auth.async_create_user("Gone", group_ids=["system-users"])
    await hass.auth.async_update_user(gone, is_active=False)
    await hass.auth.async_create_system_user("Supervisor")
    step = await answer(hass, await cameras_of(hass, hub.invitation()), {"cameras": []})

    assert options_of(step, "notify") == [pixel]
    assert options_of(step, "openers") == [resident.id]
    assert told_by(step) == {"no_phones": "", "no_users": ""}
    chosen = {
        "notify": [pixel],
        "openers": [resident.id],
        "automations_may_open": True,
    }
    entry = (await answer(hass, step, chosen))["result"]
    assert entry.options.items() >= chosen.items()


async def test_a_home_without_phones_and_other_people_is_told_so(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    step = await answer(hass, await cameras_of(hass, hub.invitation()), {"cameras": []})

    told = told_by(step)
    assert "install the Home Assistant app" in told["no_phones"]
    assert "Settings > People" in told["no_users"]
    assert options_of(step, "notify") == options_of(step, "openers") == []


async def test_the_entry_says_who_accepted(
    hass: HomeAssistant,
    hub: ReferenceHub,
    hass_client: ClientSessionGenerator,
    hass_admin_user: Any,
) -> None:
    for component in ("config", DOMAIN):
        assert await async_setup_component(hass, component, {})
    browser = await hass_client()
    flows = "/api/config/config_entries/flow"
    answered = await browser.post(flows, json={"handler": DOMAIN})
    flow = f"{flows}/{(await answered.json())['flow_id']}"

    steps: list[Mapping[str, Any]] = [
        {"link": hub.invitation()},
        {"accept": True},
        {"cameras": []},
        PEOPLE,
    ]
    for answers in steps:
        await browser.post(flow, json=dict(answers))
        await hass.async_block_till_done()

    (entry,) = hubs_kept(hass)
    assert entry.data["accepted_by"] == hass_admin_user.id
