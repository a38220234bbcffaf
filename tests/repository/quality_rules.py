"""What hassfest asks of quality_scale.yaml: each rule answered and explained."""

from typing import Final

from .integration import Complaints, Integration, Rule

BRONZE: Final = """
    action-setup appropriate-polling brands common-modules config-flow
    config-flow-test-coverage dependency-transparency docs-actions
    docs-conditions docs-high-level-description docs-installation-instructions
    docs-removal-instructions docs-triggers entity-event-setup entity-unique-id
    has-entity-name runtime-data test-before-configure test-before-setup
    unique-config-entry
"""
SILVER: Final = """
    action-exceptions config-entry-unloading docs-configuration-parameters
    docs-installation-parameters entity-unavailable integration-owner
    log-when-unavailable parallel-updates reauthentication-flow test-coverage
"""
GOLD: Final = """
    devices diagnostics discovery discovery-update-info docs-data-update
    docs-examples docs-known-limitations docs-supported-devices
    docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices
    entity-category entity-device-class entity-disabled-by-default
    entity-translations exception-translations icon-translations
    reconfiguration-flow repair-issues stale-devices
"""
PLATINUM: Final = """
    async-dependency inject-websession strict-typing
"""
ASKED: Final = (BRONZE + SILVER + GOLD + PLATINUM).split()

ANSWERS: Final = ("done", "todo", "exempt")


def every_rule_is_answered(integration: Integration) -> Complaints:
    """Complain of a rule without an answer, and of one that does not exist."""
    answered = [*integration.quality.get("rules", {})]
    for name in sorted({*ASKED} ^ {*answered}):
        yield f"{name} is not in both"
    if answered != [name for name in ASKED if name in answered]:
        yield "not in the order of the tiers"


def answers_are_explained(integration: Integration) -> Complaints:
    """Complain of an answer that is none, and of a bare `todo` or `exempt`."""
    for name, answer in integration.quality.get("rules", {}).items():
        match answer:
            case "done":
                pass
            case {"status": status, "comment": str(comment)}:
                if status not in ANSWERS or not comment:
                    yield f"{name} cannot be {status}"
            case _:
                yield f"{name} needs a comment"


RULES: tuple[Rule, ...] = (every_rule_is_answered, answers_are_explained)
