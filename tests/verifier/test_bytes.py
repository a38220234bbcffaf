"""Any byte of an export that is not what it was is named by its file; so is a file too few or too many."""

import os
from pathlib import Path
import zipfile

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.latchstring.export import ZipSink
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors
from custom_components.latchstring.verifier.findings import Status
from custom_components.latchstring.verifier.sources.source import Unusable

from .making import House, export
from .running import verify

UNAIDED = CheckOptions(anchors=Anchors(), tokens=False)


def named(export: Path) -> list[tuple[str | None, str]]:
    """Give the files that are named, and how."""
    verdict = check(export, UNAIDED)
    assert verdict.status is Status.TAMPERED
    return [(each.file, each.how.value) for each in verdict.findings]


@pytest.fixture(scope="module")
def files(untouched: tuple[House, Path]) -> dict[str, Path]:
    _, export = untouched
    return {
        path.relative_to(export).as_posix(): path
        for path in sorted(export.rglob("*"))
        if path.is_file() and path.stat().st_size
    }


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_a_flipped_byte_is_named(
    untouched: tuple[House, Path], files: dict[str, Path], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    was = files[name].read_bytes()
    place = data.draw(st.integers(0, len(was) - 1))
    flipped = was[place] ^ data.draw(st.integers(1, 255))
    files[name].write_bytes(was[:place] + bytes([flipped]) + was[place + 1 :])
    try:
        found = named(untouched[1])
    finally:
        files[name].write_bytes(was)
    how = "manifest_invalid" if name == "MANIFEST" else "file_changed"
    assert (name, how) in found


def test_every_file_of_an_export_is_for_its_owner_alone(
    exported: Path, files: dict[str, Path]
) -> None:
    assert set(files) > {"MANIFEST", "summary.html", "export.md", "logs/00/log.json"}
    for path in (exported, *exported.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_file_too_few_and_one_too_many_are_named(exported: Path) -> None:
    (exported / "export.md").unlink()
    (exported / "logs" / "extra").mkdir()
    (exported / "logs" / "extra" / "log.json").write_text("{}")
    assert named(exported)[:2] == [
        ("logs/extra/log.json", "file_added"),
        ("export.md", "file_missing"),
    ]


def test_a_file_that_leads_elsewhere_is_not_followed(
    exported: Path, tmp_path: Path
) -> None:
    page = (exported / "summary.html").rename(tmp_path / "page")
    (exported / "summary.html").symlink_to(page)
    assert named(exported) == [("summary.html", "file_changed")]


def test_what_is_no_file_is_named_and_waited_for_by_nobody(exported: Path) -> None:
    """A pipe that nobody writes into would hold up whoever opens it to read."""
    (exported / "export.md").unlink()
    os.mkfifo(exported / "export.md")
    assert named(exported) == [("export.md", "file_changed")]


def test_a_manifest_beyond_all_measure_is_not_read_to_its_end(exported: Path) -> None:
    with (exported / "MANIFEST").open("ab") as manifest:
        manifest.truncate(2**40)
    assert ("MANIFEST", "manifest_invalid") in named(exported)


def test_a_cut_off_file_is_named(exported: Path) -> None:
    entries = exported / "logs" / "00" / "entries.jsonl"
    entries.write_bytes(entries.read_bytes()[:-1000])
    assert named(exported) == [("logs/00/entries.jsonl", "file_changed")]


def test_a_zip_is_checked_as_it_is(house: House, tmp_path: Path) -> None:
    packed = export(house, tmp_path / "zips", kind=ZipSink)
    assert verify(packed).status == "self_consistent"
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("../../outside", b"")
    found = verify(packed).findings()
    assert [(each["file"], each["how"]) for each in found] == [
        ("../../outside", "file_added")
    ]


def test_a_packed_file_that_nobody_can_unpack_is_named(
    house: House, tmp_path: Path
) -> None:
    """It says of itself that it is encrypted."""
    packed = export(house, tmp_path / "zips", kind=ZipSink)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.getinfo("summary.html").flag_bits |= 1
        archive.comment = b"so that the table of contents is written anew"
    assert named(packed) == [("summary.html", "file_changed")]


@pytest.mark.filterwarnings("ignore:Duplicate name")  # that is what it is about
def test_a_zip_that_names_a_file_twice_is_unusable(
    house: House, tmp_path: Path
) -> None:
    """Which of the two is unpacked would be up to the program."""
    packed = export(house, tmp_path / "zips", kind=ZipSink)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("summary.html", b"another")
    with pytest.raises(Unusable):
        check(packed, UNAIDED)
