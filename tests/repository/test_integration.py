"""The integration keeps every rule; and every rule can be broken."""

from dataclasses import replace
from typing import Any

import pytest

from . import (
    action_rules,
    icon_rules,
    manifest_rules,
    quality_rules,
    word_rules,
)
from .integration import Integration, Rule, module

RULES = (
    *manifest_rules.RULES,
    *word_rules.RULES,
    *icon_rules.RULES,
    *action_rules.RULES,
    *quality_rules.RULES,
)

MANIFEST: dict[str, Any] = {
    "domain": "latchstring",
    "name": "Latchstring",
    "codeowners": ["@somebody"],
    "config_flow": True,
    "dependencies": ["camera"],
    "documentation": "https://example.org",
    "integration_type": "hub",
    "iot_class": "cloud_push",
    "issue_tracker": "https://example.org/issues",
    "requirements": [],
    "version": "0.1.0",
}
GOOD = Integration(
    manifest=MANIFEST,
    words={
        "config": {
            "step": {"user": {"data": {"link": "Link"}}},
            "error": {"used": "Used"},
        },
        "entity": {"switch": {"sharing": {"name": "Sharing"}}},
        "exceptions": {"closed": {"message": "{camera} is closed."}},
        "services": {
            "explain": {
                "name": "Explain",
                "description": "Says what would be shared.",
                "fields": {"at": {"name": "At", "description": "When."}},
            }
        },
    },
    icons={
        "entity": {"switch": {"sharing": {"default": "mdi:cctv"}}},
        "services": {"explain": {"service": "mdi:help"}},
    },
    actions={"explain": {"fields": {"at": {}}}},
    quality={
        "rules": dict.fromkeys(quality_rules.ASKED, "done"),
    },
    modules={
        "__init__.py": module("""
from homeassistant.components.camera import Camera
if TYPE_CHECKING:
    from homeassistant.components.history import History
CONFIG_SCHEMA = 1
async def async_setup(hass, config):
    hass.services.async_register(DOMAIN, "explain", explain)
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="closed")
"""),
        "config_flow.py": module("""
CONF_LINK = "link"
class Flow(ConfigFlow):
    async def async_step_user(self, user_input=None):
        return self.async_show_form(step_id="user", errors={"link": "used"})
"""),
        "switch.py": module("""
class Sharing:
    _attr_translation_key = "sharing"
"""),
    },
)


def with_manifest(**changes: Any) -> Integration:
    return replace(GOOD, manifest={**MANIFEST, **changes})


def with_words(**changes: Any) -> Integration:
    return replace(GOOD, words={**GOOD.words, **changes})


def with_module(source: str, path: str = "more.py") -> Integration:
    return replace(GOOD, modules={**GOOD.modules, path: module(source)})


def with_rule(name: str, answer: Any) -> Integration:
    return replace(GOOD, quality={"rules": {**GOOD.quality["rules"], name: answer}})


