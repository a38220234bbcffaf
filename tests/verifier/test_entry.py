"""One entry can be proven without the others."""

from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.latchstring.core.entries.entry_bytes import leaf
from custom_components.latchstring.core.signatures.note import (
    Checkpoint,
    sign_checkpoint,
)
from custom_components.latchstring.export import NothingToExport
from tests.reference_hub.note import cosign

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
        ("index", 360),
        ("salt", "00" * 32),
        ("content", '{"at":"2026-11-21T18:02:30.000Z","kind":"x"}'),
        ("inclusion", []),
        ("inclusion", ["00" * 32] * 20),
        ("origin", "latchstring/another"),
        ("checkpoint", ""),
        ("checkpoint", "\ud800"),
        ("checkpoint", "a tree\n\na signature\n"),
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


def test_a_checkpoint_kept_elsewhere_vouches_for_an_entry_or_shows_another_tree(
    house: House, proof: Path, tmp_path: Path
) -> None:
    kept, city = tmp_path / "kept.txt", house.keys("city")
    kept.write_text(house.cosigned["city"][360])
    said = verify(proof, "--checkpoint", kept)
    assert (said.status, said.log("city")["confirmed"]["entries"]) == ("verified", 360)
    other = Checkpoint(origin=city.origin, size=360, root=bytes(32))
    kept.write_text(sign_checkpoint(other, city.key("log")))
    said = verify(proof, "--checkpoint", kept)
    assert [each["how"] for each in said.findings()] == ["fork"]


def cosigned_by_nobody(house: House, note: str) -> str:
    """Put the hub's line below a tree that it never saw."""
    city = house.keys("city")
    body, _, lines = note.rpartition("\n\n")
    *_, root = body.split("\n")
    other = Checkpoint(origin=city.origin, size=359, root=b64decode(root))
    line = lines.splitlines()[-1]
    return f"{sign_checkpoint(other, city.key('log'))}{line}\n"


def cosigned_at_no_time(house: House, note: str) -> str:
    """Put a line below it that the hub signed for a time that there is not."""
    city = house.keys("city")
    bare = note[: note.rindex("\N{EM DASH}")]
    return cosign(bare, city.named("assertion"), city.key("witness"), 2**62)


@pytest.mark.parametrize("change", [cosigned_by_nobody, cosigned_at_no_time])
def test_a_wrong_cosignature_is_named_and_vouches_for_nothing(
    house: House, proof: Path, change: Callable[[House, str], str]
) -> None:
    said = json.loads(proof.read_bytes())
    proof.write_text(
        json.dumps(said | {"checkpoint": change(house, said["checkpoint"])})
    )
    verdict = verify(proof, *house.hub_keys)
    assert "signature_invalid" in {each["how"] for each in verdict.findings()}
    assert verdict.log("city")["confirmed"] is None


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
