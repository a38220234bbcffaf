"""One entry can be proven without the others."""

from hashlib import sha256
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.latchstring.core.content import leaf
from custom_components.latchstring.export import NothingToExport

from .making import COSIGNED, House, Keys, export_entry, session
from .running import verify

CITY = "city:0:150"


@pytest.fixture
def proof(house: House, tmp_path: Path) -> Path:
    path = tmp_path / "entry.json"
    path.write_bytes(export_entry(house, CITY))
    return path


def test_an_entry_is_verified_alone(house: House, proof: Path) -> None:
    said = verify(proof, "--hub-key", house.keys("city").named("assertion"))
    assert (said.code, said.status, said.findings()) == (0, "verified", [])
    assert said.log("city")["confirmed"]["entries"] == 360
    assert verify(proof).status == "self_consistent"


def test_it_shows_no_other_entry(proof: Path) -> None:
    shown = proof.read_text()
    assert session("city", 74) in shown
    for number in (0, 73, 75, 100):
        assert session("city", number) not in shown


def test_a_later_entry_is_proven_by_the_home_alone(house: House, proof: Path) -> None:
    proof.write_bytes(export_entry(house, "city:0:399"))
    said = verify(proof, *house.hub_keys)
    assert (said.status, said.log("city")["confirmed"]) == ("self_consistent", None)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("index", 152),
        ("salt", "00" * 32),
        ("content", '{"at":"2026-11-21T18:02:30.000Z","kind":"x"}'),
        ("inclusion", []),
        ("origin", "latchstring/another"),
        ("checkpoint", ""),
        ("key", Keys(log="city", seed="forged ").hub_keys["witness"]),
    ],
)
def test_a_changed_proof_is_named(
    house: House, proof: Path, member: str, value: Any
) -> None:
    proof.write_text(json.dumps(json.loads(proof.read_bytes()) | {member: value}))
    said = verify(proof, *house.hub_keys)
    assert said.status in {"tampered", "unusable"}
    assert (said.status == "unusable") is (member == "checkpoint")


@pytest.mark.parametrize("entry", ["city:0:400", "city:1:0", "town:0:0", "city", "::"])
def test_what_is_not_there_is_not_proven(house: House, entry: str) -> None:
    with pytest.raises(NothingToExport):
        export_entry(house, entry)


def test_a_leaf_confirms_no_guess(exported: Path) -> None:
    """The best dictionary there is: every content of the record, and every salt but an entry's own."""
    lines = [
        json.loads(line)
        for log in COSIGNED
        for path in exported.glob("logs/*/entries.jsonl")
        for line in path.read_bytes().splitlines()
        if log in path.with_name("log.json").read_text()
    ]
    leaves = {line["leaf"] for line in lines}
    contents = {line["content"].encode() for line in lines}
    salts = [bytes.fromhex(line["salt"]) for line in lines[:40]]
    own = {(line["content"].encode(), line["salt"]) for line in lines}
    guessed = {
        leaf(content, salt).hex()
        for content in contents
        for salt in (bytes(32), *salts)
        if (content, salt.hex()) not in own
    }
    unsalted = {sha256(b"\x00" + each).hexdigest() for each in contents}
    assert not leaves & (guessed | unsalted)
