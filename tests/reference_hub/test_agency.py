"""An agency of one's own, and what may be forged in its name."""

import json
from pathlib import Path

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import Agency, Forgery, Officer, ReferenceHub
from .agency import read_agency
from .jose import unverified, verify
from .sample_home import SampleHome


def test_a_file_may_say_who_runs_the_hub(tmp_path: Path) -> None:
    file = tmp_path / "agency.json"
    given = {
        "name": "Elm Street Watch",
        "officers": [{"sub": "a-1", "name": "A. Neighbour"}],
        "agreement": {"version": "7"},
    }
    file.write_text(json.dumps(given))
    read = read_agency(file)
    assert read.name == "Elm Street Watch"
    assert read.officers == (Officer(sub="a-1", name="A. Neighbour"),)
    assert read.agreement.version == "7"
    assert read.agreement.text == Agency().agreement.text
    assert read.agreement.sha256 != Agency().agreement.sha256


async def test_every_part_of_a_session_open_may_be_forged(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    key = Ed25519PrivateKey.generate()
    forgery = Forgery(
        key=key,
        typ="latchstring-request+jwt",
        claims={"aud": "A" * 43, "case": None},
        params={"camera": "b7LrW0c3Jd9sKf6xVt2hEa", "extra": True},
    )
    async with home.connected(web):
        await hub.home_connected()
        await hub.open_session(home.cameras[0]["camera"], forgery=forgery)
        asked = await home.heard("session.open")
    claims = verify(asked["assertion"], key.public_key(), "latchstring-request+jwt")
    assert asked["extra"] is True
    assert asked["camera"] == claims["camera"] == "b7LrW0c3Jd9sKf6xVt2hEa"
    assert claims["aud"] == "A" * 43
    assert "case" not in claims


async def test_an_assertion_may_be_signed_for_a_message_that_is_sent_by_hand(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        params = hub.session_params(home.cameras[0]["camera"])
        again = {**params, "assertion": hub.sign_assertion(params)}
        first, second = (unverified(each["assertion"]) for each in (params, again))
        assert first["session"] == second["session"] == params["session"]
        assert first["jti"] != second["jti"]
        answer = await hub.request("session.open", again)
    assert answer["result"]["session"] == params["session"]
