"""Whatever is handed over, the verifier says what it is; it never fails, and never opens anything else."""

from contextlib import closing, suppress
import io
import json
from pathlib import Path
import sqlite3
from typing import IO, cast, override
import zipfile

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.latchstring.record import HOUSEHOLD
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.entry import check_entry
from custom_components.latchstring.verifier.checks.trust import Anchors
from custom_components.latchstring.verifier.findings import How, Status
from custom_components.latchstring.verifier.sources.files import Zip
from custom_components.latchstring.verifier.sources.manifest import (
    changed_files,
    read_manifest,
)
from custom_components.latchstring.verifier.sources.source import Unusable

from .making import House, export
from .running import verify
from .tampering import InExport

UNAIDED = CheckOptions(anchors=Anchors())
CHAIN_ONLY = CheckOptions(anchors=Anchors(), tokens=False)
DEEP = "[" * 100_000


def zip_of(name: str, data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return packed.getvalue()


NO_RECORD = {
    "nothing": b"",
    "text.txt": b"hello",
    "half.zip": zip_of("MANIFEST", b"x" * 1000)[:80],
    "empty.zip": zip_of("other", b""),
    "not.json": b"\xff",
    "list.json": b"[]",
    "deep.json": DEEP.encode(),
    "long.json": b" " * 2_000_000,
    "other.json": b'{"format": "another"}',
    "twice.json": b'{"format": "latchstring-entry/v1", "format": 1}',
    "bare.json": b'{"format": "latchstring-entry/v1"}',
    "cut.db": b"SQLite format 3\x00" + bytes(100),
}


@pytest.mark.parametrize("name", NO_RECORD)
def test_what_is_no_record_is_unusable(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(NO_RECORD[name])
    with pytest.raises(Unusable):
        check(tmp_path / name, UNAIDED)


def test_a_file_too_large_to_be_read_is_not_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Unusable, match="too long"):
        check(huge, UNAIDED)


def test_the_command_says_so_too(tmp_path: Path) -> None:
    assert verify(tmp_path).code == 2
    assert verify(tmp_path / "is not there").code == 2
    assert verify(tmp_path, "--hub-key", "no key").code == 2
    assert verify(tmp_path, "--checkpoint", tmp_path).code == 2


@pytest.mark.parametrize("option", ["--hub-key", "--witness-key", "--home-key"])
@pytest.mark.parametrize("start", ["-", "-h", "--"])
def test_a_key_that_looks_like_an_option_is_read_as_a_key(
    exported: Path, option: str, start: str
) -> None:
    """One hub id of 64 begins with a dash. This one is a stranger's."""
    said = verify(exported, option, start + "A" * (43 - len(start)))
    assert [each["how"] for each in said.findings()] == ["key_swapped"]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE entries",
        "DROP TABLE entries; CREATE VIEW entries AS SELECT 1",
        "UPDATE logs SET public_key = x'00' WHERE id = 1",
    ],
)
def test_a_file_that_is_no_record_is_unusable(house: House, sql: str) -> None:
    with closing(sqlite3.connect(house.file)) as file:
        file.executescript(f"PRAGMA foreign_keys = OFF; {sql}")
    with pytest.raises(Unusable):
        check(house.file, UNAIDED)


@pytest.mark.parametrize("place", [0.3, 0.5, 0.87])
def test_a_damaged_file_is_named_and_what_is_whole_is_handed_over(
    house: House, tmp_path: Path, place: float
) -> None:
    content = bytearray(house.file.read_bytes())
    start = int(len(content) * place) // 4096 * 4096
    content[start : start + 4 * 4096] = bytes(4 * 4096)
    house.file.write_bytes(content)
    handed = export(house, tmp_path / "exports")
    lines = [
        len(path.read_bytes().splitlines())
        for path in handed.glob("logs/*/entries.jsonl")
    ]
    assert 850 < sum(lines) < 1000, lines
    for what in (house.file, handed):
        verdict = check(what, CHAIN_ONLY)
        findings = [each for log in verdict.logs for each in log.findings]
        assert {each.how for each in findings} & {
            How.EDITED,
            How.MISSING,
            How.OLD_STATE,
        }


