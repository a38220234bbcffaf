"""The questions of a share's dialog: each form with its suggested values, its errors, and the data stored of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..settings.hub import accepted_offer
from ..tracking.composition import Composition
from ..tracking.reference import entity_id_of, is_there, name_of, names_of

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigSubentry
    from homeassistant.core import HomeAssistant
    import voluptuous as vol

    from ..core.pairing import Purpose
    from ..localize import Sentences

type Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """What the functions of a question get.

    `share` is the one that is changed; None: it is being added. `answers` is what this dialog will store,
    `form_answers` what the forms of the current part returned, some of which is not stored.
    """

    hass: HomeAssistant
    words: Sentences
    entry: ConfigEntry
    share: ConfigSubentry | None
    answers: Values
    form_answers: Values

    @property
    def is_new(self) -> bool:
        """Return whether the share is being added."""
        return self.share is None

    @property
    def rules(self) -> Values:
        """Return the share's rules as they will be after this dialog: the stored ones, replaced by the answers."""
        return {**(self.share.data if self.share else {}), **self.answers}

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """Return the purposes that the hub's agreement names."""
        return accepted_offer(self.entry).agreement.terms.purposes


def no_errors(_dialog: Dialog, _answer: Values) -> dict[str, str]:
    """Return no error: any answer that fits the schema is accepted."""
    return {}


def always(_dialog: Dialog) -> bool:
    """Return True: the question is asked whatever was answered before it."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityField:
    """A field in which entities are chosen. None of ours is accepted, nor one made of ours.

    `selection` returns the entities of an answer, `current` those that the rules name already.
    """

    name: str
    selection: Callable[[Dialog, Values], Sequence[str]]
    current: Callable[[Values], Sequence[str]]

    def missing_note(self, dialog: Dialog) -> str:
        """Return which of the current entities are gone and what to do, in Markdown; empty if none is."""
        hass = dialog.hass
        keys = self.current(dialog.rules)
        missing = [key for key in keys if not is_there(hass, key)]
        if not missing:
            return ""
        return dialog.words.say("chosen", "gone", entities=names_of(hass, missing))

    def own_note(self, dialog: Dialog, answer: Values) -> str:
        """Return which entities of an answer are ours or made of ours, in plain text; empty if none is."""
        hass = dialog.hass
        return " ".join(
            dialog.words.say(
                "own",
                "is" if ours == {entity_id_of(hass, key)} else "holds",
                entity=name_of(hass, key),
                own=", ".join(name_of(hass, each) for each in sorted(ours)),
            )
            for key in self.selection(dialog, answer)
            if (ours := Composition.read(hass, key).ours)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One form: its fields, the values suggested in them, the errors of an answer, and the data stored of it.

    `is_asked` is called when a question before it in the same part was answered.
    """

    step_id: str
    schema: Callable[[Dialog], vol.Schema]
    suggested_values: Callable[[Dialog], Values]
    data: Callable[[Dialog, Values], Values]
    errors: Callable[[Dialog, Values], dict[str, str]] = no_errors
    is_asked: Callable[[Dialog], bool] = always
    entities: EntityField | None = None

    def check(self, dialog: Dialog, answer: Values) -> dict[str, str]:
        """Return the error of each field whose answer is not accepted."""
        if self.entities and self.entities.own_note(dialog, answer):
            return {self.entities.name: "own_entity"}
        return self.errors(dialog, answer)

    def placeholders(self, dialog: Dialog, answer: Values | None) -> dict[str, str]:
        """Return what the form says of entities that are gone, and of chosen ones that are not accepted."""
        if self.entities is None:
            return {}
        return {
            "gone": self.entities.missing_note(dialog),
            "own": "" if answer is None else self.entities.own_note(dialog, answer),
        }
