"""What somebody reads who runs the verifier by hand, with what they were given on paper or in files."""

from collections.abc import Callable
import json
from pathlib import Path

import pytest

from custom_components.latchstring.verifier.command import main
from custom_components.latchstring.verifier.report import WITHOUT_ANCHOR

from .making import House, export
from .tampering import InExport, edit

type Say = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run it, and give its exit code and the lines of its answer."""

    def run(*arguments: object) -> tuple[int, list[str]]:
        code = main([str(each) for each in arguments])
        return code, capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def city(house: House, tmp_path: Path) -> Path:
    """An export of the city's log alone."""
    return export(house, tmp_path / "exports", logs=frozenset({"city"}))


@pytest.mark.parametrize("form", ["a file with its thumbprint", "a JWK", "its file"])
def test_a_key_is_taken_in_each_form_and_the_answer_says_how_far_it_vouches(
    house: House, city: Path, tmp_path: Path, said: Say, form: str
) -> None:
    keys = house.keys("city")
    jwk, file = json.dumps(keys.hub_keys["witness"]), tmp_path / "key"
    file.write_text(f"{keys.named('witness')}\n" if "thumbprint" in form else jwk)
    code, lines = said(city, "--witness-key", jwk if form == "a JWK" else file)
    assert (code, lines[0]) == (0, "VERIFIED")
    log, confirmed, unconfirmed = lines[2:5]
    assert log == f"log Police of the city: 400 entries ({keys.origin})"
    assert "2026-11-21T18:06:00.000Z by Police of the city" in confirmed
    assert confirmed.endswith(": 360 entries")
    assert "unconfirmed: 40 entries, from entry 360" in unconfirmed


def test_a_checkpoint_that_was_kept_vouches_for_as_much(
    house: House, city: Path, tmp_path: Path, said: Say
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(house.cosigned["city"][200])
    code, lines = said(city, "--checkpoint", kept)
    assert (code, lines[0]) == (0, "VERIFIED")
    assert str(kept) in lines[3]
    assert lines[3].endswith(": 200 entries")


def test_who_brings_nothing_reads_what_to_bring(city: Path, said: Say) -> None:
    code, lines = said(city)
    assert (code, lines[0]) == (3, "SELF-CONSISTENT, NOT AUTHENTICATED")
    assert lines[-1] == WITHOUT_ANCHOR


def test_the_first_wrong_entry_is_named_before_all_else_that_is_wrong(
    house: House, city: Path, said: Say
) -> None:
    for index in (301, 151):
        InExport(house, city).change("city", edit(bytes=0), index, mended=False)
    code, lines = said(city, "--hub-key", house.keys("city").named("assertion"))
    assert (code, lines[0]) == (1, "TAMPERED")
    assert "entries.jsonl" in lines[2]
    wrong = [line.strip() for line in lines if "wrong: " in line]
    assert wrong[0].startswith("first wrong: entry 151")
    assert len(wrong) > 1


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"{}", b"a word", b"A" * 42, b"A" * 42 + b"B"]
)
def test_a_file_that_holds_no_key_is_named_and_nothing_is_checked(
    city: Path, tmp_path: Path, said: Say, content: bytes
) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    code, (line,) = said(city, "--hub-key", file)
    assert code == 2
    assert line.startswith("UNUSABLE: ")
