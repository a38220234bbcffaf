"""The questions of a share's dialog as values: what a form shows, which answers it takes, and what is kept of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..settings.hub import accepted_offer
from .entity_selector import told_gone, told_own

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigSubentry
    from homeassistant.core import HomeAssistant
    import voluptuous as vol

    from ..core.pairing import Purpose
    from ..localize import Sentences

type Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """What a question may look at.

    `share` is the one that is changed; None: it is being added. `answers` is what this dialog will keep, `given` what
    the forms of the current part returned, of which some is not kept.
    """

    hass: HomeAssistant
    words: Sentences
    entry: ConfigEntry
    share: ConfigSubentry | None
    answers: Values
    given: Values

    @property
    def is_new(self) -> bool:
        """Return whether the share is being added."""
        return self.share is None

    @property
    def rules(self) -> Values:
        """Return what holds when this dialog is done: what the share keeps, and above it the answers."""
        return {**(self.share.data if self.share else {}), **self.answers}

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """Return the purposes that the hub's agreement names."""
        return accepted_offer(self.entry).agreement.terms.purposes


def no_errors(_dialog: Dialog, _answer: Values) -> dict[str, str]:
    """Return that any answer is taken which fits the schema."""
    return {}


def always(_dialog: Dialog) -> bool:
    """Return that a question is asked whatever the answers before it."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityField:
    """A field in which entities are chosen. None of ours is taken, nor one made of ours; one that is gone is named.

    `chosen` returns those of an answer, `before` those that the rules name already.
    """

    name: str
    chosen: Callable[[Dialog, Values], Sequence[str]]
    before: Callable[[Values], Sequence[str]]

    def gone(self, dialog: Dialog) -> str:
        """Return which of those before are gone and what to do, or nothing."""
        return told_gone(dialog.hass, dialog.words, self.before(dialog.rules))

    def own(self, dialog: Dialog, answer: Values) -> str:
        """Return which of those chosen are ours or made of ours, or nothing."""
        return told_own(dialog.hass, dialog.words, self.chosen(dialog, answer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One form. `is_asked` is looked at when a question before it in the same part was answered."""

    step_id: str
    schema: Callable[[Dialog], vol.Schema]
    shown: Callable[[Dialog], Values]
    kept: Callable[[Dialog, Values], Values]
    errors: Callable[[Dialog, Values], dict[str, str]] = no_errors
    is_asked: Callable[[Dialog], bool] = always
    entities: EntityField | None = None

    def check(self, dialog: Dialog, answer: Values) -> dict[str, str]:
        """Return the error of each field whose answer cannot be taken."""
        if self.entities and self.entities.own(dialog, answer):
            return {self.entities.name: "own_entity"}
        return self.errors(dialog, answer)

    def placeholders(self, dialog: Dialog, answer: Values | None) -> dict[str, str]:
        """Return what the form says of entities that are gone, and of those that were answered and are not taken."""
        if self.entities is None:
            return {}
        return {
            "gone": self.entities.gone(dialog),
            "own": "" if answer is None else self.entities.own(dialog, answer),
        }
