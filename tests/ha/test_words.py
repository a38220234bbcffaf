"""Everything the integration can say has its words. Steps check theirs as they are shown."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.latchstring.core.errors import PairingProblem
from custom_components.latchstring.core.model import (
    COSIGNATURE_AWAITED,
    COSIGNATURE_LATE,
    NO_OPENING,
    Block,
    Opening,
)
from custom_components.latchstring.flows.camera_check import MENDABLE, Finding
from custom_components.latchstring.issues import ISSUES
from tests.reference_hub import ReferenceHub

from .front_door import pair
from .own_cameras import OwnCamera, install
from .spoken import ENGLISH, FOLDER, PLACEHOLDER

ICONS = json.loads((FOLDER / "icons.json").read_text("utf-8"))
README = Path(__file__).parents[2] / "README.md"
NO_PICTURE = MENDABLE | {
    Finding.NO_VIDEO,
    Finding.CODEC_UNSUPPORTED,
    Finding.SCHEME_UNSUPPORTED,
    Finding.IMAGE_UNSUPPORTED,
}
AGREEMENT_CHANGED = ENGLISH["issues"]["agreement_changed"]["fix_flow"]


@pytest.mark.parametrize("problem", PairingProblem)
def test_every_problem_of_pairing_says_what_to_do(problem: PairingProblem) -> None:
    for words in (
        ENGLISH["config"]["error"],
        AGREEMENT_CHANGED["error"],
        AGREEMENT_CHANGED["abort"],
    ):
        assert len(words[problem].split(". ")) > 1, "a problem alone is no help"


def test_every_finding_about_a_camera_has_its_words() -> None:
    assert set(ENGLISH["selector"]["finding"]["options"]) == set(Finding)


@pytest.mark.parametrize("shown", ["viewable", "being_watched"])
def test_every_reason_why_no_picture_comes_has_its_words(shown: str) -> None:
    attributes = ENGLISH["entity"]["binary_sensor"][shown]["state_attributes"]
    assert set(attributes["no_picture"]["state"]) == NO_PICTURE


def test_every_reason_why_no_picture_comes_says_what_to_do() -> None:
    assert set(ENGLISH["selector"]["picture_advice"]["options"]) == NO_PICTURE


def test_every_reason_of_a_decision_has_its_words() -> None:
    viewable = ENGLISH["entity"]["binary_sensor"]["viewable"]
    reasons = viewable["state_attributes"]["reason"]["state"]
    admission_block = {COSIGNATURE_AWAITED, COSIGNATURE_LATE}
    assert set(reasons) == {*Block, *Opening, NO_OPENING} | admission_block


def test_whoever_makes_a_never_rule_reads_what_a_hub_can_tell_from_it() -> None:
    """Where it is made, and where the README says what leaves the home."""
    told = ENGLISH["config_subentries"]["share"]["step"]["never"]["description"]
    readme = README.read_text("utf-8")
    for said in (told, readme):
        assert "can tell" in said
        assert "when somebody is home" in said
    assert "is not alerted, because that would tell who is home" in told


def test_no_title_of_a_step_shows_what_was_escaped_for_its_text() -> None:
    titles = [
        page["title"]
        for section in (
            ENGLISH["config"],
            ENGLISH["options"],
            ENGLISH["config_subentries"]["share"],
            *(
                issue["fix_flow"]
                for issue in ENGLISH["issues"].values()
                if "fix_flow" in issue
            ),
        )
        for page in section["step"].values()
    ]

    assert len(titles) > 10
    assert not [title for title in titles if PLACEHOLDER.search(title)]


def test_every_repair_has_its_words_and_a_dialog_where_it_is_fixable() -> None:
    told = ENGLISH["issues"]

    assert set(ISSUES) == set(told)
    for key, issue in ISSUES.items():
        has_words = ("fix_flow" in told[key], "description" in told[key])
        assert has_words == (issue.is_fixable, not issue.is_fixable), key


def test_every_exception_that_is_raised_has_its_words() -> None:
    raised = set(_raised_keys())

    assert raised
    assert raised == set(ENGLISH["exceptions"])


def _raised_keys() -> Iterator[str]:
    """Find each `translation_key=` that stands beside a `translation_domain=`, also where a function is told it."""
    for file in FOLDER.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        makers = {
            function.name
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            and any(isinstance(key, ast.Name) for key in _keys_of_errors(function))
        }
        told = (
            call.args[0]
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in makers
        )
        for key in (*_keys_of_errors(tree), *told):
            if isinstance(key, ast.Constant):
                yield str(key.value)


def _keys_of_errors(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            if "translation_domain" in given and "translation_key" in given:
                yield given["translation_key"]


async def test_every_entity_has_a_name_and_an_icon(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", "rtsp://127.0.0.1:1/"))
    entry = await pair(hass, hub.invitation(), labels={porch: "Front door"})

    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    shown = {(entity.domain, entity.translation_key) for entity in entities}
    named = {
        (domain, key) for domain, keys in ENGLISH["entity"].items() for key in keys
    }
    drawn = {(domain, key) for domain, keys in ICONS["entity"].items() for key in keys}
    assert shown == named == drawn
    assert not [entity for entity in entities if "{" in (entity.original_name or "")]
