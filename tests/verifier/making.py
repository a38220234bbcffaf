"""A record of two hubs and a household, as a home writes it and its hubs confirm it."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custom_components.latchstring.core import entries
from custom_components.latchstring.core.canonical import Json, canonical_json
from custom_components.latchstring.core.messages import Mark
from custom_components.latchstring.export import (
    ExportOrder,
    FolderSink,
    HubDocuments,
    ZipSink,
    write_entry,
    write_record,
)
from custom_components.latchstring.record import HOUSEHOLD, LogIdentity, Record
from tests.reference_hub.jose import jwk, sign, thumbprint
from tests.reference_hub.note import cosign

AT: Final = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
SIZES: Final = {"city": 400, "county": 300, HOUSEHOLD: 300}
COSIGNED: Final = {"city": (100, 200, 300, 360), "county": (150, 300)}
ANNA: Final = entries.Actor(kind=entries.ActorKind.USER, user_id="u1", name="Anna")
AGREEMENT: Final[dict[str, Json]] = {
    "terms": {
        "purposes": [{"label": "Burglary <in progress>", "purpose": "burglary"}],
        "retention_days": 30,
    },
    "text": "Kept.",
    "version": "1",
}
AGREED: Final = canonical_json(AGREEMENT)
LABELS: Final = {"camera-0": "Front door", "camera-1": "<b>Garage</b> & co"}


def key(name: str) -> Ed25519PrivateKey:
    """Give the same key each time."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


@dataclass(frozen=True, kw_only=True)
class Keys:
    """All keys around one hub's log. A forger's have another `seed`."""

    log: str
    seed: str = ""

    def key(self, whose: str) -> Ed25519PrivateKey:
        return key(f"{self.seed}{self.log} {whose}")

    def named(self, whose: str) -> str:
        return thumbprint(self.key(whose).public_key())

    @property
    def origin(self) -> str:
        return f"latchstring/{self.named('log')}"

    @property
    def identity(self) -> LogIdentity:
        return LogIdentity(log=self.log, origin=self.origin, key=self.key("log"))

    @property
    def hub_keys(self) -> dict[str, Any]:
        return {
            whose: jwk(self.key(whose).public_key())
            for whose in ("assertion", "witness")
        }

    def pairing(self) -> dict[str, Any]:
        """Have both sides sign."""
        receipt = sign(
            self.key("dial-in"),
            "latchstring-pairing+jwt",
            {
                "iss": self.named("dial-in"),
                "aud": self.named("assertion"),
                "iat": int(AT.timestamp()),
                "version": "1",
                "dial_in": jwk(self.key("dial-in").public_key()),
                "log": jwk(self.key("log").public_key()),
                "log_origin": self.origin,
                "assertion": self.named("assertion"),
                "witness": self.named("witness"),
                "control_url": "wss://hub.example/control",
                "pairing_url": "https://hub.example/pairing",
                "ingest_origins": ["https://hub.example"],
                "agreement": sha256(AGREED).hexdigest(),
            },
        )
        countersigned = {
            "iss": self.named("assertion"),
            "aud": self.named("dial-in"),
            "iat": int(AT.timestamp()),
            "receipt": sha256(receipt.encode()).hexdigest(),
        }
        return {
            "name": f"Police of the {self.log}",
            "keys": self.hub_keys,
            "receipt": receipt,
            "countersignature": sign(
                self.key("assertion"),
                "latchstring-countersignature+jwt",
                countersigned,
            ),
        }

    def asserted(self, number: int) -> str:
        """Name a viewer, as the hub does."""
        issued = int(started_at(number).timestamp())
        return sign(
            self.key("assertion"),
            "latchstring-viewer+jwt",
            {
                "iss": self.named("assertion"),
                "aud": self.named("dial-in"),
                "iat": issued,
                "exp": issued + 120,
                "jti": f"{self.log}-{number}".ljust(16, "_"),
                "sub": "badge-4711",
                "name": "Officer J. Doe",
                "agency": "Jackson <PD>",
                "purpose": "burglary",
                "case": "2026-118834",
                "camera": f"camera-{number % 2}",
                "session": session(self.log, number),
                "ingest": "https://hub.example/in",
                "ingest_token_sha256": "00" * 32,
            },
        )


def started_at(number: int) -> datetime:
    """Give the time of a session's start: behind the pairing each is two entries, one a second."""
    return AT + timedelta(seconds=2 + 2 * number)


def session(log: str, number: int) -> str:
    return f"session-{log}-{number:04}"


