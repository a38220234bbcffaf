"""The entries of the record, and the bytes they are hashed as."""

from base64 import urlsafe_b64encode
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
import json
from pathlib import Path
import re

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.canonical import Json
from custom_components.latchstring.core.entries import (
    HOUSEHOLD_KINDS,
    HUB_KINDS,
    KINDS,
    Actor,
    ActorKind,
    AgreementAccepted,
    Change,
    ClockConfirmed,
    Closed,
    ConsentChanged,
    Entry,
    EpochBegun,
    EpochCause,
    Erased,
    Exported,
    HeadCommitted,
    HouseholdHead,
    KeysChanged,
    Opened,
    OpeningsEnded,
    OptionsChanged,
    Paired,
    Receipt,
    Refusals,
    RequestAnswered,
    RequestDecided,
    Requested,
    SessionAllowed,
    SessionCut,
    SessionEnded,
    SessionStarted,
    SwitchTurned,
    Unpaired,
)
from custom_components.latchstring.core.entries.entry_bytes import (
    MAX_CONTENT_BYTES,
    ContentError,
    OneTimeId,
    claims,
    content,
    leaf,
    one_time_ids,
    parse_content,
)
from custom_components.latchstring.core.messages import Mark

PROTOCOL = Path("custom_components/latchstring/core/protocol.md")
AT = datetime(2026, 11, 21, 18, 4, 5, 123_000, tzinfo=UTC)
LATER = AT + timedelta(minutes=15)
ANNA = Actor(kind=ActorKind.USER, user_id="u1", name="Anna")
SYSTEM = Actor(kind=ActorKind.SYSTEM)


def assertion(**said: Json) -> str:
    payload = urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    return f"header.{payload}.signature"


EXAMPLES: list[Entry] = [
    Paired(
        hub_id="hub",
        name="Jackson PD",
        keys={"assertion": {"x": "A"}, "witness": {"x": "B"}},
        receipt="a.b.c",
        countersignature="d.e.f",
    ),
    AgreementAccepted(version="2026-10-01", agreement="8d1c"),
    SessionStarted(
        session="s-1",
        camera="cam",
        assertion=assertion(jti="j-1"),
        agreement="8d1c",
        carried_by="s-1",
    ),
    SessionEnded(
        session="s-1",
        bytes=41_293_311,
        from_=Mark(fragments=0, chain=bytes(32)),
        to=Mark(fragments=5091, chain=bytes(range(32))),
    ),
    Refusals(minute=AT, counts={"not_available": 12}),
    Requested(request="r-1", camera="cam", minutes=15, assertion=assertion(jti="j-2")),
    RequestDecided(request="r-1", granted=False),
    Receipt(session="s-1", receipt="a.b.c"),
    Unpaired(hub_id="hub"),
    Paired(
        hub_id="hub",
        name="Jackson PD",
        keys={"assertion": {"x": "C"}, "witness": {"x": "B"}},
        receipt="a.b.c",
        countersignature="d.e.f",
        hub_successions=("g.h.i", "j.k.l"),
    ),
    SessionAllowed(hub="log", session="s-1", reason="always"),
    SessionAllowed(hub="log", session="s-1", reason="alarm", until=LATER),
    SessionCut(hub="log", session="s-1", how="switch_off"),
    Refusals(
        minute=AT,
        counts={"not_available": 12, "quota_exceeded": 1},
        cameras={"cam": 2},
        unlisted=10,
    ),
    RequestAnswered(hub="log", request="r-1", allowed=False, actor=ANNA),
    RequestAnswered(hub="log", request="r-1", allowed=True, actor=ANNA, until=LATER),
    SwitchTurned(switch="sharing", on=True, actor=ANNA, hub="log"),
    ConsentChanged(
        change=Change.ADDED,
        actor=ANNA,
        hub="log",
        camera="cam",
        label="Veranda \N{GRINNING FACE}",
        rules={"openings": ["always"], "place": {"radius_m": 500}, "place_set": True},
    ),
    ConsentChanged(
        change=Change.CHANGED,
        actor=ANNA,
        hub="log",
        camera="cam",
        label="Porch",
        rules={"label": "Porch", "place": {"latitude": "32.2988"}},
        before={"label": "Veranda", "place": None},
        names={"0f" * 16: "camera.porch"},
    ),
    OpeningsEnded(actor=ANNA, hub="log", camera="cam", label="Porch"),
    OptionsChanged(actor=ANNA, hub="log", options={"notify": ["pixel"]}),
    OptionsChanged(
        actor=Actor(kind=ActorKind.NOBODY),
        hub="log",
        options={"openers": ["u2"]},
        before={"openers": None},
        names={"u2": "Ben"},
    ),
    KeysChanged(actor=ANNA, hub="log"),
    Opened(
        actor=SYSTEM,
        hub="log",
        camera="cam",
        label="Porch",
        reason="alarm",
        until=LATER,
    ),
    Closed(actor=SYSTEM, hub="log", camera="cam", label="Porch", reason="camera_off"),
    HouseholdHead(commitment=bytes(range(32))),
    HeadCommitted(hub="log", epoch=0, index=8, size=40, salt=bytes(range(32))),
    Erased(actor=SYSTEM, log="log", epoch=0, entries=40, before=AT),
    ClockConfirmed(actor=ANNA, newest=AT),
    ClockConfirmed(actor=ANNA, newest=None),
    Exported(actor=ANNA, name="latchstring-1"),
    Exported(actor=ANNA, name="latchstring-2", log="log", entry="log:0:7"),
    EpochBegun(
        cause=EpochCause.SHORTENED,
        origin="latchstring/x",
        size=116,
        root=bytes(range(32)),
        known_size=120,
    ),
]


