"""Video goes where the owner agreed to, and nowhere else: not by another name, address, port or redirect."""

from collections.abc import AsyncIterator, Awaitable, Callable
import json
from typing import Any, Final

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.latchstring.const import CONF_DISCOVERY
from custom_components.latchstring.core.errors import PairingError, PairingProblem
from custom_components.latchstring.hub.address import AddressRefused
from custom_components.latchstring.hub.client_session import (
    client_session,
    pairing_problems,
)
from custom_components.latchstring.hub.ingest_target import ingest_target
from tests.ha.front_door import agreement_of
from tests.ha.watching import WATCHED, is_on, opened, recorded
from tests.hub.network import Names, calls
from tests.hub.rude import RudeHub
from tests.reference_hub import Authority, Conduct, Forgery
from tests.reference_hub.presence import CONTROL, DISCOVERY, INGEST
from tests.reference_hub.wire import new_id

from .honest import to_watch, written
from .house import House
from .hub import HostileHub

PATH: Final = f"{INGEST}/s-0000000000000000/video.cmfv"

NOT_PINNED: Final = {
    "another port": "https://127.0.0.1:{next}{path}",
    "no port": "https://127.0.0.1{path}",
    "port 0": "https://127.0.0.1:0{path}",
    "port 65536": "https://127.0.0.1:65536{path}",
    "a port with a nought before": "https://127.0.0.1:0{port}{path}",
    "a port with a sign": "https://127.0.0.1:+{port}{path}",
    "in the clear": "http://127.0.0.1:{port}{path}",
    "a WebSocket": "wss://127.0.0.1:{port}{path}",
    "no scheme": "//127.0.0.1:{port}{path}",
    "a user": "https://hub@127.0.0.1:{port}{path}",
    "a user and a password": "https://hub:x@127.0.0.1:{port}{path}",
    "the origin for a user": "https://127.0.0.1:{port}@evil.example{path}",
    "the origin for a user, by backslash": "https://127.0.0.1:{port}\\@evil.example/",
    "the origin for a label": "https://127.0.0.1.evil.example:{port}{path}",
    "the origin for a path": "https://evil.example/127.0.0.1:{port}{path}",
    "a label more": "https://ingest.127.0.0.1:{port}{path}",
    "a dot behind": "https://127.0.0.1.:{port}{path}",
    "its name": "https://localhost:{port}{path}",
    "the other loopback": "https://[::1]:{port}{path}",
    "mapped": "https://[::ffff:127.0.0.1]:{port}{path}",
    "mapped, in hex": "https://[::ffff:7f00:1]:{port}{path}",
    "its neighbour": "https://127.0.0.2:{port}{path}",
    "any address": "https://0.0.0.0:{port}{path}",
    "decimal": "https://2130706433:{port}{path}",
    "hexadecimal": "https://0x7f000001:{port}{path}",
    "octal": "https://0177.0.0.1:{port}{path}",
    "short": "https://127.1:{port}{path}",
    "padded": "https://127.0.0.001:{port}{path}",
    "escaped": "https://%31%32%37.0.0.1:{port}{path}",
    "full width": "https://\uff1127.0.0.1:{port}{path}",
    "a private one": "https://192.168.1.1:{port}{path}",
    "the cloud's own": "https://169.254.169.254{path}",
    "a fragment": "https://127.0.0.1:{port}{path}#x",
    "a blank": "https://127.0.0.1:{port}/in /x",
    "a header": "https://127.0.0.1:{port}{path}\r\nHost: evil.example",
    "nothing": "",
}
"""What a target can be instead of one in the pinned origin, which is 127.0.0.1 and a port."""

AT_HOME: Final = (
    "https://[::1]:{port}",
    "https://[::ffff:127.0.0.1]:{port}",
    "https://127.0.0.2:{port}",
    "https://10.0.0.5",
    "https://192.168.1.1",
    "https://169.254.169.254",
    "https://0.0.0.0:{port}",
    "https://[fe80::1]",
    "https://[fd00::1]:8443",
)
"""Origins in the home's own network, of which the owner typed another address."""

NAMED_AT_HOME: Final = "https://localhost:{port}"
"""Another one; where a name leads is seen when it is used."""

LITERALS: Final = (
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "10.0.0.5",
    "100.64.0.1",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a00:5]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fd00::1]",
    "[fe80::1]",
    "[ff02::1]",
)

type Call = Callable[[ClientSession, str], Awaitable[Any]]

CALLS: Final[dict[str, Call]] = {
    "discovery": lambda session, host: session.get(f"https://{host}{DISCOVERY}"),
    "pairing": lambda session, host: session.post(f"https://{host}/pair", data=b"x"),
    "control": lambda session, host: session.ws_connect(f"wss://{host}{CONTROL}"),
}


@pytest.fixture
def ingest_origin() -> str:
    """Where the hub wants its video: at the hub itself, unless a test says otherwise."""
    return "https://127.0.0.1:{port}"


@pytest.fixture
def kept_origin() -> str | None:
    """What is stored as the origin that was agreed to, if it is another one than can be agreed to now."""
    return None


@pytest.fixture
async def hub(authority: Authority, ingest_origin: str) -> AsyncIterator[HostileHub]:
    """A hub that says what a test says, and publishes this origin for its ingest."""
    async with HostileHub(authority) as hub:
        hub.presence.ingest_origin = ingest_origin.format(port=hub.port)
        yield hub


