"""What hassfest asks of services.yaml: each action described, named and drawn."""

from collections.abc import Iterator
from typing import Final

from .integration import Complaints, Integration, Rule, calls, texts

REGISTER: Final = (
    "async_register",
    "async_register_admin_service",
    "async_register_entity_service",
    "async_register_platform_entity_service",
)


def actions_are_the_same_everywhere(integration: Integration) -> Complaints:
    """Complain of an action that one of code, YAML, words and icons does not know."""
    known = {
        "services.yaml": set(integration.actions),
        "the words": set(integration.words.get("services", {})),
        "the icons": set(integration.icons.get("services", {})),
    }
    registered = set(_registered(integration))
    for where, names in known.items():
        for name in sorted(registered - names):
            yield f"{name} is not in {where}"
        for name in sorted(names - registered):
            yield f"{name} is in {where} and never registered"


def _registered(integration: Integration) -> Iterator[str]:
    """Give the names written out where actions are registered under our domain."""
    for tree in integration.modules.values():
        for call in calls(tree, *REGISTER):
            yield from (text for argument in call.args[:3] for text in texts(argument))


def fields_are_named(integration: Integration) -> Complaints:
    """Complain of a field that one of YAML and words does not know."""
    for action, described in integration.actions.items():
        spoken = integration.words.get("services", {}).get(action, {})
        fields = set((described or {}).get("fields", {}))
        for field in sorted(fields ^ set(spoken.get("fields", {}))):
            yield f"{action}: the field {field} is not in both"


RULES: tuple[Rule, ...] = (actions_are_the_same_everywhere, fields_are_named)
