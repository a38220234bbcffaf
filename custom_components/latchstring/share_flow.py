"""Listing one camera for a hub, or changing how it is listed."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .cameras import device_of, hub_beside
from .const import CONF_CAMERA, CONF_LABEL, CONF_OPENINGS, CONF_PLACE
from .core.model import Opening
from .core.text import escape_markdown
from .following import entity_id_of
from .labels import clean_label, label_problem, neutral_labels
from .listing import (
    Examination,
    Examined,
    camera_key,
    camera_name,
    reason,
    share_data,
)
from .places import OutOfRangeError, place_from, place_schema
from .words import Words

NO_PLACE: Final = "none"
COARSE_PLACE: Final = "coarse"

CAMERA_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_CAMERA): EntitySelector(
            EntitySelectorConfig(filter={"domain": "camera"})
        )
    }
)


def _one_of(options: list[str], translation_key: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            translation_key=translation_key,
            mode=SelectSelectorMode.LIST,
        )
    )


DETAILS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_LABEL): TextSelector(),
        vol.Required(CONF_PLACE): _one_of([NO_PLACE, COARSE_PLACE], CONF_PLACE),
    }
)
OPENINGS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_OPENINGS, default=Opening.ALWAYS): _one_of(
            [Opening.ALWAYS], CONF_OPENINGS
        )
    }
)


class ShareFlow(ConfigSubentryFlow):
    """A new share is kept at its last step; a changed one when its answers are in."""

    _examination: Examination
    _camera: Examined
    _label: str
    _opening: Opening
    _place: dict[str, Any] | None = None

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the camera."""
        if user_input is None:
            return self._ask_for_camera()
        entity_id = user_input[CONF_CAMERA]
        listed = {share.unique_id for share in self._get_entry().subentries.values()}
        if camera_key(self.hass, entity_id) in listed:
            return self.async_abort(reason="already_configured")
        self._examination = await Examination.begin(self.hass, [entity_id])
        return await self.async_step_examine()

    def _ask_for_camera(self, why_not: str = "") -> SubentryFlowResult:
        return self.async_show_form(
            step_id="user",
            data_schema=CAMERA_SCHEMA,
            errors={CONF_CAMERA: "cannot_be_relayed"} if why_not else {},
            description_placeholders={**self._hub_placeholder(), "reason": why_not},
            last_step=False,
        )

    async def async_step_examine(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show that the camera is being looked at."""
        if not self._examination.is_over:
            return self.async_show_progress(
                step_id="examine",
                progress_action="examine",
                progress_task=self._examination.shown,
            )
        return self.async_show_progress_done(next_step_id="examined")

    async def async_step_examined(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go on with a camera that can be listed."""
        (self._camera,) = self._examination.result()
        if self._camera.can_be_listed:
            return await self.async_step_details()
        words = await Words.load(self.hass)
        return self._ask_for_camera(reason(words, self._camera))

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask the same again, with the answers there are."""
        return await self.async_step_details(user_input)

    async def async_step_details(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the label, and whether to tell a rough place."""
        if user_input is None:
            return self._ask_for_details(await self._known_details())
        label = clean_label(user_input[CONF_LABEL])
        if problem := label_problem(label, self._other_labels()):
            return self._ask_for_details(user_input, {CONF_LABEL: problem})
        self._label = label
        if user_input[CONF_PLACE] == COARSE_PLACE:
            return await self.async_step_place()
        return await self._async_answered()

    def _ask_for_details(
        self, details: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id="details",
            data_schema=self.add_suggested_values_to_schema(DETAILS_SCHEMA, details),
            errors=errors,
            description_placeholders={
                **self._hub_placeholder(),
                "camera": escape_markdown(self._camera_name()),
            },
        )

    def _camera_name(self) -> str:
        if self.source == SOURCE_USER:
            return self._camera.name
        camera: str = self._get_reconfigure_subentry().data[CONF_CAMERA]
        return camera_name(self.hass, entity_id_of(self.hass, camera) or camera)

    async def _known_details(self) -> dict[str, Any]:
        if self.source != SOURCE_USER:
            share = self._get_reconfigure_subentry().data
            return {
                CONF_LABEL: share[CONF_LABEL],
                CONF_PLACE: COARSE_PLACE if share[CONF_PLACE] else NO_PLACE,
            }
        words = await Words.load(self.hass)
        return {
            CONF_LABEL: next(neutral_labels(words, self._other_labels())),
            CONF_PLACE: NO_PLACE,
        }

    def _other_labels(self) -> set[str]:
        own = None if self.source == SOURCE_USER else self._reconfigure_subentry_id
        return {
            share.data[CONF_LABEL]
            for share in self._get_entry().subentries.values()
            if share.subentry_id != own
        }

    async def async_step_place(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the rough place; what is kept is rounded to its radius."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._place = place_from(user_input)
            except OutOfRangeError:
                errors["location"] = "radius_out_of_range"
            else:
                return await self._async_answered()
        return self.async_show_form(
            step_id="place",
            data_schema=place_schema(self.hass, self._known_place()),
            errors=errors,
            description_placeholders=self._hub_placeholder(),
        )

    def _known_place(self) -> Mapping[str, Any] | None:
        if self.source == SOURCE_USER:
            return None
        place: Mapping[str, Any] | None
        place = self._get_reconfigure_subentry().data[CONF_PLACE]
        return place

    async def _async_answered(self) -> SubentryFlowResult:
        if self.source == SOURCE_USER:
            return await self.async_step_openings()
        return self.async_update_and_abort(
            self._get_entry(),
            self._get_reconfigure_subentry(),
            title=self._label,
            data_updates={
                CONF_LABEL: self._label,
                CONF_PLACE: self._place,
            },
        )

    async def async_step_openings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask when it may open."""
        if user_input is None:
            return self.async_show_form(
                step_id="openings",
                data_schema=OPENINGS_SCHEMA,
                description_placeholders={"camera": escape_markdown(self._camera.name)},
                last_step=False,
            )
        self._opening = Opening(user_input[CONF_OPENINGS])
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Name the switch and where it stands. Then the share is kept, closed."""
        if user_input is None:
            return await self._async_show_confirm()
        return self.async_create_entry(
            title=self._label,
            data=share_data(
                self._camera,
                label=self._label,
                place=self._place,
                opening=self._opening,
            ),
            unique_id=self._camera.camera,
        )

    async def _async_show_confirm(self) -> SubentryFlowResult:
        words = await Words.load(self.hass)
        camera, hub = self._camera.camera, self._get_entry().title
        device = device_of(self.hass, camera)
        shown_hub = escape_markdown(hub_beside(self.hass, camera, hub, self._label))
        named = device and (device.name_by_user or device.name)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                "hub": escape_markdown(hub),
                "camera": escape_markdown(self._camera.name),
                "label": escape_markdown(self._label),
                "switch": words.entity_name("switch", "sharing", hub=shown_hub),
                "device": escape_markdown(named or self._label),
                "reason": reason(words, self._camera),
            },
            last_step=True,
        )

    def _hub_placeholder(self) -> dict[str, str]:
        return {"hub": escape_markdown(self._get_entry().title)}