def protocol_example(name: str) -> dict[str, Json]:
    found = re.search(rf"```json {name}\n(.*?)```", PROTOCOL.read_text(), re.DOTALL)
    assert found
    example: dict[str, Json] = json.loads(found[1])
    return example


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry.kind)
def test_an_entry_reads_as_it_was_written(entry: Entry) -> None:
    read = parse_content(content(entry, AT))
    assert (read.at, read.entry) == (AT, entry)


def test_an_entry_whose_time_is_not_the_clocks_says_so_and_reads_as_any_other() -> None:
    entry = EXAMPLES[3]
    written = content(entry, AT, is_clock_believed=False)

    assert json.loads(written) == json.loads(content(entry, AT)) | {
        "clock": "unbelieved"
    }
    assert parse_content(written).entry == entry


def test_another_mark_of_the_clock_is_no_entry() -> None:
    written = content(EXAMPLES[3], AT, is_clock_believed=False)
    with pytest.raises(ContentError):
        parse_content(written.replace(b"unbelieved", b"believed"))


def test_every_kind_has_an_example_here() -> None:
    assert {entry.kind for entry in EXAMPLES} == set(KINDS)


def test_a_kind_is_either_a_hubs_or_the_households_unless_every_log_has_it() -> None:
    assert HUB_KINDS.keys() & HOUSEHOLD_KINDS.keys() == {"epoch_begun"}
    assert len(KINDS) == len(HUB_KINDS) + len(HOUSEHOLD_KINDS) - 1


def test_no_entry_of_a_hubs_log_has_room_for_what_is_the_households() -> None:
    household = {"actor", "reason", "until", "how", "rules", "options", "hub", "label"}
    for entry in HUB_KINDS.values():
        assert not {field.name for field in fields(entry)} & household


def test_the_start_of_a_session_is_what_the_protocol_shows() -> None:
    example = protocol_example("entry-session-started")
    entry = SessionStarted(
        session=str(example["session"]),
        camera=str(example["camera"]),
        assertion=str(example["assertion"]),
        agreement=str(example["agreement"]),
        carried_by=str(example["carried_by"]),
    )
    assert json.loads(content(entry, AT)) == example


def test_the_end_of_a_session_has_the_members_the_protocol_names() -> None:
    written = json.loads(content(EXAMPLES[3], AT))
    assert written == {
        "kind": "session_ended",
        "at": "2026-11-21T18:04:05.123Z",
        "session": "s-1",
        "bytes": 41_293_311,
        "from": {"fragments": 0, "chain": "00" * 32},
        "to": {"fragments": 5091, "chain": bytes(range(32)).hex()},
    }


def test_an_entry_is_written_in_one_form_only() -> None:
    entry = SwitchTurned(
        switch="sharing", on=False, actor=ANNA, hub='"\n\x1f\u007f\u00e9\U0001f600/'
    )
    assert (
        content(entry, AT)
        == (
            '{"actor":{"kind":"user","name":"Anna","user_id":"u1"},'
            '"at":"2026-11-21T18:04:05.123Z","camera":null,'
            '"hub":"\\"\\n\\u001f\x7fé\U0001f600/","kind":"switch_turned","label":null,'
            '"on":false,"switch":"sharing"}'
        ).encode()
    )


OLD = (
    (
        b'{"actor":{"kind":"user","name":"an administrator","user_id":null},'
        b'"at":"2026-11-21T18:04:05.123Z","camera":"cam","change":"added","hub":"log",'
        b'"kind":"consent_changed","label":"Porch","rules":{"openings":["always"]}}'
    ),
    (
        b'{"actor":{"kind":"user","name":"Anna","user_id":"u1"},'
        b'"at":"2026-11-21T18:04:05.123Z","hub":"log","kind":"options_changed",'
        b'"options":{"notify":["pixel"]}}'
    ),
)
"""What was written before these kinds said what held before."""


