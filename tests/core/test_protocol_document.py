"""The examples in protocol.md are true, and what the core reads and writes."""

from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha256
import json
from typing import Any, Final, get_args

import pytest

from custom_components.latchstring.core.canonical import parse_rfc3339
from custom_components.latchstring.core.entries import (
    EpochBegun,
    EpochCause,
    HeadCommitted,
    HouseholdHead,
    SessionEnded,
    SessionStarted,
)
from custom_components.latchstring.core.entries.entry_bytes import content, leaf
from custom_components.latchstring.core.errors import ERROR_NUMBERS, ErrorCode
from custom_components.latchstring.core.messages import (
    Alarm,
    AlarmState,
    CameraEntry,
    Cameras,
    CameraState,
    CheckpointConsistency,
    CheckpointCosigned,
    CheckpointMessage,
    CheckpointRefused,
    Consistency,
    Empty,
    HomeMessage,
    HubMessage,
    Images,
    Ingest,
    Mark,
    Objection,
    Place,
    Proof,
    ReceiptMessage,
    RequestDecidedMessage,
    RequestOpen,
    Result,
    SessionClose,
    SessionEndedMessage,
    SessionOpen,
    SessionOpened,
    SessionPicture,
    Video,
)
from custom_components.latchstring.core.model import Viewer
from custom_components.latchstring.core.pairing import parse_invitation
from custom_components.latchstring.core.protocol import (
    encode,
    encode_error,
    encode_result,
    parse_request,
)
from custom_components.latchstring.core.receipt import (
    REFUSALS,
    LogEnd,
    dial_in_token,
    log_origin,
    pairing_request,
    parse_pairing_error,
    parse_pairing_response,
    sign_receipt,
    sign_succession,
    verify_countersignature,
)
from custom_components.latchstring.core.signatures.assertion import (
    verify_receipt,
    verify_request,
    verify_viewer,
)
from custom_components.latchstring.core.signatures.note import (
    Checkpoint,
    commitment,
    verify_checkpoint,
    verify_cosignature,
)
from tests.reference_hub.tree import check_consistency, check_inclusion

from . import vectors
from .document import EXAMPLES, example, rows, section
from .examples import made_true, written
from .parties import DISCOVERY, HUB, ORIGIN

PORCH: Final = "mX2p5y1HqT8wZr4kQv7bNg"
YARD: Final = "b7LrW0c3Jd9sKf6xVt2hEa"
GATE: Final = "Qe5uNn2Yc8RtGz1aMx7vDw"
SESSION: Final = "s-4f1c0c8e7b2a4d7f"
REQUEST: Final = "r-9d2f6a1b3c4e5f60"
INGEST: Final = f"https://ingest.hub.example/in/{SESSION}/video.cmfv"
STARTED_AT: Final = parse_rfc3339("2026-11-21T18:04:05.123Z")
LOG_KEY: Final = vectors.private_key("log").public_key()


def _proof(written: Any) -> Proof:
    return Proof(
        origin=written["origin"],
        index=written["index"],
        content=b64decode(written["content"]),
        salt=b64decode(written["salt"]),
        checkpoint=written["checkpoint"],
        inclusion=tuple(map(b64decode, written["inclusion"])),
    )


def _params(method: str) -> Any:
    return example(method).value["params"]


FROM_THE_HOME: Final[dict[str, HomeMessage]] = {
    "cameras": Cameras(
        cameras=(
            CameraEntry(
                camera=PORCH,
                label="Front porch",
                state=CameraState.OPEN,
                place=Place(
                    longitude=-90.18, latitude=32.3, radius_m=500, heading_deg=90
                ),
                video=Video(codec="avc1.640028", width=1920, height=1080),
            ),
            CameraEntry(camera=YARD, label="Back yard", state=CameraState.CLOSED),
            CameraEntry(
                camera=GATE,
                label="Side gate",
                state=CameraState.ASK,
                video=Video(
                    codec="avc1.42c01f",
                    width=1280,
                    height=720,
                    images=Images(interval_ms=500),
                ),
            ),
        )
    ),
    "session.picture": SessionPicture(
        session=SESSION,
        unchanged_since=parse_rfc3339("2026-11-21T18:06:20.500Z"),
        or_longer=False,
    ),
    "session.ended": SessionEndedMessage(
        session=SESSION,
        at=parse_rfc3339("2026-11-21T18:09:44.010Z"),
        sent=41293311,
        start=Mark(fragments=0, chain=bytes(32)),
        end=Mark(
            fragments=5091, chain=bytes.fromhex(_params("session.ended")["to"]["chain"])
        ),
        proof=_proof(_params("session.ended")["proof"]),
    ),
    "request.decided": RequestDecidedMessage(request=REQUEST, granted=False),
    "alarm": Alarm(
        alarm="a-1b2c3d4e5f607182",
        state=AlarmState.BEGAN,
        at=STARTED_AT,
        cameras=(PORCH,),
    ),
    "checkpoint": CheckpointMessage(
        checkpoint=_params("checkpoint")["checkpoint"],
        from_size=6,
        consistency=tuple(map(b64decode, _params("checkpoint")["consistency"])),
    ),
}

