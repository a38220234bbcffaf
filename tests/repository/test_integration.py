"""The integration keeps every rule; and every rule can be broken."""

from dataclasses import replace
from typing import Any

import pytest

from . import hassfest, words
from .integration import Integration, Rule, module

RULES = (*hassfest.RULES, *words.RULES)

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
        "rules": dict.fromkeys(hassfest.ASKED, "done"),
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


def with_flow(kind: str, shown: str) -> Integration:
    return with_module(f"class F({kind}):\n  x = y.{shown}")


def with_fields(**fields: Any) -> Integration:
    return replace(GOOD, actions={"explain": {"fields": fields}})


def with_answer(**answers: Any) -> Integration:
    return replace(GOOD, quality={"rules": {**GOOD.quality["rules"], **answers}})


BROKEN: dict[Rule, dict[str, Integration]] = {
    hassfest.manifest: {
        "quality_scale": with_manifest(quality_scale="gold"),
        "version": replace(GOOD, manifest={"domain": "latchstring"}),
        "not in order": with_manifest(after_dependencies=[]),
        "documentation": with_manifest(documentation="http://example.org"),
        "is no version": with_manifest(version="soon"),
    },
    hassfest.codeowners: {
        "somebody is no account": with_manifest(codeowners=["somebody"]),
    },
    hassfest.requirements: {
        "av==19.0.0 would be installed": with_manifest(requirements=["av==19.0.0"]),
        "aioice would be installed": with_manifest(requirements=["aioice"]),
    },
    hassfest.dependencies: {
        "imports recorder": with_module(
            "from homeassistant.components.recorder import get_instance"
        ),
        "imports mobile_app": with_module(
            "from homeassistant.components import mobile_app, switch"
        ),
        "imports http": with_module(
            "if x:\n  import homeassistant.components.http.ban"
        ),
    },
    hassfest.config_schema: {
        "async_setup without CONFIG_SCHEMA": with_module(
            "async def async_setup(hass, config): ...", "__init__.py"
        ),
    },
    hassfest.config_flow: {
        "there is no config_flow.py": replace(GOOD, modules={}),
    },
    hassfest.translations: {
        "closed": with_words(exceptions={"closed": "It is closed."}),
        "sensr": with_words(entity={"sensr": {}}),
        "entry_type": with_words(config_subentries={"share": {"step": {}}}),
        "holds HTML": with_words(title="<b>Latch</b>"),
        "an address": with_words(title="See www.x.org"),
        "outer blanks": with_words(title="Latch "),
        "in quotes": with_words(title="The '{hub}'"),
        "the placeholder '0'": with_words(title="{0}"),
        "holds a reference": with_words(title="[%key:common::x%]"),
        "describes link, which it lacks": with_words(
            config={"step": {"user": {"data_description": {"link": "?"}}}}
        ),
    },
    hassfest.icons: {
        "sharing": replace(GOOD, icons={"entity": {"switch": {"sharing": "mdi:cctv"}}}),
        "default": replace(
            GOOD, icons={"entity": {"switch": {"x": {"default": "fas:door"}}}}
        ),
    },
    hassfest.services: {
        "explain: the field odd is not in both": with_fields(odd={}),
        "clock": with_fields(at={"selector": {"clock": {}}}),
        "explain is not in both services.yaml and the icons": replace(GOOD, icons={}),
        "explain is not in both services.yaml and the words": replace(GOOD, actions={}),
    },
    hassfest.quality_scale: {
        "test-coverage": replace(GOOD, quality={"rules": {"brands": "done"}}),
        "beauty": with_answer(beauty="done"),
        "brands": with_answer(brands="todo"),
        "status": with_answer(brands={"status": "later", "comment": "Soon."}),
        "not in the order": replace(
            GOOD, quality={"rules": dict.fromkeys(reversed(hassfest.ASKED), "done")}
        ),
    },
    words.issues_show_a_placeholder_in_one_way: {
        "odd has hub in its title": with_words(
            issues={"odd": {"title": "{hub}", "description": "Ask **{hub}**."}}
        ),
    },
    words.actions_are_registered: {
        "odd is not in both": with_module(
            'hass.services.async_register(DOMAIN, "odd", odd)'
        ),
        "listed is not in both": with_module('Action(name="listed", run=run)'),
        "explain is not in both": replace(GOOD, modules={}),
    },
    words.icons_are_drawn: {
        "there is no mdi:latchstring": replace(
            GOOD, icons={"services": {"explain": {"service": "mdi:latchstring"}}}
        ),
    },
    words.code_finds_its_words: {
        "exceptions.odd": with_module(
            'X(translation_domain=DOMAIN, translation_key="odd")'
        ),
        "issues.odd": with_module('ir.async_create_issue(hass, translation_key="odd")'),
        "entity.switch.odd": with_module(
            'SwitchEntityDescription(translation_key="odd")', "switch.py"
        ),
        "entity.event.odd": with_module(
            'class X:\n  _attr_translation_key = "odd"', "event.py"
        ),
        "config.step.odd": with_flow("ConfigFlow", 'async_show_form(step_id="odd")'),
        "options.abort.odd": with_flow("OptionsFlow", 'async_abort(reason="odd")'),
        "config.step.user.menu_options.odd": with_flow(
            "ConfigFlow", 'async_show_menu(step_id="user", menu_options=["odd"])'
        ),
        "config_subentries.*.step.odd": with_flow(
            "ConfigSubentryFlow", 'async_show_form(step_id="odd")'
        ),
        "config_subentries.*.step.odd, for which": with_module(
            'Question(step_id="odd")'
        ),
        "config_subentries.*.progress.odd": with_flow(
            "RulesFlow", 'examination.show(self, step_id="odd", then="next")'
        ),
    },
    words.names_are_used: {
        "exceptions.gone is never said": with_words(
            exceptions={"gone": {"message": "Gone."}}
        ),
        "entity.event.gone is never said": with_words(
            entity={"event": {"gone": {"name": "Gone"}}}
        ),
    },
    words.steps_are_used: {
        "config.step.gone is no step": with_words(config={"step": {"gone": {}}}),
        "data.gone is no field": with_words(
            config={"step": {"user": {"data": {"gone": "Gone"}}}}
        ),
        "config.error.gone is never said": with_words(
            config={"step": {}, "error": {"gone": "Gone."}}
        ),
    },
}
"""What breaks each rule, by what it has to say then."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_integration_keeps_the_rule(rule: Rule) -> None:
    assert "\n".join(rule(Integration.read())) == ""
    assert "\n".join(rule(GOOD)) == ""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_complains_of_what_breaks_it(rule: Rule) -> None:
    for complaint, broken in BROKEN[rule].items():
        assert complaint in "\n".join(rule(broken))