# Each row: what breaks, and the rule that has to say so.
BROKEN: tuple[tuple[Rule, Integration, str], ...] = (
    (
        manifest_rules.keys_are_known_and_complete,
        with_manifest(quality_scale="gold"),
        "quality_scale is no key of ours",
    ),
    (
        manifest_rules.keys_are_known_and_complete,
        replace(GOOD, manifest={"domain": "latchstring"}),
        "version is missing",
    ),
    (
        manifest_rules.keys_are_in_order,
        with_manifest(after_dependencies=[]),
        "not in order",
    ),
    (
        manifest_rules.values_are_of_their_kind,
        with_manifest(documentation="http://example.org"),
        "documentation cannot be",
    ),
    (
        manifest_rules.values_are_of_their_kind,
        with_manifest(version="soon"),
        "version cannot be",
    ),
    (
        manifest_rules.values_are_of_their_kind,
        with_manifest(requirements=["av==19.0.0"]),
        "requirements cannot be",
    ),
    (
        manifest_rules.dependencies_exist_once,
        with_manifest(dependencies=["camera", "frigate"]),
        "frigate is no integration",
    ),
    (
        manifest_rules.dependencies_exist_once,
        with_manifest(after_dependencies=["camera"]),
        "camera is named twice",
    ),
    (
        manifest_rules.imports_are_declared,
        with_module("from homeassistant.components.recorder import get_instance"),
        "imports recorder",
    ),
    (
        manifest_rules.imports_are_declared,
        with_module("from homeassistant.components import mobile_app, switch"),
        "imports mobile_app",
    ),
    (
        manifest_rules.imports_are_declared,
        with_module("if x:\n  import homeassistant.components.http.ban"),
        "imports http",
    ),
    (
        manifest_rules.setup_names_its_configuration,
        with_module("async def async_setup(hass, config): ...", "__init__.py"),
        "async_setup without CONFIG_SCHEMA",
    ),
    (
        word_rules.words_have_their_shape,
        with_words(exceptions={"closed": "It is closed."}),
        "closed",
    ),
    (
        word_rules.words_have_their_shape,
        with_words(entity={"sensr": {}}),
        "sensr",
    ),
    (
        word_rules.words_have_their_shape,
        with_words(config_subentries={"share": {"step": {}}}),
        "entry_type",
    ),
    (word_rules.words_are_plain, with_words(title="<b>Latch</b>"), "holds HTML"),
    (word_rules.words_are_plain, with_words(title="See www.x.org"), "an address"),
    (word_rules.words_are_plain, with_words(title="Latch "), "outer blanks"),
    (word_rules.words_are_plain, with_words(title="The '{hub}'"), "in quotes"),
    (word_rules.words_are_plain, with_words(title="{0}"), "the placeholder '0'"),
    (
        word_rules.words_are_plain,
        with_words(title="[%key:common::x%]"),
        "holds a reference",
    ),
    (
        word_rules.descriptions_describe_a_field,
        with_words(config={"step": {"user": {"data_description": {"link": "?"}}}}),
        "describes link, which it lacks",
    ),
    (
        word_rules.issues_show_a_placeholder_in_one_way,
        with_words(issues={"odd": {"title": "{hub}", "description": "Ask **{hub}**."}}),
        "odd has hub in its title",
    ),
    (
        word_rules.code_finds_its_words,
        with_module('X(translation_domain=DOMAIN, translation_key="odd")'),
        "exceptions.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module('ir.async_create_issue(hass, translation_key="odd")'),
        "issues.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module('SwitchEntityDescription(translation_key="odd")', "switch.py"),
        "entity.switch.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module('class X:\n  _attr_translation_key = "odd"', "event.py"),
        "entity.event.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module('class F(ConfigFlow):\n  x = y.async_show_form(step_id="odd")'),
        "config.step.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module('class F(OptionsFlow):\n  x = y.async_abort(reason="odd")'),
        "options.abort.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module(
            "class F(ConfigFlow):\n"
            '  x = y.async_show_menu(step_id="user", menu_options=["odd"])'
        ),
        "config.step.user.menu_options.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module(
            'class F(ConfigSubentryFlow):\n  x = y.async_show_form(step_id="odd")'
        ),
        "config_subentries.*.step.odd",
    ),
    (
        word_rules.code_finds_its_words,
        with_module('class F(RulesFlow):\n  x = y._ask("odd", schema, known)'),
        "config_subentries.*.step.odd",
    ),
    (
        word_rules.names_are_used,
        with_words(exceptions={"gone": {"message": "Gone."}}),
        "exceptions.gone is never said",
    ),
    (
        word_rules.steps_are_used,
        with_words(config={"step": {"gone": {}}}),
        "config.step.gone is no step",
    ),
    (
        word_rules.steps_are_used,
        with_words(config={"step": {"user": {"data": {"gone": "Gone"}}}}),
        "data.gone is no field",
    ),
    (
        word_rules.steps_are_used,
        with_words(config={"step": {}, "error": {"gone": "Gone."}}),
        "config.error.gone is never said",
    ),
    (
        word_rules.names_are_used,
        with_words(entity={"event": {"gone": {"name": "Gone"}}}),
        "entity.event.gone is never said",
    ),
    (
        icon_rules.icons_have_their_shape,
        replace(GOOD, icons={"entity": {"switch": {"sharing": "mdi:cctv"}}}),
        "sharing",
    ),
    (
        icon_rules.icons_have_their_shape,
        replace(GOOD, icons={"entity": {"switch": {"x": {"default": "fas:door"}}}}),
        "entity",
    ),
    (
        icon_rules.icons_are_drawn,
        replace(GOOD, icons={"services": {"explain": {"service": "mdi:latchstring"}}}),
        "there is no mdi:latchstring",
    ),
    (
        icon_rules.icons_and_words_name_the_same_entities,
        replace(GOOD, icons={}),
        "switch sharing has no icon",
    ),
    (
        icon_rules.icons_and_words_name_the_same_entities,
        with_words(entity={}),
        "switch sharing has an icon and no name",
    ),
    (
        action_rules.actions_are_the_same_everywhere,
        with_module('hass.services.async_register(DOMAIN, "odd", odd)'),
        "odd is not in services.yaml",
    ),
    (
        action_rules.actions_are_the_same_everywhere,
        replace(GOOD, modules={}),
        "explain is in the words and never registered",
    ),
    (
        action_rules.fields_are_named,
        replace(GOOD, actions={"explain": {"fields": {"odd": {}}}}),
        "explain: the field odd is not in both",
    ),
    (
        quality_rules.every_rule_is_answered,
        replace(GOOD, quality={"rules": {"brands": "done"}}),
        "test-coverage is not in both",
    ),
    (
        quality_rules.every_rule_is_answered,
        with_rule("beauty", "done"),
        "beauty is not in both",
    ),
    (
        quality_rules.answers_are_explained,
        with_rule("brands", "todo"),
        "brands needs a comment",
    ),
    (
        quality_rules.answers_are_explained,
        with_rule("brands", {"status": "later", "comment": "Soon."}),
        "brands cannot be later",
    ),
)


def named(rule: object) -> str | None:
    return getattr(rule, "__name__", None)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_integration_keeps_the_rule(rule: Rule) -> None:
    assert [*rule(Integration.read())] == []


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_what_keeps_every_rule_draws_no_complaint(rule: Rule) -> None:
    assert [*rule(GOOD)] == []


@pytest.mark.parametrize(("rule", "broken", "complaint"), BROKEN)
def test_a_rule_complains_of_what_breaks_it(
    rule: Rule, broken: Integration, complaint: str
) -> None:
    assert any(complaint in said for said in rule(broken))


def test_every_rule_has_been_seen_to_complain() -> None:
    assert {rule for rule, _, _ in BROKEN} == {*RULES}