FROM_THE_HUB: Final[dict[str, HubMessage]] = {
    "session.open": SessionOpen(
        session=SESSION,
        camera=PORCH,
        assertion=_params("session.open")["assertion"],
        ingest=Ingest(url=INGEST, token="q0Zr8Kk1mB4vXc7nT2yLw5"),
    ),
    "session.close": SessionClose(session=SESSION),
    "request.open": RequestOpen(
        request=REQUEST,
        camera=YARD,
        minutes=15,
        assertion=_params("request.open")["assertion"],
    ),
    "checkpoint.cosigned": CheckpointCosigned(
        checkpoint=_params("checkpoint.cosigned")["checkpoint"]
    ),
    "checkpoint.consistency": CheckpointConsistency(from_size=7, to_size=8),
    "checkpoint.refused": CheckpointRefused(size=8, reason=Objection.NOT_CONSISTENT),
    "receipt": ReceiptMessage(session=SESSION, receipt=_params("receipt")["receipt"]),
}

OPENED: Final = SessionOpened(
    session=SESSION,
    carried_by=SESSION,
    ends_by=parse_rfc3339("2026-11-21T19:04:05.123Z"),
    proof=_proof(example("session.open-result").value["result"]["proof"]),
)
RESULTS: Final[dict[str, Result]] = {
    "session.open-result": OPENED,
    "session.close-result": Empty(),
    "request.open-result": Empty(),
    "checkpoint.cosigned-result": Empty(),
    "checkpoint.consistency-result": Consistency(
        consistency=tuple(
            map(
                b64decode,
                example("checkpoint.consistency-result").value["result"]["consistency"],
            )
        )
    ),
    "checkpoint.refused-result": Empty(),
    "receipt-result": Empty(),
}


def test_every_example_is_what_follows_from_the_seeds() -> None:
    assert written() == made_true()


def test_each_name_or_method_has_one_example() -> None:
    keys = [each.key for each in EXAMPLES]
    assert sorted(set(keys)) == sorted(keys)


def test_the_keys_have_the_thumbprints_the_document_gives() -> None:
    given = {name: thumbprint for name, _, thumbprint in rows("Keys of the examples")}
    assert given == {name: vectors.thumbprint(name) for name in vectors.SEEDS}


@pytest.mark.parametrize("method", FROM_THE_HOME)
def test_the_home_writes_its_messages_as_the_document_shows(method: str) -> None:
    assert json.loads(encode(FROM_THE_HOME[method])) == example(method).value


@pytest.mark.parametrize("method", FROM_THE_HUB)
def test_the_home_reads_a_hubs_requests_as_the_document_shows(method: str) -> None:
    request = parse_request(example(method).text)
    assert request.message == FROM_THE_HUB[method]
    assert request.id == example(method).value["id"]


@pytest.mark.parametrize("name", RESULTS)
def test_the_home_writes_its_answers_as_the_document_shows(name: str) -> None:
    shown = example(name).value
    assert json.loads(encode_result(shown["id"], RESULTS[name])) == shown


def test_every_message_and_every_answer_has_its_example() -> None:
    assert set(map(type, FROM_THE_HOME.values())) == set(
        get_args(HomeMessage.__value__)
    )
    assert set(map(type, FROM_THE_HUB.values())) == set(get_args(HubMessage.__value__))
    assert {f"{method}-result" for method in FROM_THE_HUB} == set(RESULTS)
    keys = {each.key for each in EXAMPLES}
    assert keys >= FROM_THE_HOME.keys() | FROM_THE_HUB.keys() | RESULTS.keys()


