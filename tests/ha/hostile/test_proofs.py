"""A receipt is kept once, of an ended session; a cosignature, of a checkpoint that this home made."""

from collections.abc import Callable, Mapping
import json
import time
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from homeassistant.helpers import issue_registry as ir

from tests.ha.front_door import DOMAIN
from tests.ha.watching import recorded, watch
from tests.reference_hub import Forgery
from tests.reference_hub.assertion import VIEWER
from tests.reference_hub.jose import jwk
from tests.reference_hub.note import cosign
from tests.reference_hub.presence import Identity
from tests.reference_hub.wire import b64, b64url, new_id

from .honest import checkpoint, cosigned, receipt, written
from .house import UNKNOWN, House, difference

STRANGER: Final = Ed25519PrivateKey.generate()

FORGED_RECEIPTS: Final[Mapping[str, Forgery]] = {
    "signed by a stranger": Forgery(key=STRANGER),
    "a stranger's key within": Forgery(
        key=STRANGER, header={"jwk": jwk(STRANGER.public_key())}
    ),
    "alg none": Forgery(header={"alg": "none"}),
    "alg of a shared secret": Forgery(header={"alg": "HS256"}),
    "typ of a viewer": Forgery(typ=VIEWER),
    "another issuer": Forgery(claims={"iss": new_id()}),
    "another home's audience": Forgery(claims={"aud": b64url(bytes(32))}),
    "an audience in a list": Forgery(claims={"aud": [b64url(bytes(32))]}),
    "of another session": Forgery(claims={"session": UNKNOWN}),
    "less than nothing": Forgery(claims={"bytes": -1}),
    "half a fragment": Forgery(claims={"fragments": 0.5}),
    "a chain too short": Forgery(claims={"chain": "0" * 63}),
    "a time without milliseconds": Forgery(
        claims={"first_byte": "2026-11-21T18:04:05Z"}
    ),
    "a claim more": Forgery(claims={"admin": True}),
    "no token": Forgery(params={"receipt": ""}),
    "longer than any token": Forgery(params={"receipt": "x" * 4097}),
}

type Spoil = Callable[[str, Identity], str]


def by(note: str, name: str, key: Ed25519PrivateKey) -> str:
    return cosign(note, name, key, int(time.time()))


def line_of(note: str, line: int, text: str) -> str:
    """Put another line into a note."""
    lines = note.split("\n")
    lines[line] = text
    return "\n".join(lines)


def without_line(note: str, line: int) -> str:
    lines = note.split("\n")
    del lines[line]
    return "\n".join(lines)


FORGED_CHECKPOINTS: Final[Mapping[str, Spoil]] = {
    "nothing": lambda _note, _hub: "",
    "no note": lambda _note, _hub: "checkpoint",
    "not cosigned": lambda note, _hub: note,
    "cosigned by a stranger": lambda note, hub: by(note, hub.hub_id, STRANGER),
    "cosigned by the other key": lambda note, hub: by(note, hub.hub_id, hub.assertion),
    "cosigned in another name": lambda note, hub: by(note, "witness", hub.witness),
    "of a larger tree": lambda note, hub: by(
        line_of(note, 1, "99"), hub.hub_id, hub.witness
    ),
    "of a smaller tree": lambda note, hub: by(
        line_of(note, 1, "1"), hub.hub_id, hub.witness
    ),
    "of another root": lambda note, hub: by(
        line_of(note, 2, b64(bytes(32))), hub.hub_id, hub.witness
    ),
    "of another log": lambda note, hub: by(
        line_of(note, 0, "latchstring/x"), hub.hub_id, hub.witness
    ),
    "without the home's signature": lambda note, hub: without_line(
        by(note, hub.hub_id, hub.witness), 4
    ),
}


async def test_a_receipt_that_does_not_hold_is_not_kept(house: House) -> None:
    over = await house.still_serves()
    frames = {
        name: written("receipt", receipt(house, over.session, forgery))
        for name, forgery in FORGED_RECEIPTS.items()
    }
    frames["of a session that never was"] = written("receipt", receipt(house, UNKNOWN))

    codes = {name: await house.refuses(frame) for name, frame in frames.items()}

    assert codes == {name: ["receipt_invalid"] for name in frames}
    await house.still_serves()


async def test_a_receipt_before_the_end_is_not_kept_and_the_one_after_is(
    house: House,
) -> None:
    watched = await watch(house.hub)
    early = written("receipt", receipt(house, watched.session))

    assert await house.refuses(early) == ["receipt_invalid"]

    await house.hub.close_session(watched.session)
    await house.ended(watched.session)
    assert '"result"' in (await house.told(early))[0]


async def test_a_second_receipt_is_not_kept_not_even_at_the_same_time(
    house: House,
) -> None:
    over = await house.still_serves()
    frames = [
        written(
            "receipt", receipt(house, over.session, Forgery(claims={"bytes": size}))
        )
        for size in range(8)
    ]

    said = await house.told(*frames)

    assert sum('"result"' in each for each in said) == 1
    assert sum('"receipt_invalid"' in each for each in said) == 7
    assert len(await recorded(house.hass, "receipt")) == 1
    assert await house.refuses(frames[-1]) == ["receipt_invalid"]
    await house.still_serves()


async def test_a_cosignature_that_does_not_hold_is_not_kept(house: House) -> None:
    note, identity = await checkpoint(house), house.hub.presence.identity
    frames = {
        name: written("checkpoint.cosigned", {"checkpoint": spoil(note, identity)})
        for name, spoil in FORGED_CHECKPOINTS.items()
    }

    codes = {name: await house.refuses(frame) for name, frame in frames.items()}

    assert codes == {name: ["cosignature_invalid"] for name in frames}
    await house.still_serves()


async def test_a_cosignature_said_again_changes_nothing(house: House) -> None:
    right = {"checkpoint": cosigned(house, await checkpoint(house))}
    assert "result" in await house.hub.request("checkpoint.cosigned", right)
    before = await house.snapshot()

    said = await house.told(*[written("checkpoint.cosigned", right)] * 3)

    assert all(json.loads(each)["result"] == {} for each in said)
    assert difference(before, await house.snapshot()) == {}
    await house.still_serves()


def shown_size(house: House) -> str:
    """Give the size of the tree that the owner is told the hub refuses."""
    issue = ir.async_get(house.hass).async_get_issue(
        DOMAIN, f"checkpoint_refused_{house.entry.entry_id}"
    )
    assert issue is not None
    assert issue.translation_placeholders is not None
    return issue.translation_placeholders["size"]


async def test_a_hub_that_objects_without_end_is_logged_once_a_minute(
    house: House,
) -> None:
    def objections(*sizes: int) -> list[str]:
        return [
            written("checkpoint.refused", {"size": size, "reason": "not_signed"})
            for size in sizes
        ]

    await house.told(*objections(*[1, 2] * 20))
    assert shown_size(house) == "1"

    await house.rests(15)
    assert shown_size(house) == "2"
    await house.rests(60)
    await house.told(*objections(1, 2))

    assert shown_size(house) == "1"
    told = [each.getMessage() for each in house.log.records]
    assert [each for each in told if "refuses the record's tree" in each] == [
        f"Jackson Police Department refuses the record's tree of {size} entries: not_signed"
        for size in (1, 1)
    ]
