"""The steps of a share's dialog that ask a `Question` each, and the order of them."""

from abc import ABC, abstractmethod
from itertools import chain
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)

from ...core.text import escape_markdown
from ...localize import Sentences
from ..camera_details import DETAIL_QUESTIONS
from ..questions import Dialog, Question, Values
from .limits import LIMIT_QUESTIONS
from .never import NEVER_QUESTIONS
from .openings import OPENING_QUESTIONS

PARTS: Final = (
    DETAIL_QUESTIONS,
    OPENING_QUESTIONS,
    NEVER_QUESTIONS,
    LIMIT_QUESTIONS,
)
"""In each part a question is followed by the next one that is asked; a part has the name of its first step."""

QUESTIONS: Final = {each.step_id: each for each in chain(*PARTS)}
NEXT_QUESTIONS: Final = {
    each.step_id: part[position:]
    for part in PARTS
    for position, each in enumerate(part, start=1)
}
PART_OF: Final = {each.step_id: part[0].step_id for part in PARTS for each in part}


class RulesFlow(ConfigSubentryFlow, ABC):
    """Asks the questions of each part. `_answers` is the data to store, only of the parts that were asked."""

    _camera_name: str

    def __init__(self) -> None:
        self._answers: dict[str, Any] = {}
        self._form_answers: dict[str, Any] = {}

    @abstractmethod
    async def _async_part_done(self, part: str) -> SubentryFlowResult:
        """Continue after the last question of a part."""

    async def _async_dialog(self) -> Dialog:
        is_change = self.source == SOURCE_RECONFIGURE
        return Dialog(
            hass=self.hass,
            words=await Sentences.load(self.hass),
            entry=self._get_entry(),
            share=self._get_reconfigure_subentry() if is_change else None,
            answers=self._answers,
            form_answers=self._form_answers,
        )

    async def _async_step(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        """Ask a question, again if its answer is not accepted, and continue with the next one."""
        question, dialog = QUESTIONS[step_id], await self._async_dialog()
        if user_input is None:
            return self._ask(question, dialog)
        if errors := question.check(dialog, user_input):
            return self._ask(question, dialog, user_input, errors)
        self._answers = {**self._answers, **question.data(dialog, user_input)}
        self._form_answers = {**self._form_answers, **user_input}
        return await self._async_next(step_id)

    async def _async_next(self, step_id: str) -> SubentryFlowResult:
        dialog = await self._async_dialog()
        for question in NEXT_QUESTIONS[step_id]:
            if question.is_asked(dialog):
                return self._ask(question, dialog)
        self._form_answers = {}
        return await self._async_part_done(PART_OF[step_id])

    def _ask(
        self,
        question: Question,
        dialog: Dialog,
        answer: Values | None = None,
        errors: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        """Show a form, with the answer in it if that was not accepted."""
        schema = question.schema(dialog)
        suggested_values = (
            question.suggested_values(dialog) if answer is None else answer
        )
        leads_on = any(
            each.is_asked(dialog) for each in NEXT_QUESTIONS[question.step_id]
        )
        return self.async_show_form(
            step_id=question.step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested_values),
            errors=errors,
            description_placeholders={
                **self._name_placeholders(),
                **question.placeholders(dialog, answer),
            },
            last_step=False if dialog.is_new or leads_on else None,
        )

    def _name_placeholders(self) -> dict[str, str]:
        return {
            "hub": escape_markdown(self._get_entry().title),
            "camera": escape_markdown(self._camera_name),
        }

    async def async_step_details(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the label, and whether the hub is told a rough place."""
        return await self._async_step("details", user_input)

    async def async_step_place(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the rough place."""
        return await self._async_step("place", user_input)

    async def async_step_openings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whether the switch alone opens it, or only what the next question asks for."""
        return await self._async_step("openings", user_input)

    async def async_step_only_when(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the openings."""
        return await self._async_step("only_when", user_input)

    async def async_step_schedule(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the schedule."""
        return await self._async_step("schedule", user_input)

    async def async_step_alarm(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the alarms, and for how long they open."""
        return await self._async_step("alarm", user_input)

    async def async_step_never(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the entities that keep it closed."""
        return await self._async_step("never", user_input)

    async def async_step_clear(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the clear states of each of these entities."""
        return await self._async_step("clear", user_input)

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the limits of its viewers."""
        return await self._async_step("limits", user_input)
