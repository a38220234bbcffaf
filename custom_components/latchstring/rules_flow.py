"""The steps in which an owner sets a share's rules, one at a time."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
import voluptuous as vol

from .chosen import kept, told_gone, told_own
from .const import (
    CONF_ALARMS,
    CONF_NEVER,
    CONF_OPENINGS,
    CONF_PURPOSES,
    CONF_SCHEDULE,
    CONF_WHEN,
)
from .core.model import Opening
from .core.pairing import Purpose
from .core.text import escape_markdown
from .limits import limits_from, limits_schema, limits_shown
from .nevers import (
    alerts_from,
    clear_fields,
    clear_problems,
    clear_schema,
    clear_shown,
    never_from,
    never_keys,
    never_problem,
    never_schema,
    never_shown,
)
from .occasions import (
    OPENINGS_SCHEMA,
    WHEN_SCHEMA,
    alarm_from,
    alarm_problem,
    alarm_schema,
    alarm_shown,
    openings_from,
    openings_problem,
    openings_shown,
    schedule_from,
    schedule_problem,
    schedule_schema,
    schedule_shown,
    schedules,
    when_shown,
)
from .paired import accepted_offer
from .words import Words

type Step = Callable[[], Awaitable[SubentryFlowResult]]


class RulesFlow(ConfigSubentryFlow, ABC):
    """Each part is asked by itself; `answers` holds what was said, and nothing of the parts that were not asked."""

    _camera_name: str

    def __init__(self) -> None:
        """Nothing is said yet."""
        self._answers: dict[str, Any] = {}
        self._ahead: list[Step] = []
        self._never: list[str] = []

    @abstractmethod
    async def _async_answered(self) -> SubentryFlowResult:
        """Go on when a part is asked to its end."""

    @property
    def _rules(self) -> Mapping[str, Any]:
        """What holds when this dialog is done: what is kept, and above it what was said."""
        if self.source != SOURCE_RECONFIGURE:
            return self._answers
        return {**self._get_reconfigure_subentry().data, **self._answers}

    @property
    def _purposes(self) -> tuple[Purpose, ...]:
        return accepted_offer(self._get_entry()).agreement.terms.purposes

    async def _async_next(self) -> SubentryFlowResult:
        if not self._ahead:
            return await self._async_answered()
        return await self._ahead.pop(0)()

    def _ask(
        self,
        step_id: str,
        schema: vol.Schema,
        known: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        **told: str,
    ) -> SubentryFlowResult:
        is_last = self.source == SOURCE_RECONFIGURE and not self._ahead
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, known),
            errors=errors,
            description_placeholders={**self._named(), **told},
            last_step=None if is_last else False,
        )

    def _named(self) -> dict[str, str]:
        return {
            "hub": escape_markdown(self._get_entry().title),
            "camera": escape_markdown(self._camera_name),
        }

    async def _async_gone(self, keys: Iterable[str]) -> str:
        return told_gone(self.hass, await Words.load(self.hass), keys)

    async def _async_own(self, keys: Iterable[str]) -> str:
        return told_own(self.hass, await Words.load(self.hass), keys)

    async def async_step_openings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whether its switch alone opens it, or only something else beside."""
        if user_input is None:
            return self._ask("openings", WHEN_SCHEMA, when_shown(self._rules))
        if user_input[CONF_WHEN] != Opening.ALWAYS:
            return await self.async_step_only_when()
        self._answers |= openings_from([Opening.ALWAYS])
        return await self._async_next()

    async def async_step_only_when(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what opens it, and go on with what that needs."""
        if user_input is None:
            known = openings_shown(self._rules)
            return self._ask("only_when", OPENINGS_SCHEMA, known)
        chosen = user_input.get(CONF_OPENINGS, [])
        if problem := openings_problem(self.hass, chosen):
            return self._ask(
                "only_when", OPENINGS_SCHEMA, user_input, {CONF_OPENINGS: problem}
            )
        self._answers |= openings_from(chosen)
        needs: dict[Opening, Step] = {
            Opening.SCHEDULE: self.async_step_schedule,
            Opening.ALARM: self.async_step_alarm,
        }
        self._ahead = [step for opening, step in needs.items() if opening in chosen]
        return await self._async_next()

    async def async_step_schedule(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the schedule."""
        known, errors, own = user_input, {}, ""
        if known is None:
            known = schedule_shown(self.hass, self._rules)
        elif own := await self._async_own([known[CONF_SCHEDULE]]):
            errors[CONF_SCHEDULE] = "own_entity"
        elif problem := schedule_problem(self.hass, known[CONF_SCHEDULE]):
            errors[CONF_SCHEDULE] = problem
        else:
            self._answers |= schedule_from(self.hass, known)
            return await self._async_next()
        gone = await self._async_gone(schedules(self._rules))
        schema = schedule_schema(self.hass)
        return self._ask("schedule", schema, known, errors, gone=gone, own=own)

    async def async_step_alarm(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which alarms open it, and for how long."""
        known, errors, own = user_input, {}, ""
        if known is None:
            known = alarm_shown(self.hass, self._rules)
        elif own := await self._async_own(known.get(CONF_ALARMS, [])):
            errors[CONF_ALARMS] = "own_entity"
        elif problem := alarm_problem(self.hass, known.get(CONF_ALARMS, [])):
            errors[CONF_ALARMS] = problem
        else:
            self._answers |= alarm_from(self.hass, known, self._rules)
            return await self._async_next()
        gone = await self._async_gone(self._rules.get(CONF_ALARMS, ()))
        schema = alarm_schema(self.hass)
        return self._ask("alarm", schema, known, errors, gone=gone, own=own)

    async def async_step_never(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask while what it never opens, and go on with what counts as clear."""
        known, errors, own = user_input, {}, ""
        before = never_keys(self._rules)
        if known is None:
            known = never_shown(self.hass, self._rules)
        else:
            self._never = kept(self.hass, known.get(CONF_NEVER, []), before)
            if own := await self._async_own(self._never):
                errors[CONF_NEVER] = "own_entity"
            elif problem := never_problem(self.hass, self._never, before):
                errors[CONF_NEVER] = problem
            else:
                self._answers |= alerts_from(known)
                return await self._async_never_chosen()
        gone = await self._async_gone(before)
        schema = never_schema(self.hass)
        return self._ask("never", schema, known, errors, gone=gone, own=own)

    async def _async_never_chosen(self) -> SubentryFlowResult:
        if clear_fields(self.hass, self._never):
            return await self.async_step_clear()
        self._answers |= never_from(self._never, {}, self._rules)
        return await self._async_next()

    async def async_step_clear(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask in which states of each it may open."""
        fields = clear_fields(self.hass, self._never)
        known, errors = user_input, {}
        if known is None:
            known = clear_shown(self.hass, fields, self._rules)
        else:
            known = {caption: known.get(caption, []) for caption in fields}
            if not (errors := clear_problems(known)):
                clear = {fields[caption]: states for caption, states in known.items()}
                self._answers |= never_from(self._never, clear, self._rules)
                return await self._async_next()
        return self._ask("clear", clear_schema(self.hass, fields), known, errors)

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what a viewer who is let in is held to."""
        known, errors = user_input, {}
        if known is None:
            known = limits_shown(self._rules, self._purposes)
        elif not known.get(CONF_PURPOSES):
            errors[CONF_PURPOSES] = "purpose_needed"
        else:
            self._answers |= limits_from(known, self._purposes)
            return await self._async_next()
        return self._ask("limits", limits_schema(self._purposes), known, errors)