def test_a_zip_bomb_is_left_alone_where_it_grows(
    tmp_path: Path, exported: Path
) -> None:
    """What the manifest does not name is not unpacked, and what it names is read no further than it says."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in exported.rglob("*"):
            if path.is_file() and path.name != "export.md":
                archive.write(path, path.relative_to(exported).as_posix())
        archive.writestr("export.md", bytes(50_000_000))
    verdict = check(tmp_path / "bomb.zip", CHAIN_ONLY)
    assert [each.file for each in verdict.findings] == ["export.md"]


class Counted(Zip):
    """Knows how far each file was unpacked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        super().__init__(archive)
        self.read_of: dict[str, int] = {}

    @override
    def open(self, name: str) -> IO[bytes]:
        self.read_of[name] = 0
        return cast("IO[bytes]", Counting(super().open(name), name, self.read_of))


class Counting(io.RawIOBase):
    """One file of these."""

    def __init__(self, file: IO[bytes], name: str, read_of: dict[str, int]) -> None:
        super().__init__()
        self._file, self._name, self._read_of = file, name, read_of

    @override
    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._read_of[self._name] += len(data)
        return data


def test_a_zip_is_unpacked_no_further_than_its_manifest_says(
    tmp_path: Path, exported: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(exported / "MANIFEST", "MANIFEST")
        archive.writestr("export.md", bytes(5_000_000))
        archive.writestr("another.md", bytes(5_000_000))
    with zipfile.ZipFile(tmp_path / "bomb.zip") as archive:
        files = Counted(archive)
        manifest = read_manifest(files)

        found = {each.file: each.how for each in changed_files(files, manifest)}

    assert found["export.md"] is How.FILE_CHANGED
    assert found["another.md"] is How.FILE_ADDED
    assert files.read_of == {
        "MANIFEST": (exported / "MANIFEST").stat().st_size,
        "export.md": manifest.files["export.md"][0] + 1,
    }


LINES = [
    b"\n",
    b"{}\n",
    b"[]\n",
    b"null\n",
    DEEP.encode() + b"\n",
    b'{"index":0,"leaf":"","salt":null,"content":null}\n',
    b'{"index":"0","leaf":"00","salt":null,"content":null}\n',
    b'{"index":1e999,"leaf":"00","salt":null,"content":null}\n',
    b'{"index":0,"leaf":"' + b"0" * 64 + b'","salt":"","content":"\\ud800"}\n',
    b'{"index":0,"leaf":"' + b"0" * 64 + b'","salt":[],"content":{}}\n',
    b"x" * 1_000_000,
]


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_line_that_is_no_entry_is_named(
    house: House, exported: Path, line: bytes
) -> None:
    place = InExport(house, exported)
    (place.folder("city") / "entries.jsonl").write_bytes(line)
    place.resign()
    verdict = check(exported, CHAIN_ONLY)
    assert next(each.index for log in verdict.logs for each in log.findings) == 0


CONTENTS = [
    "",
    "[]",
    "{}",
    '{"kind":"x"}',
    '{"at":"yesterday","kind":"x"}',
    '{"at":"2026-02-30T18:00:00.000Z","kind":"x"}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":[]}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":"x","n":1.5}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":"x","n":' + "9" * 10_000 + "}",
    '{"kind":"x","at":"2026-11-21T18:00:00.000Z"}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":"session_started","session":{}}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":"erased","log":[],"epoch":{},"entries":9}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":"paired"}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":"epoch_begun","origin":[]}',
    '{"at":"2026-11-21T18:00:00.000Z","kind":"receipt","receipt":"a.b"}',
    '{"at":"2026-11-21T18:00:00.000Z","commitment":[],"kind":"household_head"}',
    '{"at":"2026-11-21T18:00:00.000Z","hub":{},"kind":"head_committed","size":0}',
    DEEP,
]


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_an_entry_that_says_nothing_of_ours_never_stops_it(
    house: House, exported: Path, content: str
) -> None:
    place = InExport(house, exported)
    for log in ("county", HOUSEHOLD):
        path = place.folder(log) / "entries.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        first = json.loads(lines[0]) | {"content": content}
        path.write_bytes(b"".join([json.dumps(first).encode(), b"\n", *lines[1:]]))
    assert check(exported, UNAIDED).status is Status.TAMPERED


MEMBERS = (
    *("log", "epoch", "origin", "key", "checkpoint", "pairings"),
    *("index", "salt", "content", "inclusion"),
)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
    member=st.sampled_from(MEMBERS),
)
def test_no_member_of_a_proof_makes_it_fail(
    untouched_proof: bytes, member: str, value: object
) -> None:
    said = json.loads(untouched_proof) | {member: value}
    with suppress(Unusable):
        check_entry(json.dumps(said).encode(), Anchors())
