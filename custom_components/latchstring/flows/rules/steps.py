"""The steps of a share's dialog in which its owner is asked: every form is a `Question`."""

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
"""In each part a question leads to the next one that is asked; a part goes by the name of its first step."""

QUESTIONS: Final = {each.step_id: each for each in chain(*PARTS)}
FOLLOWING: Final = {
    each.step_id: part[position:]
    for part in PARTS
    for position, each in enumerate(part, start=1)
}
PART_OF: Final = {each.step_id: part[0].step_id for part in PARTS for each in part}


class RulesFlow(ConfigSubentryFlow, ABC):
    """Each part is asked by itself; `_answers` holds what will be kept, and nothing of parts that were not asked."""

    _camera_name: str

    def __init__(self) -> None:
        self._answers: dict[str, Any] = {}
        self._given: dict[str, Any] = {}

    @abstractmethod
    async def _async_answered(self, part: str) -> SubentryFlowResult:
        """Go on when a part is asked to its end."""

    async def _async_dialog(self) -> Dialog:
        is_change = self.source == SOURCE_RECONFIGURE
        return Dialog(
            hass=self.hass,
            words=await Sentences.load(self.hass),
            entry=self._get_entry(),
            share=self._get_reconfigure_subentry() if is_change else None,
            answers=self._answers,
            given=self._given,
        )

    async def _async_step(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        """Ask a question, again where its answer cannot be taken, and go on to what follows from it."""
        question, dialog = QUESTIONS[step_id], await self._async_dialog()
        if user_input is None:
            return self._ask(question, dialog)
        if errors := question.check(dialog, user_input):
            return self._ask(question, dialog, user_input, errors)
        self._answers = {**self._answers, **question.kept(dialog, user_input)}
        self._given = {**self._given, **user_input}
        return await self._async_next(step_id)

    async def _async_next(self, step_id: str) -> SubentryFlowResult:
        dialog = await self._async_dialog()
        for question in FOLLOWING[step_id]:
            if question.is_asked(dialog):
                return self._ask(question, dialog)
        self._given = {}
        return await self._async_answered(PART_OF[step_id])

    def _ask(
        self,
        question: Question,
        dialog: Dialog,
        answer: Values | None = None,
        errors: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        """Show a form, with what was answered where that cannot be taken."""
        schema = question.schema(dialog)
        shown = question.shown(dialog) if answer is None else answer
        leads_on = any(each.is_asked(dialog) for each in FOLLOWING[question.step_id])
        return self.async_show_form(
            step_id=question.step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders={
                **self._named(),
                **question.placeholders(dialog, answer),
            },
            last_step=False if dialog.is_new or leads_on else None,
        )

    def _named(self) -> dict[str, str]:
        return {
            "hub": escape_markdown(self._get_entry().title),
            "camera": escape_markdown(self._camera_name),
        }

    async def async_step_details(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the label, and whether to tell a rough place."""
        return await self._async_step("details", user_input)

    async def async_step_place(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the rough place."""
        return await self._async_step("place", user_input)

    async def async_step_openings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whether its switch alone opens it, or only something else beside."""
        return await self._async_step("openings", user_input)

    async def async_step_only_when(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what opens it."""
        return await self._async_step("only_when", user_input)

    async def async_step_schedule(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the schedule."""
        return await self._async_step("schedule", user_input)

    async def async_step_alarm(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which alarms open it, and for how long."""
        return await self._async_step("alarm", user_input)

    async def async_step_never(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask while what it never opens."""
        return await self._async_step("never", user_input)

    async def async_step_clear(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask in which states of each it may open."""
        return await self._async_step("clear", user_input)

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what a viewer who is let in is held to."""
        return await self._async_step("limits", user_input)
