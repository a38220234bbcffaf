"""A forgery that is signed anew throughout holds together, and is never called verified."""

from contextlib import closing
from hashlib import sha256
import json
from pathlib import Path
import sqlite3

import pytest

from custom_components.latchstring.record import HOUSEHOLD
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors, read_given
from custom_components.latchstring.verifier.findings import How, Status, Verdict
from custom_components.latchstring.verifier.sources.source import Unusable
from tests.reference_hub.jose import jwk, sign, unverified
from tests.reference_hub.wire import b64url, canonical

from .making import COSIGNED, House, Keys, export, export_entry, keep_house
from .tampering import InExport, checkpoint_of, delete

UNAIDED = CheckOptions(anchors=Anchors())


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Path]:
    """The same story under keys that somebody else made: the home's, the hubs' and the witnesses'."""
    place = tmp_path_factory.mktemp("forged")
    house = keep_house(place / "latchstring", seed="forged ")
    return house, export(house, place)


def hows(verdict: Verdict) -> set[How]:
    logs = (each for log in verdict.logs for each in log.findings)
    return {each.how for each in (*verdict.findings, *logs)}


def anchors(house: House) -> dict[str, Anchors]:
    """What an owner, a court or a hub may bring along, each alone."""
    city = house.keys("city")
    return {
        "hub key": Anchors(hubs=frozenset({city.named("assertion")})),
        "witness key": Anchors(witnesses={city.named("witness"): None}),
        "home key": Anchors(homes=frozenset({house.keys(HOUSEHOLD).named("log")})),
        "checkpoint": Anchors(
            checkpoints=(read_given(house.cosigned["city"][100], "kept.txt"),)
        ),
    }


@pytest.mark.parametrize("anchor", ["hub key", "witness key", "home key", "checkpoint"])
def test_a_forgery_throughout_is_never_verified(
    house: House, forged: tuple[House, Path], anchor: str
) -> None:
    forger, export = forged
    for what in (export, forger.file):
        assert check(what, UNAIDED).status is Status.SELF_CONSISTENT
        verdict = check(what, CheckOptions(anchors=anchors(house)[anchor]))
        assert verdict.status is Status.TAMPERED
        assert not any(log.confirmed for log in verdict.logs)


def test_a_home_key_says_nothing_of_one_entry(house: House, tmp_path: Path) -> None:
    """It has not signed it; to leave it out of account silently would say that it had."""
    proof = tmp_path / "entry.json"
    proof.write_bytes(export_entry(house, "city:0:150"))
    with pytest.raises(Unusable, match="without --home-key"):
        check(proof, CheckOptions(anchors=anchors(house)["home key"]))


def test_what_the_home_alone_has_signed_is_named(house: House, exported: Path) -> None:
    place = InExport(house, exported)
    (exported / "evidence.html").write_text("They agreed to look away.")
    made_up = b'{"text": "We keep nothing.", "version": "2"}'
    agreement = f"agreements/{sha256(made_up).hexdigest()}.json"
    (exported / agreement).write_bytes(made_up)
    place.resign()
    verdict = check(exported, UNAIDED)
    assert hows(verdict) == set()
    (notice,) = verdict.notices
    named = f"{agreement}, evidence.html, export.md, summary.html"
    assert notice.endswith(f": {named}")


def test_a_forger_with_the_homes_keys_is_not_verified_either(
    house: House, exported: Path
) -> None:
    """A session vanishes, and with it every cosignature: the hub's are all that they can't make."""
    place = InExport(house, exported)
    for _ in ("start", "end"):
        place.change("city", delete, 150, mended=True)
    place.forget_witnesses()
    hubs = frozenset(house.keys(log).named("assertion") for log in COSIGNED)
    verdict = check(exported, CheckOptions(anchors=Anchors(hubs=hubs)))
    assert verdict.status is Status.SELF_CONSISTENT


def swap_log_key(place: InExport, keys: Keys, forger: Keys) -> None:
    """Sign the log with another key, and name it by that."""
    folder = place.folder(keys.log)
    lines = (folder / "entries.jsonl").read_bytes().splitlines()
    rows = [{"leaf": bytes.fromhex(json.loads(line)["leaf"])} for line in lines]
    place.rewrite(
        folder / "log.json",
        key=jwk(forger.key("log").public_key()),
        origin=forger.origin,
        checkpoint=checkpoint_of(forger, rows),
    )


