"""A home can't have a viewer named whom no hub has named: a hub confirms the tree, not what is in it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
import json
from pathlib import Path
from typing import Any, override

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from custom_components.latchstring.core import entries
from custom_components.latchstring.record import Record
from tests.reference_hub.jose import jwk, sign

from .making import (
    COSIGNED,
    SIZES,
    House,
    Keys,
    export,
    export_entry,
    have_cosigned,
    session,
    started_at,
)
from .running import Said, verify
from .tampering import InExport

MADE_UP = 900
THEN = started_at(MADE_UP)
CITY = Keys(log="city")
INVENTED = Keys(log="city", seed="invented ")


class Accomplice(Keys):
    """A hub of the home's own making, that the home has paired the city's log with."""

    @override
    def key(self, whose: str) -> Ed25519PrivateKey:
        ours = whose in {"log", "dial-in"}
        return (CITY if ours else INVENTED).key(whose)


ACCOMPLICE = Accomplice(log="city")


async def _frame(house: House, at: datetime, *made_up: entries.Entry) -> None:
    record = await Record(house.folder).open()
    record.add_log(CITY.identity)
    for entry in made_up:
        await record.log("city").append(entry, at=at)
    await have_cosigned(house, record, CITY, SIZES["city"] + len(made_up))
    await record.close()


def frame(
    house: House,
    signs: Keys,
    *before: entries.Entry,
    at: datetime = THEN,
) -> str:
    """Write down a session that never was; the city's hub cosigns the tree that holds it."""
    started = entries.SessionStarted(
        session=session("city", MADE_UP),
        camera="camera-0",
        assertion=signs.asserted(MADE_UP),
        agreement="00" * 32,
        carried_by=session("city", MADE_UP),
    )
    asyncio.run(_frame(house, at, *before, started))
    return f"city:0:{SIZES['city'] + len(before)}"


def both_ways(house: House, tmp_path: Path, entry: str, add: Keys | None) -> list[Said]:
    """Have the whole log verified, and the entry alone, knowing the city's hub."""
    whole = export(house, tmp_path, logs=frozenset({"city"}))
    alone = tmp_path / "entry.json"
    proof = json.loads(export_entry(house, entry))
    if add:
        proof["pairings"] = [add.pairing(), *proof["pairings"]]
    alone.write_text(json.dumps(proof))
    key = CITY.named("assertion")
    return [verify(each, "--hub-key", key) for each in (whole, alone)]


def test_a_viewer_whom_no_hub_has_named_is_named(house: House, tmp_path: Path) -> None:
    entry = frame(house, INVENTED)
    for said in both_ways(house, tmp_path, entry, None):
        assert said.status == "tampered"
        assert [each["how"] for each in said.findings()] == ["assertion_invalid"]


def test_a_hub_of_the_homes_own_making_proves_nothing(
    house: House, tmp_path: Path
) -> None:
    paired = entries.Paired(
        hub_id=ACCOMPLICE.named("assertion"), **ACCOMPLICE.pairing()
    )
    entry = frame(house, ACCOMPLICE, paired)
    for said in both_ways(house, tmp_path, entry, ACCOMPLICE):
        assert (said.status, said.findings()) == ("self_consistent", [])
        assert ACCOMPLICE.named("assertion") in str(said.log("city")["notices"])


def names_its_successor(signer: Keys, former: Keys) -> str:
    """Sign that the accomplice's key follows another one."""
    return sign(
        signer.key("assertion"),
        "latchstring-hub-succession+jwt",
        {
            "iss": former.named("assertion"),
            "iat": int(THEN.timestamp()),
            "former": jwk(former.key("assertion").public_key()),
            "assertion": jwk(ACCOMPLICE.key("assertion").public_key()),
        },
    )


@dataclass(frozen=True, kw_only=True)
class Successor(Accomplice):
    """The accomplice, who says by whose word it came after the city's hub."""

    tokens: list[str]

    @override
    def pairing(self) -> dict[str, Any]:
        return {**super().pairing(), "hub_successions": self.tokens}


@pytest.mark.parametrize(
    ("tokens", "status"),
    [
        ([names_its_successor(CITY, CITY)], "verified"),
        (["x", names_its_successor(CITY, CITY)], "verified"),
        ([names_its_successor(INVENTED, CITY)], "self_consistent"),
        ([names_its_successor(INVENTED, INVENTED)], "self_consistent"),
        ([names_its_successor(CITY, INVENTED)], "self_consistent"),
        (["x"], "self_consistent"),
    ],
)
def test_a_hub_is_known_by_its_successor_where_its_own_key_has_said_so(
    house: House, tmp_path: Path, tokens: list[str], status: str
) -> None:
    successor = Successor(log="city", tokens=tokens)
    paired = entries.Paired(hub_id=successor.named("assertion"), **successor.pairing())
    entry = frame(house, successor, paired)
    for said in both_ways(house, tmp_path, entry, successor):
        assert (said.status, said.findings()) == (status, [])


@pytest.mark.parametrize("log", COSIGNED)
def test_what_the_hub_has_named_is_verified(
    house: House, tmp_path: Path, log: str
) -> None:
    place = InExport(house, export(house, tmp_path, logs=frozenset({log})))
    said = verify(place.path, "--hub-key", house.keys(log).named("assertion"))
    assert (said.status, said.log(log)["notices"]) == ("verified", [])


@pytest.mark.parametrize("off", [timedelta(minutes=-2), timedelta(minutes=4)])
def test_a_session_that_was_not_begun_when_it_is_said_to_be_is_named(
    house: House, tmp_path: Path, off: timedelta
) -> None:
    entry = frame(house, CITY, at=THEN + off)
    for said in both_ways(house, tmp_path, entry, None):
        assert said.status == "tampered"
        assert [each["how"] for each in said.findings()] == ["assertion_invalid"]
