"""Reading the record: everything for administrators, who watched for the rest, page by page and as it is written."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
import json
import os
from pathlib import Path
import sqlite3
from threading import Event
from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.websocket_api.const import (
    SIGNAL_WEBSOCKET_DISCONNECTED,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.runner import MAX_EXECUTOR_WORKERS
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.latchstring.core.canonical import base64url, canonical_json
from custom_components.latchstring.core.entries import HUB_KINDS
from custom_components.latchstring.core.entries.entry_bytes import content, leaf
from custom_components.latchstring.history.related import EntryGroups
from custom_components.latchstring.history.sentences import EntrySentences
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.localize import Sentences
from custom_components.latchstring.record import HOUSEHOLD, StoredEntry
from tests.core.test_entries import AT, EXAMPLES
from tests.ha.watching import recorded, turn_off, turn_on, watch
from tests.record.entries import turned, watched as named
from tests.reference_hub import ReferenceHub

DOE = {"name": "Officer J. Doe", "id": "badge-4711", "agency": "Jackson PD"}
SAID = "Front door was watched live by Officer J. Doe, Jackson PD, Burglary in progress, for "
PORCH = "camera.porch"
TELL_NOTHING = ("case", "content")
"""What only administrators get."""


FILTERS: Sequence[tuple[dict[str, Any], list[str]]] = (
    (
        {"viewer": "officer r. lee", "kind": ["session_started", "session_cut"]},
        ["session_cut", "session_started"],
    ),
    ({"case": "2026-117", "kind": ["session_ended"]}, ["session_ended"]),
    ({"case": "2026-119"}, []),
    ({"agency": "Jackson PD", "kind": "session_started"}, ["session_started"] * 2),
    ({"agency": "Hinds SO"}, []),
    ({"kind": "switch_turned"}, ["switch_turned"] * 2),
    ({"start_time": "2100-01-01 00:00:00"}, []),
    ({"end_time": "2020-01-01 00:00:00"}, []),
    (
        {"target": {"entity_id": PORCH}, "kind": ["session_ended", "opened"]},
        ["session_ended", "session_ended", "opened"],
    ),
    ({"target": {"entity_id": "all"}, "kind": "paired"}, ["paired"]),
)

WRONG: Sequence[tuple[dict[str, Any], str]] = (
    ({"cursor": "not a cursor"}, "cursor_unknown"),
    ({"cursor": "aG91c2Vob2xkOjA6OTk5"}, "cursor_unknown"),
    ({"cursor": "aGE"}, "cursor_unknown"),
    ({"cursor": base64url(f"household:0:{10**30}".encode())}, "cursor_unknown"),
    ({"cursor": base64url(b"household:0: 0")}, "cursor_unknown"),
    ({"hub": "nobody"}, "hub_unknown"),
    ({"target": {"entity_id": "camera.moon"}}, "cameras_unknown"),
    ({"target": {"entity_id": "switch.porch"}}, "cameras_unknown"),
    ({"target": {"area_id": ""}}, "cameras_unknown"),
    (
        {"start_time": "2026-02-01 00:00:00", "end_time": "2026-01-01 00:00:00"},
        "time_backwards",
    ),
)


async def get_record(
    hass: HomeAssistant,
    *,
    user: str | None,
    target: Mapping[str, Any] | None = None,
    **data: Any,
) -> dict[str, Any]:
    """Call the action; give what it responds."""
    response = await hass.services.async_call(
        "latchstring",
        "get_record",
        data,
        blocking=True,
        context=Context(user_id=user),
        target=dict(target) if target else None,
        return_response=True,
    )
    assert response is not None
    return dict(response)


async def entries(hass: HomeAssistant, **data: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await get_record(hass, **data))["entries"]
    return found


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [each["kind"] for each in found]


@pytest.fixture
async def watched(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> ConfigEntry:
    """Two officers have watched the front door, one after the other, and it was closed again."""
    await turn_on(hass, user=owner)
    for officer, case in (
        ("Officer J. Doe", "2026-117"),
        ("Officer R. Lee", "2026-118"),
    ):
        session = await watch(hub, officer=officer, case=case)
        await hub.close_session(session.session)
        await hub.ended(session.session)
    await turn_off(hass)
    await recorded(hass)
    return entry


async def test_an_administrator_reads_all_of_a_session_in_its_end(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    (told,) = await entries(
        hass, user=owner, viewer="Officer J. Doe", kind="session_ended"
    )
    assert told["viewer"] == DOE
    assert (told["camera"], told["hub"]) == ("Front door", "Jackson Police Department")
    assert told["purpose"] == "Burglary in progress"
    assert told["case"] == "2026-117"
    assert told["reason"] == "The switch is on"
    assert told["how"] == "The viewer stopped"
    assert told["bytes"] > 0
    assert told["started"] < told["ended"] == told["at"]
    assert told["sentence"].startswith(SAID)
    assert told["content"]["kind"] == "session_ended"
    assert told["log"] == watched.entry_id
    assert (told["erased"], told["readable"]) == (False, True)


async def test_every_entry_has_its_sentence(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    told = await entries(hass, user=owner)
    assert [each["sentence"] for each in told if not each["readable"]] == []
    said = {each["kind"]: each["sentence"] for each in told}
    assert said["switch_turned"] == (
        'Front door had "Sharing with Jackson Police Department" turned on by Mock User'
    )


async def test_there_is_a_sentence_for_every_kind_of_entry(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "latchstring", {})
    reader = hass.data[HOUSEHOLD_KEY].record.reader
    sentences = EntrySentences(hass, reader, await Sentences.load(hass))
    for number, example in enumerate(EXAMPLES):
        said = json.loads(content(example, AT))
        if "assertion" in said:
            said["assertion"] = named("s-1").assertion
        entry = StoredEntry(
            id=str(number),
            log="log" if example.kind in HUB_KINDS else HOUSEHOLD,
            epoch=0,
            index=number,
            at=AT,
            kind=example.kind,
            content=said,
        )
        line = await hass.async_add_executor_job(
            sentences.line, entry, EntryGroups([entry]).of(entry)
        )
        assert "cannot" not in line.message, line


async def test_what_others_may_read_is_who_watched_and_no_more(
    hass: HomeAssistant, watched: ConfigEntry, member: MockUser
) -> None:
    told = await entries(hass, user=member.id)
    assert kinds(told) == ["session_ended", "session_started"] * 2
    assert told[-1]["viewer"] == DOE
    assert "2026-117" not in str(told)
    for each in told:
        assert not each.keys() & set(TELL_NOTHING)
    assert await entries(hass, user=member.id, kind="switch_turned") == []
    with pytest.raises(Unauthorized):
        await get_record(hass, user=member.id, case="2026-117")


async def test_who_may_not_see_a_camera_does_not_read_who_watched_it(
    hass: HomeAssistant, watched: ConfigEntry, member: MockUser
) -> None:
    member.mock_policy({"entities": {"entity_ids": {PORCH: {POLICY_READ: True}}}})
    assert len(await entries(hass, user=member.id)) == 4
    member.mock_policy({"entities": {"entity_ids": {"camera.yard": True}}})
    assert await entries(hass, user=member.id) == []
    assert await entries(hass, user=member.id, target={"entity_id": PORCH}) == []


async def test_an_automation_reads_all_and_nobody_who_is_not_known_reads_anything(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    """Only administrators write automations."""
    all_there_was = await entries(hass, user=owner)
    told = await entries(hass, user=None)
    assert {each["entry"] for each in all_there_was} <= {each["entry"] for each in told}
    assert {"2026-117", "2026-118"} <= {each.get("case") for each in told}
    with pytest.raises(UnknownUser):
        await get_record(hass, user="whoever was deleted")


async def test_a_cursor_leads_nobody_to_what_is_not_theirs_to_read(
    hass: HomeAssistant, watched: ConfigEntry, owner: str, member: MockUser
) -> None:
    """Where it was followed, it would tell that the entry is there, and between which sessions it was written."""

    async def outcome(entry: Mapping[str, Any]) -> str | None:
        cursor = base64url(entry["entry"].encode())
        try:
            await get_record(hass, user=member.id, cursor=cursor)
        except ServiceValidationError as refused:
            return refused.translation_key
        return None

    told = await entries(hass, user=owner)
    theirs = {each["entry"] for each in await entries(hass, user=member.id)}
    for each in told:
        expected = None if each["entry"] in theirs else "cursor_unknown"
        assert await outcome(each) == expected, each["kind"]
    member.mock_policy({"entities": {"entity_ids": {"camera.yard": True}}})
    assert {await outcome(each) for each in told} == {"cursor_unknown"}


async def test_what_the_hub_has_signed_reads_as_confirmed(
    hass: HomeAssistant, hub: ReferenceHub, watched: ConfigEntry, owner: str
) -> None:
    async def found() -> dict[str, bool | None]:
        return {
            each["kind"]: each["confirmed"] for each in await entries(hass, user=owner)
        }

    async with asyncio.timeout(30):
        while not (confirmed := await found())["session_ended"]:  # noqa: ASYNC110 - nothing says when the hub has signed
            await asyncio.sleep(0)
    assert confirmed["session_started"] is True
    assert confirmed["session_allowed"] is True  # behind a hash that the hub has signed


async def test_filters_keep_what_they_name(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    for asked, expected in FILTERS:
        found = kinds(await entries(hass, user=owner, **asked))
        assert sorted(found) == sorted(expected), asked


async def test_a_hub_that_was_removed_can_still_be_asked_for(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    await hass.config_entries.async_remove(watched.entry_id)
    await hass.async_block_till_done()
    told = await entries(
        hass, user=owner, hub=watched.entry_id, kind=["session_ended", "unpaired"]
    )
    assert kinds(told) == ["unpaired", "session_ended", "session_ended"]
    assert told[-1]["sentence"].startswith(
        "Front door was watched live by Officer J. Doe"
    )
    assert told[0]["sentence"] == "Jackson Police Department was removed from this home"


async def test_pages_join_without_gap_or_overlap_while_more_is_written(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    whole = [each["entry"] for each in await entries(hass, user=owner)]
    page = await get_record(hass, user=owner, limit=4)
    found = page["entries"]
    await turn_on(hass, user=owner)
    while page["next"] is not None:
        assert len(page["entries"]) == 4
        page = await get_record(hass, user=owner, limit=4, cursor=page["next"])
        found += page["entries"]
    assert [each["entry"] for each in found] == whole


async def test_what_cannot_be_found_is_said(
    hass: HomeAssistant, entry: ConfigEntry, owner: str
) -> None:
    for asked, error in WRONG:
        with pytest.raises(ServiceValidationError) as refused:
            await get_record(hass, user=owner, **asked)
        assert refused.value.translation_key == error


async def test_a_home_in_which_nothing_happened_says_so(
    hass: HomeAssistant, owner: str
) -> None:
    assert await async_setup_component(hass, "latchstring", {})
    assert await get_record(hass, user=owner) == {
        "entries": [],
        "next": None,
        "note": "Nothing has been recorded in this home yet.",
        "damaged": False,
        "missing": [],
    }


@pytest.mark.parametrize(
    "times",
    [
        {"end_time": "9999-12-31 23:59:59"},
        {"start_time": "0001-01-01T00:00:00+12:00"},
    ],
)
async def test_a_time_beyond_the_calendar_is_refused(
    hass: HomeAssistant, entry: ConfigEntry, owner: str, times: dict[str, Any]
) -> None:
    """By this home's clock the last day of the year 9999 ends in the year after."""
    with pytest.raises(vol.Invalid):
        await get_record(hass, user=owner, **times)