@pytest.mark.parametrize("old", OLD)
def test_an_entry_from_before_a_member_was_added_reads_and_hashes_as_ever(
    old: bytes,
) -> None:
    read = parse_content(old)
    assert isinstance(read.entry, ConsentChanged | OptionsChanged)
    assert (read.entry.before, read.entry.names) == (None, None)
    assert content(read.entry, read.at) == old


@pytest.mark.parametrize(
    "old",
    [
        (
            b'{"at":"2026-11-21T18:04:05.123Z","how":"switch_off","hub":"log",'
            b'"kind":"session_cut","session":"s-1"}'
        ),
        (
            b'{"at":"2026-11-21T18:04:05.123Z","counts":{"not_available":12},'
            b'"kind":"refusals","minute":"2026-11-21T18:04:05.123Z"}'
        ),
    ],
    ids=["session_cut", "refusals"],
)
def test_what_said_less_in_earlier_versions_reads_and_hashes_as_ever(
    old: bytes,
) -> None:
    read = parse_content(old)
    assert content(read.entry, read.at) == old


@pytest.mark.parametrize("name", ["before", "names"])
def test_a_member_that_was_added_later_is_left_out_and_never_null(name: str) -> None:
    """An entry has one form."""
    with pytest.raises(ContentError):
        parse_content(OLD[0][:-1] + f',"{name}":null}}'.encode())


def test_a_time_is_written_in_utc_and_cut_to_milliseconds() -> None:
    here = AT.astimezone(timezone(timedelta(hours=-6))).replace(microsecond=123_999)
    assert content(EXAMPLES[0], here) == content(EXAMPLES[0], AT)


@pytest.mark.parametrize(
    "rules",
    [{"latitude": 32.3}, {"large": 2**53}, {"stra\u00dfe": 1}, {"text": "\ud800"}],
    ids=["float", "integer", "key", "surrogate"],
)
def test_what_has_two_forms_is_not_written(rules: dict[str, Json]) -> None:
    entry = OptionsChanged(actor=ANNA, hub="log", options=rules)
    with pytest.raises(ValueError):  # noqa: PT011 - the caller learns no more than that
        content(entry, AT)


def test_an_entry_larger_than_a_proof_may_be_is_not_written() -> None:
    entry = Receipt(session="s-1", receipt="x" * MAX_CONTENT_BYTES)
    with pytest.raises(ContentError):
        content(entry, AT)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "party"},
        {"kind": None},
        {"at": "2026-11-21T18:04:05Z"},
        {"at": 0},
        {"more": 1},
        {"session": 1},
        {"bytes": True},
        {"bytes": "1"},
        {"from": None},
        {"from": {"fragments": 0}},
        {"from": {"fragments": 0, "chain": "no hex"}},
    ],
    ids=str,
)
def test_what_this_version_does_not_know_is_no_entry(change: dict[str, Json]) -> None:
    written = {**json.loads(content(EXAMPLES[3], AT)), **change}
    with pytest.raises(ContentError):
        parse_content(json.dumps(written).encode())


@given(st.binary())
def test_what_is_no_entry_is_refused_and_nothing_worse(written: bytes) -> None:
    with pytest.raises(ContentError):
        parse_content(written)


def test_a_leaf_is_the_salted_hash_of_the_content() -> None:
    salt = bytes(range(32))
    assert leaf(b"{}", salt) == sha256(b"\x00" + salt + b"{}").digest()


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)], ids=len)
def test_a_leaf_is_never_salted_with_less_than_the_protocol_says(salt: bytes) -> None:
    with pytest.raises(ContentError):
        leaf(b"{}", salt)


def test_a_session_spends_its_assertion_and_its_id() -> None:
    assert one_time_ids(EXAMPLES[2]) == {
        OneTimeId.ASSERTION: "j-1",
        OneTimeId.SESSION: "s-1",
    }


def test_a_request_spends_its_assertion_and_its_id() -> None:
    assert one_time_ids(EXAMPLES[5]) == {
        OneTimeId.ASSERTION: "j-2",
        OneTimeId.REQUEST: "r-1",
    }


def test_an_end_spends_nothing() -> None:
    assert one_time_ids(EXAMPLES[3]) == {}


def test_what_an_assertion_says_can_be_read_from_the_record() -> None:
    assert claims(assertion(sub="badge-4711", name="J. Doe"))["sub"] == "badge-4711"


@pytest.mark.parametrize("token", ["", "a.b", "a.!.c", "a.W10.c", "a.e.c", "a.bm8.c"])
def test_what_is_no_assertion_says_nothing(token: str) -> None:
    with pytest.raises(ContentError):
        claims(token)


@pytest.mark.parametrize("said", [{}, {"jti": 1}], ids=str)
def test_a_session_without_a_name_to_its_assertion_is_not_written(
    said: dict[str, Json],
) -> None:
    entry = SessionStarted(
        session="s",
        camera="c",
        assertion=assertion(**said),
        agreement="a",
        carried_by="s",
    )
    with pytest.raises(ContentError):
        one_time_ids(entry)