def test_the_table_of_errors_is_that_of_the_code() -> None:
    table = {code: int(number) for number, code, _ in rows("Errors")}
    assert table == ERROR_NUMBERS
    assert set(table) == set(ErrorCode)


def test_a_refusal_is_written_as_the_document_shows() -> None:
    shown = example("error").value
    assert json.loads(encode_error("41", ErrorCode.NOT_AVAILABLE)) == shown


def test_the_invitation_of_the_document_invites_to_its_hub() -> None:
    link = section("Invitation").split("```")[1].strip()
    invitation = parse_invitation(link)
    assert invitation.origin == ORIGIN
    assert invitation.code == example("pairing-request").value["code"]
    assert invitation.hub_id == DISCOVERY.hub_id == HUB.hub_id


def test_the_home_signs_the_receipt_and_the_request_the_document_shows() -> None:
    shown = example("pairing-request").value
    receipt = sign_receipt(
        vectors.private_key("dial-in"), DISCOVERY, LOG_KEY, STARTED_AT
    )
    assert receipt == shown["receipt"]
    assert json.loads(pairing_request(receipt, code=shown["code"])) == shown


def test_the_countersignature_of_the_document_holds() -> None:
    response = example("pairing-response").text.encode()
    verify_countersignature(
        parse_pairing_response(response),
        hub_key=HUB.assertion_key,
        receipt=example("pairing-request").value["receipt"],
        home_id=HUB.home_id,
        hub_id=HUB.hub_id,
    )


def test_the_home_changes_its_keys_as_the_document_shows() -> None:
    shown = example("succession-request").value
    claims = example("succession").value
    at = datetime.fromtimestamp(claims["iat"], UTC)
    receipt = sign_receipt(
        vectors.private_key("next-dial-in"),
        DISCOVERY,
        vectors.private_key("next-log").public_key(),
        at,
    )
    succession = sign_succession(
        vectors.private_key("dial-in"),
        hub_id=HUB.hub_id,
        receipt=receipt,
        ended=LogEnd(
            origin=log_origin(LOG_KEY),
            size=claims["size"],
            root=bytes.fromhex(claims["root"]),
        ),
        at=at,
    )
    assert json.loads(pairing_request(receipt, code=None, succession=succession)) == {
        "receipt": shown["receipt"],
        "succession": shown["succession"],
    }


def test_the_next_log_begins_with_the_entry_the_document_shows() -> None:
    shown = example("entry-epoch-begun").value
    begun = EpochBegun(
        cause=EpochCause(shown["cause"]),
        origin=log_origin(LOG_KEY),
        size=shown["size"],
        root=bytes.fromhex(shown["root"]),
        known_size=shown["known_size"],
    )
    assert content(begun, parse_rfc3339(shown["at"])) == vectors.canonical(shown)


def test_the_document_lists_the_refusals_to_pair_that_are_known() -> None:
    assert parse_pairing_error(example("pairing-error").text.encode()) in REFUSALS
    listed = section("Pairing").partition("anything else is a fault of the hub:")[2]
    assert all(f"`{refusal}`" in listed for refusal in REFUSALS)


def test_the_home_dials_in_with_the_token_the_document_shows() -> None:
    claims = example("dial-in").value
    token = dial_in_token(
        vectors.private_key("dial-in"),
        hub_id=HUB.hub_id,
        at=parse_rfc3339("2026-11-21T18:05:00.000Z"),
        jti=claims["jti"],
    )
    assert token == vectors.token("dial-in", "latchstring-home+jwt", claims)


def test_the_viewers_assertion_of_the_document_is_taken() -> None:
    message = FROM_THE_HUB["session.open"]
    assert isinstance(message, SessionOpen)
    taken = verify_viewer(message.assertion, hub=HUB, message=message, at=STARTED_AT)
    assert taken.viewer == Viewer(
        viewer_id="badge-4711", name="Officer J. Doe", agency="Jackson PD"
    )
    assert (taken.wish.purpose, taken.wish.case) == ("burglary", "2026-118834")


