"""A record as it is after years of sessions, written by the record's own code in few transactions."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import batched, chain, count, islice
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custom_components.latchstring.core.canonical import Json
from custom_components.latchstring.core.clock import Moment
from custom_components.latchstring.core.entries import (
    Entry,
    Paired,
    SessionAllowed,
    SessionCut,
    SessionEnded,
    SessionStarted,
)
from custom_components.latchstring.core.messages import Mark
from custom_components.latchstring.core.receipt import log_origin
from custom_components.latchstring.core.signatures.jose import (
    TokenType,
    jwk,
    sign_token,
    thumbprint,
)
from custom_components.latchstring.record import HOUSEHOLD, LogIdentity
from custom_components.latchstring.record.append import append, draft
from custom_components.latchstring.record.schema import FILE_NAME, connect

HUB: Final = "01KA5Q6V8M3Z7YJ2W4T9R1XCDE"
BEGAN: Final = datetime(2026, 11, 22, tzinfo=UTC)
APART: Final = timedelta(minutes=10)
TOOK: Final = timedelta(minutes=3)
CAMERAS: Final = 7
OFFICERS: Final = 40
CASES: Final = 50
"""So many sessions are watched for one case."""
BATCH: Final = 20_000

AGENCY: Final = "Jackson Police Department"
NOTHING: Final = Mark(fragments=0, chain=bytes(32))


def key(name: str) -> Ed25519PrivateKey:
    """Give the same key for the same name each time."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


HUB_KEY: Final = key("assertions")
WITNESS: Final = key("witness").public_key()
HOME_KEY: Final = key("dial-in")
HUB_ID: Final = thumbprint(HUB_KEY.public_key())
HOME_ID: Final = thumbprint(HOME_KEY.public_key())


def identity(log: str) -> LogIdentity:
    """Give a log as this home knows it."""
    return LogIdentity(log=log, origin=log_origin(key(log).public_key()), key=key(log))


IDENTITIES: Final = {log: identity(log) for log in (HUB, HOUSEHOLD)}


def paired() -> Paired:
    """Let both sides sign who they are, so that what the hub signs can be verified."""
    log = IDENTITIES[HUB].key.public_key()
    receipt = sign_token(
        HOME_KEY,
        TokenType.PAIRING,
        {
            "iss": HOME_ID,
            "aud": HUB_ID,
            "dial_in": jwk(HOME_KEY.public_key()),
            "log": jwk(log),
            "log_origin": log_origin(log),
            "assertion": HUB_ID,
            "witness": thumbprint(WITNESS),
        },
    )
    hashed = sha256(receipt.encode()).hexdigest()
    signed: dict[str, Json] = {"iss": HUB_ID, "aud": HOME_ID, "receipt": hashed}
    return Paired(
        hub_id=HUB_ID,
        name=AGENCY,
        keys={"assertion": jwk(HUB_KEY.public_key()), "witness": jwk(WITNESS)},
        receipt=receipt,
        countersignature=sign_token(HUB_KEY, TokenType.COUNTERSIGNATURE, signed),
    )


def started(name: str, number: int, at: datetime) -> SessionStarted:
    """Let an officer in, with an assertion as a hub writes and signs it."""
    session = sha256(f"session {name}-{number}".encode()).hexdigest()[:22]
    camera = f"camera-{number % CAMERAS}"
    seconds = int(at.timestamp())
    officer = number % OFFICERS
    claims: dict[str, Json] = {
        "iss": HUB_ID,
        "aud": HOME_ID,
        "iat": seconds,
        "exp": seconds + 120,
        "jti": f"{name}-{number}",
        "sub": f"badge-{officer}",
        "name": f"Officer {officer}",
        "agency": AGENCY,
        "purpose": "burglary",
        "case": f"2026-{number // CASES}",
        "camera": camera,
        "session": session,
        "ingest": f"https://ingest.example/streams/{session}",
        "ingest_token_sha256": sha256(session.encode()).hexdigest(),
    }
    return SessionStarted(
        session=session,
        camera=camera,
        assertion=sign_token(HUB_KEY, TokenType.VIEWER, claims),
        agreement=sha256(b"agreement").hexdigest(),
        carried_by=session,
    )


def visit(number: int) -> Iterator[tuple[str, Entry, datetime]]:
    """Tell one session in both logs, from its start to its end."""
    at = BEGAN + number * APART
    start = started("visit", number, at)
    session = start.session
    yield HUB, start, at
    yield HOUSEHOLD, SessionAllowed(hub=HUB, session=session, reason="schedule"), at
    at += TOOK
    sent = Mark(fragments=5400, chain=sha256(session.encode()).digest())
    ended = SessionEnded(session=session, bytes=90_000_000, from_=NOTHING, to=sent)
    yield HUB, ended, at
    yield HOUSEHOLD, SessionCut(hub=HUB, session=session, how="hub_closed"), at


def fill(folder: Path, entries: int, tell: Callable[[str], None]) -> None:
    """Write so many entries, and say every now and then how many there are."""
    told = chain([(HUB, paired(), BEGAN)], chain.from_iterable(map(visit, count())))
    written = 0
    with closing(connect(folder / FILE_NAME, timedelta(seconds=1))) as file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute("PRAGMA cache_size = -262144")
        file.execute("PRAGMA wal_autocheckpoint = 65536")
        for batch in batched(islice(told, entries), BATCH, strict=False):
            file.execute("BEGIN IMMEDIATE")
            for log, entry, at in batch:
                append(file, draft(IDENTITIES[log], entry, Moment(at=at)))
            file.execute("COMMIT")
            written += len(batch)
            tell(f"written {written:,} of {entries:,} entries")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
