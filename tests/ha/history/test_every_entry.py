"""What is written can be read by whoever may read it, whatever an entry or an assertion may leave out."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from html import unescape
from itertools import product
import json
from pathlib import Path
import re
import sqlite3
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    RecorderInstanceContextManager,
    WebSocketGenerator,
)

from custom_components.latchstring.core.canonical import base64url
from custom_components.latchstring.core.entries import KINDS
from custom_components.latchstring.core.entries.entry_bytes import leaf
from custom_components.latchstring.history.access import VIEWER_KINDS
from custom_components.latchstring.history.logbook_lines import EVENT_KINDS
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.record import HOUSEHOLD
from tests.core.test_assertion import VIEWER
from tests.core.test_entries import assertion
from tests.ha.actions.test_export import entries_in, export
from tests.ha.actions.test_record_actions import PORCH, get_record, record_file
from tests.ha.watching import ACCESS
from tests.record.entries import turned

from .every_entry import OPTIONAL_CLAIMS, House
from .test_logbook import lines

CANNOT: Final = "cannot be read"
NAMED: Final = f"{VIEWER['name']}, {VIEWER['agency']}"

ODD: Final[tuple[object, ...]] = (
    *(None, True, -1, 2**70, 1.5, float("inf")),
    *("", "\ud800", "{viewer}", "0001-01-01T00:00:00.000Z", "x.y.z"),
    *([], {}, [{}], {"name": 1}),
    assertion(name="\ud800", agency=1, purpose=[], case={}),
    f"header.{base64url(b'[' * 50_000)}.signature",
    MISSING := object(),
)
"""What stands in no entry where it stands here: another program wrote it, or a byte turned."""


@pytest.fixture
async def mock_recorder_before_hass(
    async_test_recorder: RecorderInstanceContextManager,
) -> None:
    """Let there be a recorder, which wants to be there first."""


@pytest.fixture
async def _logbook(hass: HomeAssistant, recorder_mock: object) -> None:
    assert await async_setup_component(hass, "logbook", {})


@pytest.fixture
def house(entry: ConfigEntry) -> House:
    (share,) = entry.subentries.values()
    return House(hub=entry.entry_id, camera=share.data["camera_id"])


async def write(hass: HomeAssistant, house: House, *, times: int = 1) -> dict[str, str]:
    """Write every entry there can be, so many times, and give the kind of each by its id."""
    record = hass.data[HOUSEHOLD_KEY].record
    told = [*house.entries(times=times)]
    places = await record.submit_many(told, at=dt_util.utcnow())
    return {
        place.id: entry.kind for place, (_, entry) in zip(places, told, strict=True)
    }


async def pages(hass: HomeAssistant, **asked: Any) -> dict[str, dict[str, Any]]:
    """Read page by page by the action, and give each entry by its id."""
    page = await get_record(hass, limit=200, **asked)
    told = list(page["entries"])
    while page["next"] is not None:
        page = await get_record(hass, limit=200, cursor=page["next"], **asked)
        told += page["entries"]
    assert not page["damaged"]
    return {each["entry"]: each for each in told}


async def listed(socket: MockHAClientWebSocket) -> dict[str, dict[str, Any]]:
    """Read page by page over the socket, and give each entry by its id."""
    told: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        await socket.send_json_auto_id(
            {"type": "latchstring/record/list", "limit": 200, **cursor}
        )
        answer = await socket.receive_json()
        assert answer["success"], answer
        told += answer["result"]["entries"]
        if answer["result"]["next"] is None:
            return {each["entry"]: each for each in told}
        cursor = {"cursor": answer["result"]["next"]}


async def subscribed(socket: MockHAClientWebSocket) -> None:
    await socket.send_json_auto_id({"type": "latchstring/record/subscribe"})
    assert (await socket.receive_json())["success"]


async def told_to(
    socket: MockHAClientWebSocket, expected: set[str]
) -> dict[str, dict[str, Any]]:
    """Wait until a subscriber was told of all these, and give each by its id."""
    told: dict[str, dict[str, Any]] = {}
    while not expected <= told.keys():
        message = await socket.receive_json(timeout=30)
        told |= {each["entry"]: each for each in message["event"]["entries"]}
    return told


def unread(told: Mapping[str, dict[str, Any]], ids: set[str]) -> list[dict[str, Any]]:
    """Give those of these entries that are told of as if they could not be read."""
    assert ids
    return [
        told[each]
        for each in ids
        if not told[each]["readable"] or CANNOT in told[each]["sentence"]
    ]


def test_a_case_number_is_what_a_hub_may_leave_out() -> None:
    """And what the tests here leave out: another claim would join it by itself."""
    assert OPTIONAL_CLAIMS == ("case",)


async def test_an_administrator_reads_every_entry_there_can_be(
    hass: HomeAssistant,
    house: House,
    owner: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    listener, reader = await hass_ws_client(hass), await hass_ws_client(hass)
    await subscribed(listener)
    written = await write(hass, house)
    assert set(written.values()) == set(KINDS)

    for told in (
        await told_to(listener, {*written}),
        await listed(reader),
        await pages(hass, user=owner),
    ):
        assert unread(told, {*written}) == []
        cases = {told[each].get("case") for each in written}
        assert cases == {None, VIEWER["case"]}


async def test_others_read_every_entry_that_is_theirs_to_read(
    hass: HomeAssistant,
    house: House,
    member: MockUser,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_user: MockUser,
    hass_read_only_access_token: str,
) -> None:
    sees_one = {"entities": {"entity_ids": {PORCH: {POLICY_READ: True}}}}
    hass_read_only_user.mock_policy(sees_one)
    listener = await hass_ws_client(hass, hass_read_only_access_token)
    reader = await hass_ws_client(hass, hass_read_only_access_token)
    await subscribed(listener)
    written = await write(hass, house)
    theirs = {each for each, kind in written.items() if kind in VIEWER_KINDS}
    of_one = {each for each in theirs if written[each] != "refusals"}

    for told, expected in (
        (await pages(hass, user=member.id), theirs),
        (await told_to(listener, of_one), of_one),
        (await listed(reader), of_one),
    ):
        assert told.keys() & written.keys() == expected
        assert unread(told, expected) == []
        assert VIEWER["case"] not in str(told)


@pytest.mark.usefixtures("_logbook")
async def test_the_logbook_has_a_line_for_every_entry_it_shows(
    hass: HomeAssistant,
    house: House,
    hass_ws_client: WebSocketGenerator,
    hass_access_token: str,
    hass_read_only_access_token: str,
) -> None:
    """For administrators, and for everybody else."""
    written = await write(hass, house)
    shown = [each for each, kind in written.items() if kind in EVENT_KINDS]

    for each in shown:
        hass.bus.async_fire("latchstring_access", {"entry": each, "entity_id": ACCESS})

    assert {written[each] for each in shown} == set(EVENT_KINDS)
    for token in (hass_access_token, hass_read_only_access_token):
        told = await lines(hass, partial(hass_ws_client, hass, token))
        assert len(told) == len(shown)
        assert [line for line in told if CANNOT in line[1]] == []
        assert VIEWER["case"] not in str(told)


async def test_an_export_holds_every_entry_and_names_who_watched(
    hass: HomeAssistant, house: House, owner: str
) -> None:
    written = await write(hass, house)

    exported = Path((await export(hass, owner, format="folder"))["path"])

    held = (await hass.async_add_executor_job(entries_in, exported)).splitlines()
    kinds = [json.loads(json.loads(line)["content"])["kind"] for line in held]
    for kind in KINDS:
        assert kinds.count(kind) >= list(written.values()).count(kind)
    page = await hass.async_add_executor_job((exported / "summary.html").read_text)
    rows = [row for row in _rows(page) if row]
    assert len(rows) == list(written.values()).count("session_started")
    assert {viewer for _, _, _, viewer, *_ in rows} == {NAMED}
    assert {case for *_, case, _, _, _ in rows} == {"", VIEWER["case"]}
    for each in written:
        assert (await export(hass, owner, entry=each))["entries"] == 1


def _rows(page: str) -> list[list[str]]:
    return [
        [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    ]


@pytest.mark.usefixtures("_logbook")
async def test_an_entry_that_another_program_wrote_hides_no_other(
    hass: HomeAssistant,
    house: House,
    owner: str,
    member: MockUser,
    hass_ws_client: WebSocketGenerator,
) -> None:
    written = await write(hass, house, times=12)
    listener, reader = await hass_ws_client(hass), await hass_ws_client(hass)
    forged = await hass.async_add_executor_job(forge, record_file(hass), written)
    await subscribed(listener)
    record = hass.data[HOUSEHOLD_KEY].record
    last = await record.log(HOUSEHOLD).append(turned(on=True), at=dt_util.utcnow())

    told = await pages(hass, user=owner)

    assert forged <= told.keys()
    assert {told[each]["readable"] for each in forged} == {False, True}
    assert forged <= (await listed(reader)).keys()
    assert last.id in await told_to(listener, {last.id})
    assert (await pages(hass, user=member.id)).keys() <= told.keys()
    shown = [each for each in forged if written[each] in EVENT_KINDS]
    for each in shown:
        hass.bus.async_fire("latchstring_access", {"entry": each, "entity_id": ACCESS})
    assert len(await lines(hass, hass_ws_client)) == len(shown)
    exported = Path((await export(hass, owner, format="folder"))["path"])
    page = await hass.async_add_executor_job((exported / "summary.html").read_text)
    assert len(_rows(page)) > 1


async def test_an_entry_that_is_nested_without_end_hides_itself_alone(
    hass: HomeAssistant, house: House, owner: str
) -> None:
    record = hass.data[HOUSEHOLD_KEY].record
    place = await record.log(HOUSEHOLD).append(turned(on=True), at=dt_util.utcnow())
    before = await pages(hass, user=owner)
    await hass.async_add_executor_job(nest, record_file(hass), place.index)

    page = await get_record(hass, user=owner)

    told = {each["entry"]: each for each in page["entries"]}
    assert told.keys() | {place.id} == before.keys()
    assert not told.get(place.id, {}).get("readable")
    assert (await export(hass, owner))["entries"] == len(before) + 1


def forge(path: Path, written: Mapping[str, str]) -> set[str]:
    """Give entries other contents of their kind, hashed as they should be: everything odd, at every place."""
    forged: set[str] = set()
    seen: Counter[str] = Counter()
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        for log, epoch, index, seq, content, salt in file.execute(
            "SELECT log, epoch, idx, seq, content, salt FROM entries"
            " JOIN logs ON logs.id = log_id ORDER BY seq"
        ).fetchall():
            entry, said = f"{log}:{epoch}:{index}", json.loads(content)
            if (kind := written.get(entry)) is None:
                continue
            members = [name for name in said if name not in ("at", "kind")]
            oddities = [*product(members, ODD)]
            if (number := seen[kind]) < len(oddities):
                _put(file, seq, salt, _with(said, *oddities[number]))
                forged.add(entry)
                seen[kind] += 1
        file.execute("COMMIT")
    assert set(seen) == set(KINDS)
    return forged


def nest(path: Path, index: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        seq, content, salt = file.execute(
            "SELECT seq, content, salt FROM entries WHERE idx = ? AND log_id ="
            " (SELECT id FROM logs WHERE log = ?)",
            (index, HOUSEHOLD),
        ).fetchone()
        deep = b"[" * 50_000 + b"]" * 50_000
        _put(file, seq, salt, content[:-1] + b',"more":' + deep + b"}")


def _put(file: sqlite3.Connection, seq: int, salt: bytes, content: bytes) -> None:
    file.execute(
        "UPDATE entries SET content = ?, leaf = ? WHERE seq = ?",
        (content, leaf(content, salt), seq),
    )


def _with(said: dict[str, Any], name: str, value: object) -> bytes:
    rest = {key: kept for key, kept in said.items() if key != name}
    return json.dumps(rest if value is MISSING else {**rest, name: value}).encode()