async def test_a_gap_is_told_as_long_as_the_file_can_tell(
    hass: HomeAssistant, entry: ConfigEntry, owner: str
) -> None:
    """What only a damaged index knows is left out and said to be, and all else is given."""
    record = hass.data[HOUSEHOLD_KEY].record
    await record.log(HOUSEHOLD).append(turned(on=True), at=dt_util.utcnow())
    await record.close()
    await hass.async_add_executor_job(shorten, hass)
    page = await get_record(hass, user=owner)
    assert (page["damaged"], len(page["missing"])) == (False, 1)

    for index, without in (
        ("sqlite_autoindex_entries_1", {"damaged": True, "missing": []}),
        ("sqlite_autoindex_logs_3", {}),
    ):
        sound = await hass.async_add_executor_job(damage_root, hass, index)
        assert await get_record(hass, user=owner) == page | without
        await hass.async_add_executor_job(record_file(hass).write_bytes, sound)


def record_file(hass: HomeAssistant) -> Path:
    return Path(hass.config.path("latchstring", "record.db"))


def shorten(hass: HomeAssistant) -> None:
    with closing(sqlite3.connect(record_file(hass))) as file, file:
        file.execute("UPDATE logs SET known_size = 1000 WHERE log = 'household'")


def damage_root(hass: HomeAssistant, name: str) -> bytes:
    """Overwrite the first page of a table or an index, and give what the file held."""
    with closing(sqlite3.connect(record_file(hass))) as file:
        (root,) = file.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)
        ).fetchone()
    sound = record_file(hass).read_bytes()
    start = (root - 1) * 4096
    record_file(hass).write_bytes(
        sound[:start] + os.urandom(4096) + sound[start + 4096 :]
    )
    return sound