def test_the_request_assertion_of_the_document_is_taken() -> None:
    message = FROM_THE_HUB["request.open"]
    assert isinstance(message, RequestOpen)
    taken = verify_request(message.assertion, hub=HUB, message=message, at=STARTED_AT)
    assert (taken.request, taken.minutes) == (REQUEST, 15)


def test_the_hubs_receipt_of_the_document_is_taken() -> None:
    message = FROM_THE_HUB["receipt"]
    assert isinstance(message, ReceiptMessage)
    taken = verify_receipt(message.receipt, hub=HUB, message=message)
    assert (taken.received, taken.mark.fragments) == (41290000, 5090)


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(_proof(_params("session.ended")["proof"]), id="end"),
        pytest.param(OPENED.proof, id="start"),
    ],
)
def test_the_proofs_of_the_document_prove(proof: Proof) -> None:
    head = verify_checkpoint(proof.checkpoint, origin=log_origin(LOG_KEY), key=LOG_KEY)
    check_inclusion(
        leaf(proof.content, proof.salt),
        proof.index,
        head.size,
        head.root,
        proof.inclusion,
    )


def test_the_record_writes_the_entries_the_document_proves() -> None:
    shown = example("entry-session-started").value
    names = ("session", "camera", "assertion", "agreement", "carried_by")
    started = SessionStarted(**{name: shown[name] for name in names})
    ended = FROM_THE_HOME["session.ended"]
    assert isinstance(ended, SessionEndedMessage)
    entry = SessionEnded(
        session=ended.session, bytes=ended.sent, from_=ended.start, to=ended.end
    )
    assert content(started, STARTED_AT) == OPENED.proof.content
    assert ended.proof is not None
    assert content(entry, ended.at) == ended.proof.content


def test_the_checkpoint_of_the_document_grew_from_the_one_before() -> None:
    shown = FROM_THE_HOME["checkpoint"]
    assert isinstance(shown, CheckpointMessage)
    head = verify_checkpoint(shown.checkpoint, origin=log_origin(LOG_KEY), key=LOG_KEY)
    check_consistency(
        shown.from_size,
        vectors.root(vectors.LEAVES_BEFORE),
        head.size,
        head.root,
        shown.consistency,
    )


def test_the_tree_of_the_end_grew_from_that_of_the_start() -> None:
    shown = RESULTS["checkpoint.consistency-result"]
    asked = FROM_THE_HUB["checkpoint.consistency"]
    assert isinstance(shown, Consistency)
    assert isinstance(asked, CheckpointConsistency)
    started, ended = (
        verify_checkpoint(note, origin=log_origin(LOG_KEY), key=LOG_KEY)
        for note in (OPENED.proof.checkpoint, _params("checkpoint")["checkpoint"])
    )
    assert (started.size, ended.size) == (asked.from_size, asked.to_size)
    check_consistency(
        started.size, started.root, ended.size, ended.root, shown.consistency
    )


def test_the_record_writes_the_commitment_the_document_shows() -> None:
    hidden, opening = (
        example(name).value for name in ("entry-household-head", "entry-head-committed")
    )
    salt = bytes.fromhex(opening["salt"])
    head = Checkpoint(
        origin="latchstring/household",
        size=opening["size"],
        root=sha256(b"household root").digest(),
    )
    entry = HouseholdHead(commitment=commitment(head, salt))
    opener = HeadCommitted(
        salt=salt, **{name: opening[name] for name in ("hub", "epoch", "index", "size")}
    )
    ended_at = parse_rfc3339(hidden["at"])
    assert json.loads(content(entry, ended_at)) == hidden
    assert json.loads(content(opener, ended_at)) == opening


def test_the_document_lists_what_a_hub_may_object() -> None:
    listed = section("Hub to home").partition("### checkpoint.refused")[2]
    assert all(f"| `{objection}` |" in listed for objection in Objection)


def test_the_cosignature_of_the_document_holds() -> None:
    note = _params("checkpoint.cosigned")["checkpoint"]
    seen = verify_cosignature(note, name=HUB.hub_id, key=HUB.witness_key)
    assert seen == parse_rfc3339("2026-11-21T18:09:45.000Z")
    assert verify_checkpoint(note, origin=log_origin(LOG_KEY), key=LOG_KEY).size == 8