@dataclass(kw_only=True)
class House:
    """A home with its record, and what its hubs have kept of it."""

    folder: Path
    seed: str = ""
    cosigned: dict[str, dict[int, str]] = field(default_factory=dict)

    def keys(self, log: str) -> Keys:
        return Keys(log=log, seed=self.seed)

    @property
    def file(self) -> Path:
        return self.folder / "record.db"

    def order(self, logs: frozenset[str] | None = None) -> ExportOrder:
        return ExportOrder(
            household=self.keys(HOUSEHOLD).identity,
            hubs={log: self.papers(log) for log in COSIGNED},
            logs=logs,
            guide=b"How to check it.\n",
            say=Words(),
            at=AT + timedelta(days=1),
            on_progress=lambda _done, _of: None,
            is_cancelled=lambda: False,
        )

    def papers(self, log: str) -> HubDocuments:
        keys = self.keys(log)
        return HubDocuments(
            pairings=[{"origin": keys.origin, "pairing": keys.pairing()}],
            labels=LABELS,
        )

    def append_one(self, log: str) -> None:
        """Go on with the record."""

        async def append() -> None:
            record = await Record(self.folder).open()
            record.add_log(self.keys(log).identity)
            entry = entries.Unpaired(hub_id="hub")
            await record.log(log).append(entry, at=AT + timedelta(hours=1))
            await record.close()

        asyncio.run(append())

    @property
    def hub_keys(self) -> list[str]:
        """Give the options that name both hubs."""
        return [
            option
            for log in COSIGNED
            for option in ("--hub-key", self.keys(log).named("assertion"))
        ]


def order_with(house: House, **changed: Any) -> ExportOrder:
    return replace(house.order(), **changed)


class Words:
    """A page's words as keys and values, so that a test finds them again."""

    language = "en"

    def __call__(self, key: str, /, **values: str) -> str:
        return " ".join([key, *values.values()])

    def time(self, at: datetime, /) -> str:
        return at.isoformat()


def entries_of(keys: Keys) -> Iterator[entries.Entry]:
    """Give a log's entries: the pairing, then sessions that begin and end."""
    yield entries.Paired(hub_id=keys.named("assertion"), **keys.pairing())
    yield entries.AgreementAccepted(version="1", agreement=sha256(AGREED).hexdigest())
    number = 0
    while True:
        yield entries.SessionStarted(
            session=session(keys.log, number),
            camera=f"camera-{number % 2}",
            assertion=keys.asserted(number),
            agreement=sha256(AGREED).hexdigest(),
            carried_by=session(keys.log, number),
        )
        yield entries.SessionEnded(
            session=session(keys.log, number),
            bytes=number,
            from_=Mark(fragments=0, chain=bytes(32)),
            to=Mark(fragments=number, chain=bytes([number % 256]) * 32),
        )
        number += 1


def entries_of_household(_: Keys) -> Iterator[entries.Entry]:
    while True:
        for on in (True, False):
            yield entries.SwitchTurned(
                switch="sharing",
                on=on,
                actor=ANNA,
                hub="city",
                camera="camera-0",
                label="Front door",
            )


async def _keep_house(house: House) -> None:
    record = await Record(house.folder).open()
    for log, size in SIZES.items():
        keys = house.keys(log)
        record.add_log(keys.identity)
        if log in COSIGNED:
            await record.log(log).keep_agreement(sha256(AGREED).hexdigest(), AGREED)
        made: Callable[[Keys], Iterator[entries.Entry]]
        made = entries_of_household if log == HOUSEHOLD else entries_of
        writing = made(keys)
        for start, end in _stages(log, size):
            await asyncio.gather(
                *(
                    record.log(log).append(
                        next(writing), at=AT + timedelta(seconds=index)
                    )
                    for index in range(start, end)
                )
            )
            if end in COSIGNED.get(log, ()):
                await have_cosigned(house, record, keys, end)
    await record.close()


def _stages(log: str, size: int) -> Iterator[tuple[int, int]]:
    start = 0
    for end in (*COSIGNED.get(log, ()), size):
        yield start, end
        start = end


async def have_cosigned(house: House, record: Record, keys: Keys, size: int) -> None:
    """Have a hub cosign a tree, after its newest entry."""
    assert record.last_entry_at is not None
    head = await record.log(keys.log).prove_head(from_size=0)
    witness = keys.key("witness")
    seen = int(max(AT + timedelta(seconds=size), record.last_entry_at).timestamp())
    note = cosign(head.checkpoint, keys.named("assertion"), witness, seen)
    house.cosigned.setdefault(keys.log, {})[size] = note
    await record.log(keys.log).keep_cosignature(
        note, witness=keys.named("assertion"), key=witness.public_key(), renews=True
    )


def keep_house(folder: Path, seed: str = "") -> House:
    """Write the whole record."""
    house = House(folder=folder, seed=seed)
    asyncio.run(_keep_house(house))
    return house


@contextmanager
def opened(house: House, *, without: Collection[str] = ()) -> Iterator[Record]:
    """Hold a finished record open, to be read; `without` the keys of hubs that were removed."""

    async def open_record() -> Record:
        record = await Record(house.folder).open()
        for log in SIZES.keys() - set(without):
            record.add_log(house.keys(log).identity)
        await record.close()
        return record

    yield asyncio.run(open_record())


def export(
    house: House,
    place: Path,
    *,
    kind: Callable[[Path, str], FolderSink | ZipSink] = FolderSink,
    logs: frozenset[str] | None = None,
    at: datetime = AT + timedelta(days=1),
) -> Path:
    """Export the record into a folder or a zip."""
    with (
        opened(house) as record,
        record.snapshot() as snapshot,
        kind(place, "export") as sink,
    ):
        write_record(snapshot, sink, replace(house.order(logs), at=at))
    return sink.path


def export_entry(house: House, entry: str) -> bytes:
    with opened(house) as record, record.snapshot() as snapshot:
        return write_entry(snapshot, house.order(), entry)