async def test_where_nothing_fits_it_says_so(
    hass: HomeAssistant, entry: ConfigEntry, owner: str
) -> None:
    page = await get_record(hass, user=owner, viewer="Nobody")
    assert (page["entries"], page["note"]) == ([], "No entry in the record matches.")


async def test_a_record_that_cannot_be_read_is_said_to_be_so(
    hass: HomeAssistant, entry: ConfigEntry, owner: str
) -> None:
    await hass.data[HOUSEHOLD_KEY].record.close()
    path = Path(hass.config.path("latchstring", "record.db"))
    path.write_bytes(b"no database" * 1000)  # noqa: ASYNC240 - it is over before anything waits
    with pytest.raises(HomeAssistantError) as refused:
        await get_record(hass, user=owner)
    assert refused.value.translation_key == "record_unreadable"


async def test_of_a_damaged_record_the_rest_is_given_and_said_to_be_the_rest(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    record = hass.data[HOUSEHOLD_KEY].record
    for _ in range(60):
        await record.log(HOUSEHOLD).append(turned(on=True), at=dt_util.utcnow())
    whole = await get_record(hass, user=owner, limit=200)
    await record.close()
    await hass.async_add_executor_job(damage_end, hass)

    page = await get_record(hass, user=owner, limit=200)

    assert (whole["damaged"], page["damaged"]) == (False, True)
    shown = [each["entry"] for each in page["entries"]]
    before = [each["entry"] for each in whole["entries"]]
    assert 0 < len(shown) < len(before)
    assert shown == [each for each in before if each in shown]
    assert "session_ended" in kinds(page["entries"])


def damage_end(hass: HomeAssistant) -> None:
    """Overwrite the page in which the newest entries stand."""
    path = Path(hass.config.path("latchstring", "record.db"))
    sound = path.read_bytes()
    start = sound.rindex(b'"kind":"switch_turned"') // 4096 * 4096
    path.write_bytes(sound[:start] + os.urandom(4096) + sound[start + 4096 :])


async def test_an_entry_of_another_form_is_shown_as_unreadable_among_the_others(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    path = Path(hass.config.path("latchstring", "record.db"))
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for seq, said, salt in file.execute(
            "SELECT seq, content, salt FROM entries WHERE kind = 'switch_turned'"
        ).fetchall():
            short = canonical_json(
                {name: json.loads(said)[name] for name in ("at", "kind")}
            )
            file.execute(
                "UPDATE entries SET content = ?, leaf = ? WHERE seq = ?",
                (short, leaf(short, salt), seq),
            )
    page = await get_record(hass, user=owner)
    told = page["entries"]
    assert {each["kind"] for each in told if not each["readable"]} == {"switch_turned"}
    assert "session_ended" in kinds(told)
    assert not page["damaged"]


async def test_an_entry_in_which_a_byte_has_turned_hides_itself_alone(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    """Whether what it says now makes sense or not: it is not what was written."""
    whole = await get_record(hass, user=owner)
    path = Path(hass.config.path("latchstring", "record.db"))
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for kind, old, new in (
            ("switch_turned", b'"kind"', b'"kind}'),
            ("session_ended", b'"bytes":', b'"bytes":9'),
        ):
            file.execute(
                "UPDATE entries SET content = CAST(replace(content, ?, ?) AS BLOB)"
                " WHERE kind = ?",
                (old, new, kind),
            )
    page = await get_record(hass, user=owner)
    gone = {"switch_turned", "session_ended"}
    assert (whole["damaged"], page["damaged"]) == (False, True)
    assert [each["entry"] for each in page["entries"]] == [
        each["entry"] for each in whole["entries"] if each["kind"] not in gone
    ]


async def test_a_page_gets_the_same_and_then_what_is_written(
    hass: HomeAssistant,
    hub: ReferenceHub,
    watched: ConfigEntry,
    owner: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id(
        {"type": "latchstring/record/list", "limit": 2, "entity_id": PORCH}
    )
    listed = (await socket.receive_json())["result"]
    assert len(listed["entries"]) == 2
    assert listed == await get_record(
        hass, user=owner, limit=2, target={"entity_id": PORCH}
    )
    await socket.send_json_auto_id(
        {
            "type": "latchstring/record/subscribe",
            "kind": ["session_started", "session_ended"],
        }
    )
    assert (await socket.receive_json())["success"]

    await turn_on(hass, user=owner)
    session = await watch(hub, officer="Officer R. Lee")
    await hub.close_session(session.session)

    told: list[dict[str, Any]] = []
    while len(told) < 2:
        told += (await socket.receive_json(timeout=30))["event"]["entries"]
    assert kinds(told) == ["session_started", "session_ended"]
    assert told[1]["viewer"]["name"] == "Officer R. Lee"
    assert told[1]["sentence"].startswith(
        "Front door was watched live by Officer R. Lee"
    )


async def test_a_subscriber_is_told_of_an_end_whose_beginning_is_damaged(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id(
        {
            "type": "latchstring/record/subscribe",
            "kind": ["session_started", "session_ended"],
        }
    )
    assert (await socket.receive_json())["success"]
    await turn_on(hass, user=owner)
    session = await watch(hub)
    (started,) = (await socket.receive_json(timeout=30))["event"]["entries"]
    assert started["viewer"] == DOE
    with closing(sqlite3.connect(record_file(hass), isolation_level=None)) as file:
        file.execute(
            "UPDATE entries SET content = CAST(replace(content, 'a', 'b') AS BLOB)"
            " WHERE kind = 'session_started'"
        )
    await hub.close_session(session.session)
    (ended,) = (await socket.receive_json(timeout=30))["event"]["entries"]
    assert (ended["kind"], ended["readable"]) == ("session_ended", True)
    assert "viewer" not in ended


async def test_a_subscriber_gets_no_more_than_they_may_read_each_time(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    hass_read_only_user: MockUser,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    socket = await hass_ws_client(hass, hass_read_only_access_token)
    await socket.send_json_auto_id({"type": "latchstring/record/subscribe"})
    assert (await socket.receive_json())["success"]
    await turn_on(hass, user=owner)
    session = await watch(hub, case="2026-117")
    (started,) = (await socket.receive_json(timeout=30))["event"]["entries"]
    assert started["kind"] == "session_started"
    assert not started.keys() & set(TELL_NOTHING)

    hass_read_only_user.mock_policy({"entities": {"entity_ids": {"camera.yard": True}}})
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await recorded(hass)
    hass_read_only_user.mock_policy({"entities": True})
    again = await watch(hub, officer="Officer R. Lee")

    (told,) = (await socket.receive_json(timeout=30))["event"]["entries"]
    assert (told["kind"], told["viewer"]["name"]) == (
        "session_started",
        "Officer R. Lee",
    )
    await hub.close_session(again.session)


async def test_a_subscription_that_can_never_tell_is_refused(
    hass: HomeAssistant, entry: ConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id(
        {"type": "latchstring/record/subscribe", "hub": "nobody"}
    )
    answer = await socket.receive_json()
    assert answer["error"]["translation_key"] == "hub_unknown"


async def test_a_subscriber_who_leaves_before_the_answer_leaves_nothing_behind(
    hass: HomeAssistant, entry: ConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    async with asyncio.timeout(30):
        before = asyncio.all_tasks()
        socket = await hass_ws_client(hass)
        gone = asyncio.Event()

        @callback
        def leaves() -> None:
            gone.set()

        async_dispatcher_connect(hass, SIGNAL_WEBSOCKET_DISCONNECTED, leaves)
        with busy_executor(hass):
            await socket.send_json_auto_id({"type": "latchstring/record/subscribe"})
            await socket.send_json_auto_id({"type": "ping"})
            assert (await socket.receive_json())["type"] == "pong"
            await socket.close()
            await gone.wait()
        while left := asyncio.all_tasks() - before:
            await asyncio.wait(left)


@contextmanager
def busy_executor(hass: HomeAssistant) -> Iterator[None]:
    """Keep every thread of the executor waiting, so that what is read meanwhile is not read yet."""
    hold = Event()
    for _each in range(MAX_EXECUTOR_WORKERS):
        hass.async_add_executor_job(hold.wait)
    try:
        yield
    finally:
        hold.set()