@pytest.fixture
async def entry(
    hass: HomeAssistant, entry: ConfigEntry, hub: HostileHub, kept_origin: str | None
) -> ConfigEntry:
    """The porch's hub, perhaps paired at a time when more origins could be agreed to."""
    if kept_origin is not None:
        assert await hass.config_entries.async_unload(entry.entry_id)
        hub.presence.ingest_origin = kept_origin.format(port=hub.port)
        document = json.loads(entry.data[CONF_DISCOVERY])
        document["ingest_origins"] = [hub.presence.ingest_origin]
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_DISCOVERY: json.dumps(document)}
        )
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hub.home_connected()
        await hub.home_admits()
        await hass.async_block_till_done()
    return entry


@pytest.fixture
async def elsewhere(authority: Authority) -> AsyncIterator[RudeHub]:
    """A server that trusted authorities vouch for, and that nobody agreed to."""
    async with RudeHub(authority, {}) as elsewhere:
        yield elsewhere


async def test_a_target_outside_the_pinned_origin_is_refused_by_name(
    house: House,
) -> None:
    port = house.hub.port
    codes = {}
    for name, form in NOT_PINNED.items():
        url = form.format(port=port, next=port + 1, path=PATH)
        target = {"ingest": {"url": url, "token": new_id()}}
        frame = written("session.open", to_watch(house, Forgery(params=target)))
        codes[name] = await house.refuses(frame)

    assert codes == {name: ["ingest_not_pinned"] for name in NOT_PINNED}
    await house.still_serves()


@pytest.mark.parametrize("ingest_origin", AT_HOME)
async def test_an_origin_in_the_home_is_not_agreed_to(
    hass: HomeAssistant, hub: HostileHub
) -> None:
    step = await agreement_of(hass, hub.invitation())

    assert (step["step_id"], step["errors"]) == ("user", {"link": "ingest_unreachable"})
    assert {request.path for request in hub.requests} == {DISCOVERY}
    assert not hub.homes()


@pytest.mark.parametrize(
    ("ingest_origin", "kept_origin"),
    [(NAMED_AT_HOME, None), *(("https://127.0.0.1:{port}", each) for each in AT_HOME)],
)
async def test_a_pinned_origin_that_leads_into_the_home_is_not_called(
    house: House,
) -> None:
    with calls() as called:
        session = await opened(house.hub)
        await house.ended(session.session)

    assert called == []
    assert house.hub.uploads == 0
    assert (await recorded(house.hass, "session_cut"))[-1]["how"] == "upload_lost"
    assert (await recorded(house.hass, "session_ended"))[-1]["bytes"] == 0
    assert not is_on(house.hass, WATCHED)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirected_upload_ends_and_goes_nowhere(
    house: House, elsewhere: RudeHub, status: int
) -> None:
    target = elsewhere.origin + PATH
    house.hub.conduct = Conduct(redirects={"ingest": (status, target)})

    session = await opened(house.hub)
    await house.ended(session.session)

    assert elsewhere.requests == []
    assert house.hub.uploads == 1
    assert (await recorded(house.hass, "session_cut"))[-1]["how"] == "upload_lost"
    house.hub.conduct = Conduct()
    await house.still_serves()


@pytest.mark.parametrize("what", ["discovery", "control"])
@pytest.mark.parametrize("status", [302, 307])
async def test_a_redirected_home_goes_nowhere_and_comes_back(
    house: House, elsewhere: RudeHub, what: str, status: int
) -> None:
    target = elsewhere.origin + {"discovery": DISCOVERY, "control": CONTROL}[what]
    house.hub.conduct = Conduct(redirects={what: (status, target)})
    asked = len(house.hub.requests)

    await house.hub.disconnect()
    await house.tries_again(asked)

    assert elsewhere.requests == []
    house.hub.conduct = Conduct()
    await house.comes_back()
    await house.is_quiet()
    await house.still_serves()
    assert elsewhere.requests == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("host", LITERALS)
async def test_no_address_of_the_home_is_called_that_nobody_typed(
    host: str, call: Call
) -> None:
    names = Names({})
    with calls() as called:
        async with client_session(
            typed_host="hub.example", only_local=False, resolver=names
        ) as session:
            with pytest.raises(PairingError) as refused, pairing_problems():
                await call(session, host)

    assert refused.value.problem is PairingProblem.ADDRESS_PRIVATE
    assert called == names.questions == []


@pytest.mark.parametrize(
    "answers",
    [
        [["1.1.1.1"], ["127.0.0.1"]],
        [["1.1.1.1"], ["1.1.1.1", "192.168.1.1"]],
        [["2606:4700::1111"], ["2606:4700::1111", "::ffff:127.0.0.1"]],
        [["1.1.1.1"], ["64:ff9b::a00:5"]],
    ],
    ids=["rebound", "mixed", "mixed, mapped", "rebound through NAT64"],
)
async def test_every_upload_asks_for_its_name_anew_and_once(
    answers: list[list[str]],
) -> None:
    names = Names({"ingest.example": answers})
    url = "https://ingest.example/in"
    with calls() as called:
        target = await ingest_target(
            url, new_id(), typed_host="hub.example", only_local=False, resolver=names
        )
        with pytest.raises(AddressRefused):
            await ingest_target(
                url,
                new_id(),
                typed_host="hub.example",
                only_local=False,
                resolver=names,
            )

    assert target.addresses == tuple(answers[0])
    assert names.questions == ["ingest.example"] * 2
    assert called == []
