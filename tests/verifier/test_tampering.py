"""Whatever is changed in what a hub has seen is named; what nobody has seen is not called verified."""

from collections.abc import Iterable
import json
from pathlib import Path

import pytest

from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors, read_given
from custom_components.latchstring.verifier.findings import (
    AuditFinding,
    How,
    LogVerdict,
    Status,
    Verdict,
)

from .making import COSIGNED, House
from .tampering import (
    Change,
    InExport,
    InFile,
    blame_another,
    delete,
    edit,
    insert,
    put,
    reorder,
    shorten,
    withhold,
)

SEEN = 150
"""The start of a session, among the entries from 100 to 199, which were cosigned at once."""
UNSEEN = 380

CHANGES: dict[str, Change] = {
    "camera": edit(camera="camera-9"),
    "kind": edit(kind="session_ended"),
    "session": edit(session="session-city-9999"),
    "carried_by": edit(carried_by="session-city-0"),
    "one more member": edit(note="x"),
    "viewer": blame_another,
    "salt": put("salt", bytes(32)),
    "deleted": delete,
    "inserted": insert,
    "reordered": reorder,
    "back-dated": edit(at="2026-11-21T17:00:00.000Z"),
    "content withheld": withhold,
}
NAMED_AS: dict[tuple[str, str], How] = {
    ("viewer", "mended"): How.ASSERTION,
    ("camera", "mended"): How.ASSERTION,
    ("deleted", "simply"): How.MISSING,
    ("back-dated", "mended"): How.BACK_DATED,
    ("content withheld", "simply"): How.WITHHELD,
    ("content withheld", "mended"): How.WITHHELD,
}


def options(
    house: House, *, sizes: Iterable[int] = (360,), tokens: bool = False
) -> CheckOptions:
    """Bring along the hubs' keys, and checkpoints of the city that were kept elsewhere."""
    return CheckOptions(
        tokens=tokens,
        anchors=Anchors(
            hubs=frozenset(house.keys(log).named("assertion") for log in COSIGNED),
            checkpoints=tuple(
                read_given(house.cosigned["city"][size], "kept.txt") for size in sizes
            ),
        ),
    )


def log_of(verdict: Verdict, log: str = "city") -> LogVerdict:
    (found,) = (each for each in verdict.logs if each.log == log)
    return found


def about(findings: Iterable[AuditFinding], index: int) -> list[AuditFinding]:
    """Give the findings that name this entry."""
    return [
        each
        for each in findings
        if each.index is not None
        and each.index <= index <= (each.index if each.last is None else each.last)
    ]


@pytest.fixture(params=["export", "file"])
def place(
    request: pytest.FixtureRequest, house: House, exported: Path
) -> InExport | InFile:
    """What is changed: an unpacked export, or the record's file."""
    return InExport(house, exported) if request.param == "export" else InFile(house)


@pytest.mark.parametrize("way", ["simply", "mended"])
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_to_what_a_hub_has_seen_is_named(
    place: InExport | InFile, house: House, what: str, way: str
) -> None:
    place.change("city", CHANGES[what], SEEN, mended=way == "mended")
    how = NAMED_AS.get((what, way))
    verdict = check(place.path, options(house, tokens=how is How.ASSERTION))
    assert verdict.status is Status.TAMPERED
    named = about(log_of(verdict).findings, SEEN)
    assert named
    if how is not None:
        assert how in {each.how for each in named}


@pytest.mark.parametrize("change", [delete, edit(carried_by="x" * 20)])
def test_a_checkpoint_kept_elsewhere_names_it_too(
    place: InExport | InFile, house: House, change: Change
) -> None:
    """Whoever writes the home's files can take all cosignatures out of them."""
    place.change("city", change, SEEN, mended=True)
    place.forget_witnesses()
    verdict = check(place.path, options(house))
    (finding,) = (
        each for each in log_of(verdict).findings if each.how is How.REWRITTEN
    )
    assert (finding.index, finding.last) == (0, 359)


@pytest.mark.parametrize("change", [edit(carried_by="x" * 20), shorten])
def test_a_change_to_what_nobody_has_seen_is_unconfirmed(
    place: InExport | InFile, house: House, change: Change
) -> None:
    place.change("city", change, UNSEEN, mended=True)
    log = log_of(check(place.path, options(house)))
    assert log.findings == []
    assert log.confirmed is not None
    assert log.confirmed.size == 360
    assert log.unconfirmed == log.size - 360 > 0


def test_an_old_state_in_its_place_is_named(
    place: InExport | InFile, house: House
) -> None:
    """All of it was true once, and the hub did confirm it."""
    place.change("city", shorten, 200, mended=True)
    place.forget_witnesses()
    verdict = check(place.path, options(house, sizes=[200]))
    assert log_of(verdict).confirmed is not None
    verdict = check(place.path, options(house, sizes=[200, 360]))
    (finding,) = log_of(verdict).findings
    assert (finding.how, finding.index, finding.last) == (How.OLD_STATE, 200, 359)


def test_an_old_checkpoint_in_the_newest_ones_place_confirms_less(
    exported: Path, house: House
) -> None:
    place = InExport(house, exported)
    folder = place.folder("city")
    place.rewrite(folder / "log.json", checkpoint=house.cosigned["city"][200])
    (folder / "cosigned.jsonl").write_text(
        f"{json.dumps(house.cosigned['city'][200])}\n"
    )
    place.resign()
    log = log_of(check(exported, options(house, sizes=[])))
    assert log.findings == []
    assert log.confirmed is not None
    assert (log.confirmed.size, log.unconfirmed) == (200, 200)


def test_a_fork_is_named(exported: Path, house: House) -> None:
    """The log's own key signed another tree of as many entries as the hub has seen."""
    place = InExport(house, exported)
    place.change("city", edit(carried_by="x" * 20), SEEN, mended=True)
    place.change("city", shorten, 360, mended=True)
    verdict = check(exported, options(house))
    assert How.FORK in {each.how for each in log_of(verdict).findings}
    assert about(log_of(verdict).findings, SEEN)
