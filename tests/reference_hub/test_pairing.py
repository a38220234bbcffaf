"""Pairing, from the hub's side."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from . import Agreement, Authority, Conduct, Options, ReferenceHub
from .jose import TokenWrong, jwk, public_key, sign, thumbprint, verify
from .sample_home import SampleHome
from .sample_pairing import SamplePairing
from .wire import digest


@pytest.fixture
async def stranger(
    hub: ReferenceHub, authority: Authority, web: aiohttp.ClientSession
) -> SamplePairing:
    """A home that has an invitation and the discovery document."""
    stranger = SamplePairing(hub.invitation(), authority.client_context())
    await stranger.discover(web)
    return stranger


async def test_a_lost_answer_is_repeated_and_a_used_code_refused(
    stranger: SamplePairing, web: aiohttp.ClientSession
) -> None:
    receipt = stranger.receipt()
    first = await stranger.post_receipt(web, receipt, stranger.code)
    again = await stranger.post_receipt(web, receipt, stranger.code)
    assert first[0] == 200
    assert first == again
    another = stranger.receipt(iat=int(time.time()) - 60)
    used = await stranger.post_receipt(web, another, stranger.code)
    assert used == (403, {"error": "invitation_used"})


async def test_an_unknown_code_is_refused(
    stranger: SamplePairing, web: aiohttp.ClientSession
) -> None:
    answer = await stranger.post_receipt(web, stranger.receipt(), "A" * 22)
    assert answer == (403, {"error": "invitation_unknown"})


OTHER = Ed25519PrivateKey.generate().public_key()
WRONG: dict[str, dict[str, Any]] = {
    "another signer": {"dial_in": jwk(OTHER)},
    "another home id": {"iss": thumbprint(OTHER)},
    "another hub": {"aud": thumbprint(OTHER)},
    "another version": {"version": "2"},
    "another log origin": {"log_origin": f"latchstring/{thumbprint(OTHER)}"},
    "another log": {"log": jwk(OTHER)},
    "a member too many": {"note": "hello"},
}
CHANGED: dict[str, dict[str, Any]] = {
    "another assertion key": {"assertion": thumbprint(OTHER)},
    "another witness": {"witness": thumbprint(OTHER)},
    "another control": {"control_url": "wss://hub.example/latchstring/control"},
    "another pairing": {"pairing_url": "https://hub.example/latchstring/pairing"},
    "another ingest": {"ingest_origins": ["https://ingest.example"]},
}
CODES = dict.fromkeys(WRONG, "receipt_invalid") | dict.fromkeys(
    CHANGED, "agreement_changed"
)


@pytest.mark.parametrize("name", CODES)
async def test_a_receipt_with_a_wrong_member_is_refused(
    stranger: SamplePairing, web: aiohttp.ClientSession, name: str
) -> None:
    receipt = stranger.receipt(**(WRONG | CHANGED)[name])
    answer = await stranger.post_receipt(web, receipt, stranger.code)
    assert answer == (403, {"error": CODES[name]})
    status, _ = await stranger.post_receipt(web, stranger.receipt(), stranger.code)
    assert status == 200, "the refusal has not used the code up"


async def test_a_clock_that_is_far_off_and_changed_terms_are_named(
    hub: ReferenceHub, stranger: SamplePairing, web: aiohttp.ClientSession
) -> None:
    late = stranger.receipt(iat=int(time.time()) - 121)
    answer = await stranger.post_receipt(web, late, stranger.code)
    assert answer == (403, {"error": "clock_skew"})
    hub.change_agreement(Agreement(version="2"))
    answer = await stranger.post_receipt(web, stranger.receipt(), stranger.code)
    assert answer == (403, {"error": "agreement_changed"})


async def test_a_paired_home_accepts_a_changed_agreement_without_a_code(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    hub.change_agreement(Agreement(version="2"))
    await home.discover(web)
    status, answer = await home.post_receipt(web, home.receipt())
    assert status == 200
    claims = verify(
        answer["countersignature"],
        public_key(home.discovery["keys"]["assertion"]),
        "latchstring-countersignature+jwt",
    )
    assert claims["aud"] == home.id
    other_log = home.receipt(
        log=jwk(OTHER), log_origin=f"latchstring/{thumbprint(OTHER)}"
    )
    answer_to_other = await home.post_receipt(web, other_log)
    assert answer_to_other == (403, {"error": "receipt_invalid"})


async def test_an_answer_that_was_lost_is_repeated_though_the_terms_have_changed(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    receipt = home.receipt(iat=int(time.time()) - 60)
    first = await home.post_receipt(web, receipt)
    assert first[0] == 200
    hub.change_agreement(Agreement(version="2027-01-01"))
    assert await home.post_receipt(web, receipt) == first


async def test_a_stranger_without_a_code_is_refused(
    stranger: SamplePairing, web: aiohttp.ClientSession
) -> None:
    answer = await stranger.post_receipt(web, stranger.receipt())
    assert answer == (403, {"error": "home_unknown"})


async def test_keys_invitations_and_homes_survive_a_restart(
    authority: Authority, web: aiohttp.ClientSession, data: Path
) -> None:
    async with ReferenceHub(authority, options=Options(data=data)) as hub:
        home = SampleHome(hub.invitation("Corner shop"), authority.client_context())
        await home.pair(web)
        hub_id, port, unused = hub.hub_id, hub.port, hub.invitation()
        token = home.dial_in_token()
        async with home.connected(web, token):
            await hub.home_connected()
    options = Options(data=data, port=port)
    async with ReferenceHub(authority, options=options) as hub:
        assert hub.hub_id == hub_id
        assert hub.homes() == [home.id]
        async with home.connected(web):
            await hub.home_connected()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            async with home.connected(web, token):
                pass
        await SampleHome(unused, authority.client_context()).pair(web)


# What a test may make a hub do wrong


async def test_it_may_show_another_key_and_another_version(
    hub: ReferenceHub, stranger: SamplePairing, web: aiohttp.ClientSession
) -> None:
    key = Ed25519PrivateKey.generate()
    hub.conduct = Conduct(another_assertion_key=key, versions=("2",))
    shown = await stranger.discover(web)
    assert shown["keys"]["assertion"] == jwk(key.public_key())
    assert shown["versions"] == ["2"]


async def test_it_may_countersign_wrongly(
    hub: ReferenceHub, stranger: SamplePairing, web: aiohttp.ClientSession
) -> None:
    key = Ed25519PrivateKey.generate()
    hub.conduct = Conduct(countersigns_with=key, countersigns_other_receipt=True)
    receipt = stranger.receipt()
    _, answer = await stranger.post_receipt(web, receipt, stranger.code)
    claims = verify(
        answer["countersignature"],
        key.public_key(),
        "latchstring-countersignature+jwt",
    )
    assert claims["receipt"] != digest(receipt)


async def test_it_may_have_a_wrong_clock_or_point_elsewhere(
    hub: ReferenceHub, stranger: SamplePairing, web: aiohttp.ClientSession
) -> None:
    hub.conduct = Conduct(clock_ahead=timedelta(minutes=5))
    url = f"{hub.origin}/.well-known/latchstring"
    async with web.get(url, ssl=stranger.tls) as answer:
        shown = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert shown > time.time() + 120
    hub.conduct = replace(
        Conduct(), redirects={"discovery": (307, f"{hub.origin}/elsewhere")}
    )
    async with web.get(url, ssl=stranger.tls, allow_redirects=False) as answer:
        assert answer.status == 307
        assert answer.headers["Location"] == f"{hub.origin}/elsewhere"


def test_a_forged_header_is_taken_as_given_and_never_verifies() -> None:
    key = Ed25519PrivateKey.generate()
    for header in ({"alg": "none"}, {"kid": "1"}, {"typ": "JWT"}):
        token = sign(key, "latchstring-viewer+jwt", {}, header)
        with pytest.raises(TokenWrong):
            verify(token, key.public_key(), "latchstring-viewer+jwt")


# Changing keys


@pytest.fixture
def changed(home: SampleHome) -> SamplePairing:
    """The same home with the keys it goes on under."""
    return with_new_keys(home)


def with_new_keys(home: SampleHome) -> SamplePairing:
    """Let a home that has paired make other keys."""
    changed = SamplePairing(f"{home.origin}/#code=x&key={home.hub_id}", home.tls)
    changed.discovery = home.discovery
    return changed


async def test_a_home_that_changes_its_keys_is_known_by_the_new_ones_only(
    hub: ReferenceHub,
    home: SampleHome,
    changed: SamplePairing,
    web: aiohttp.ClientSession,
) -> None:
    receipt = changed.receipt()
    succession = home.succession(receipt)
    async with home.connected(web) as copy:
        await hub.home_connected()
        status, answer = await changed.post_receipt(web, receipt, None, succession)
        assert status == 200, answer
        async with asyncio.timeout(60):
            while not copy.closed:
                await copy.receive()
    assert hub.homes() == [changed.id]
    assert hub.store.successions() == [succession]
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        async with home.connected(web):
            pass
    assert await changed.post_receipt(web, receipt, None, succession) == (200, answer)
    late = changed.receipt(iat=int(time.time()) - 1)
    assert (await changed.post_receipt(web, late, None, home.succession(late)))[
        0
    ] == 200
    refused = await home.post_receipt(web, home.receipt())
    assert refused == (403, {"error": "home_unknown"})


async def test_a_home_set_back_twice_may_change_its_old_keys_twice(
    hub: ReferenceHub,
    home: SampleHome,
    changed: SamplePairing,
    web: aiohttp.ClientSession,
) -> None:
    receipt = changed.receipt()
    first = home.succession(receipt)
    assert (await changed.post_receipt(web, receipt, None, first))[0] == 200
    home.code = parse_qs(urlsplit(hub.invitation()).fragment)["code"][0]
    await home.pair(web)
    again = with_new_keys(home)
    receipt = again.receipt()
    second = home.succession(receipt)
    assert (await again.post_receipt(web, receipt, None, second))[0] == 200
    assert hub.homes() == [changed.id, again.id]
    assert hub.store.successions() == [first, second]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"receipt": "00" * 32}, "receipt_invalid"),
        ({"aud": thumbprint(OTHER)}, "receipt_invalid"),
        ({"iss": thumbprint(OTHER)}, "home_unknown"),
        ({"log_origin": "latchstring/x"}, "receipt_invalid"),
        ({"size": -1}, "receipt_invalid"),
        ({"note": "hello"}, "receipt_invalid"),
        ({"iat": 1_795_000_000}, "clock_skew"),
    ],
)
async def test_a_change_of_keys_that_is_not_signed_as_it_must_be_is_refused(
    hub: ReferenceHub,
    home: SampleHome,
    changed: SamplePairing,
    web: aiohttp.ClientSession,
    wrong: dict[str, Any],
    code: str,
) -> None:
    receipt = changed.receipt()
    succession = home.succession(receipt, **wrong)
    answer = await changed.post_receipt(web, receipt, None, succession)
    assert answer == (403, {"error": code})
    assert hub.homes() == [home.id]


async def test_only_the_old_key_can_name_its_successor(
    hub: ReferenceHub,
    home: SampleHome,
    changed: SamplePairing,
    web: aiohttp.ClientSession,
) -> None:
    receipt = changed.receipt()
    forged = changed.succession(receipt, iss=home.id, log_origin=home.log.origin)
    answer = await changed.post_receipt(web, receipt, None, forged)
    assert answer == (403, {"error": "receipt_invalid"})
    same_log = changed.receipt(
        log=jwk(home.log.key.public_key()), log_origin=home.log.origin
    )
    answer = await changed.post_receipt(web, same_log, None, home.succession(same_log))
    assert answer == (403, {"error": "receipt_invalid"})
    assert hub.homes() == [home.id]


async def test_a_code_changes_the_log_of_no_home_that_is_known(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    code = parse_qs(urlsplit(hub.invitation()).fragment)["code"][0]
    other = home.receipt(log=jwk(OTHER), log_origin=f"latchstring/{thumbprint(OTHER)}")

    refused = await home.post_receipt(web, other, code)

    assert refused == (403, {"error": "receipt_invalid"})
    again = home.receipt(iat=int(time.time()) - 1)
    assert (await home.post_receipt(web, again, code))[0] == 200, "the code is unused"


# Changing the hub's key


async def test_a_hub_that_changes_its_keys_says_which_one_came_before(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    first = public_key((await home.discover(web))["keys"]["assertion"])
    await hub.change_keys()
    second = public_key((await home.discover(web))["keys"]["assertion"])
    await hub.change_keys()
    third = public_key((await home.discover(web))["keys"]["assertion"])

    for token, key, successor in zip(
        home.discovery["successions"], (first, second), (second, third), strict=True
    ):
        claims = verify(token, key, "latchstring-hub-succession+jwt")
        assert claims["iss"] == thumbprint(key)
        assert claims["assertion"] == jwk(successor)


async def test_a_hub_that_lost_its_key_says_nothing_of_it(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    await hub.change_keys()
    await hub.change_keys(signed=False)

    assert "successions" not in await home.discover(web)


async def test_a_home_that_accepts_the_new_key_is_known_as_before(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    await hub.change_keys()
    refused = await home.post_receipt(web, home.receipt(iat=int(time.time()) - 1))
    assert refused == (403, {"error": "agreement_changed"})
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        async with home.connected(web):
            pass

    await home.discover(web)
    home.hub_id = hub.hub_id
    receipt = home.receipt()
    status, answer = await home.post_receipt(web, receipt)

    assert status == 200
    key = public_key(home.discovery["keys"]["assertion"])
    claims = verify(answer["countersignature"], key, "latchstring-countersignature+jwt")
    assert (claims["iss"], claims["receipt"]) == (hub.hub_id, digest(receipt))
    async with home.connected(web):
        assert await hub.home_connected() == home.id
    assert hub.homes() == [home.id]


async def test_changed_keys_survive_a_restart(
    authority: Authority, web: aiohttp.ClientSession, data: Path
) -> None:
    async with ReferenceHub(authority, options=Options(data=data)) as hub:
        await hub.change_keys()
        document = hub.presence.document()
    async with ReferenceHub(authority, options=Options(data=data)) as hub:
        again = hub.presence.document()
    assert again["keys"] == document["keys"]
    assert again["successions"] == document["successions"]