def swap_pairing(place: InExport, keys: Keys, forger: Keys) -> None:
    """Pair with another hub than the one that was paired with."""
    log = place.folder(keys.log) / "log.json"
    place.rewrite(log, pairings=[forger.pairing()])


def swap_hub_keys(place: InExport, keys: Keys, forger: Keys) -> None:
    """Put other keys into a pairing that both sides have signed."""
    pairing = keys.pairing() | {"keys": forger.hub_keys}
    place.rewrite(place.folder(keys.log) / "log.json", pairings=[pairing])


def let_anybody_sign(place: InExport, keys: Keys, forger: Keys) -> None:
    """Pair with a hub of a key that nobody has, by which anybody can make any signature."""
    nobodys = bytes([1, *bytes(31)])
    shown = {"kty": "OKP", "crv": "Ed25519", "x": b64url(nobodys)}
    hub = b64url(sha256(canonical(shown)).digest())
    pairing = keys.pairing()
    named = {"aud": hub, "assertion": hub}
    receipt = sign(
        keys.key("dial-in"),
        "latchstring-pairing+jwt",
        unverified(pairing["receipt"]) | named,
    )
    signed = {"iss": hub, "receipt": sha256(receipt.encode()).hexdigest()}
    countersigned, _, _ = sign(
        forger.key("assertion"),
        "latchstring-countersignature+jwt",
        unverified(pairing["countersignature"]) | signed,
    ).rpartition(".")
    pairing |= {
        "keys": keys.hub_keys | {"assertion": shown},
        "receipt": receipt,
        "countersignature": f"{countersigned}.{b64url(nobodys + bytes(32))}",
    }
    place.rewrite(place.folder(keys.log) / "log.json", pairings=[pairing])


@pytest.mark.parametrize(
    "swap", [swap_log_key, swap_pairing, swap_hub_keys, let_anybody_sign]
)
def test_a_swapped_key_is_named(house: House, exported: Path, swap: object) -> None:
    assert callable(swap)
    place = InExport(house, exported)
    swap(place, house.keys("city"), Keys(log="city", seed="forged "))
    place.resign()
    found = hows(check(exported, CheckOptions(anchors=anchors(house)["hub key"])))
    assert found & {How.KEY_SWAPPED, How.SIGNATURE}


@pytest.mark.parametrize("column", ["public_key", "origin"])
def test_a_key_swapped_in_the_file_is_named(house: House, column: str) -> None:
    forger = Keys(log="city", seed="forged ")
    raw = forger.key("log").public_key().public_bytes_raw()
    value = {"public_key": raw, "origin": forger.origin}[column]
    with closing(sqlite3.connect(house.file)) as file, file:
        file.execute(f"UPDATE logs SET {column} = ? WHERE log = 'city'", (value,))  # noqa: S608 - of constants only
    assert How.KEY_SWAPPED in hows(check(house.file, UNAIDED))


BESIDE_ITSELF = ("at", "kind", "hub", "session", "request")
BESIDE_ITS_START = ("camera", "viewer", "agency", "case_number")


@pytest.mark.parametrize(
    ("column", "index"),
    [
        *((column, 150) for column in BESIDE_ITSELF),
        *((column, 151) for column in BESIDE_ITS_START),
    ],
)
def test_what_the_file_lists_beside_an_entry_is_held_to_it(
    house: House, column: str, index: int
) -> None:
    value = 0 if column == "at" else "x"
    with closing(sqlite3.connect(house.file)) as file, file:
        file.execute(
            f"UPDATE entries SET {column} = ? WHERE idx = ?"  # noqa: S608 - of constants only
            " AND log_id = (SELECT id FROM logs WHERE log = 'city')",
            (value, index),
        )
    verdict = check(house.file, CheckOptions(anchors=Anchors(), tokens=False))
    (log,) = (each for each in verdict.logs if each.log == "city")
    assert index in {each.index for each in log.findings}
