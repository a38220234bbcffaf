"""The subentry flow of a share: it lists a camera for a hub, or changes the rules of one that is listed."""

from collections.abc import Collection
from typing import Any, override

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.const import Platform
import voluptuous as vol

from ..const import CONF_CAMERA, CONF_LABEL
from ..core.text import escape_markdown
from ..localize import Sentences
from ..tracking.devices import device_of, hub_name_on_device
from ..tracking.reference import keys_of, name_of
from .camera_check import MOST_CAMERAS, Examination, ExaminedCamera, share_data
from .camera_description import async_description, reason
from .camera_details import current_details, current_label_errors
from .rules.steps import QUESTIONS, RulesFlow
from .selectors import LenientEntitySelector
from .summary import summary


class ShareFlow(RulesFlow):
    """Stores a new share at the last step, and a changed one after the last question of each part."""

    _examination: Examination
    _camera: ExaminedCamera

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the camera."""
        if self._is_full:
            return self._abort_full()
        if user_input is None:
            return self._ask_for_camera()
        entity_id = user_input[CONF_CAMERA]
        if self._listed([entity_id]):
            return self.async_abort(reason="already_configured")
        self._examination = await Examination.begin(self.hass, [entity_id])
        return await self.async_step_examine()

    @property
    def _is_full(self) -> bool:
        return len(self._get_entry().subentries) >= MOST_CAMERAS

    def _abort_full(self) -> SubentryFlowResult:
        return self.async_abort(
            reason="too_many_cameras",
            description_placeholders={
                **self._hub_placeholder(),
                "most": str(MOST_CAMERAS),
            },
        )

    def _listed(self, cameras: Collection[str]) -> list[str]:
        """Return which of these the hub lists already."""
        listed = {share.unique_id for share in self._get_entry().subentries.values()}
        return [each for each in cameras if listed & keys_of(self.hass, each)]

    def _ask_for_camera(self, why_not: str = "") -> SubentryFlowResult:
        """Offer the cameras that are not listed yet. One that another dialog lists meanwhile is refused when chosen."""
        cameras = self.hass.states.async_entity_ids(Platform.CAMERA)
        listed = self._listed(cameras)
        if len(listed) == len(cameras):
            return self.async_abort(
                reason="no_camera_left",
                description_placeholders=self._hub_placeholder(),
            )
        offered = LenientEntitySelector.excluding(
            listed, Platform.CAMERA, multiple=False
        )
        return self.async_show_form(
            step_id="user",
            data_schema=vol.Schema({vol.Required(CONF_CAMERA): offered}),
            errors={CONF_CAMERA: "cannot_be_relayed"} if why_not else {},
            description_placeholders={**self._hub_placeholder(), "reason": why_not},
            last_step=False,
        )

    async def async_step_examine(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show progress while the camera is examined."""
        return self._examination.show(self, step_id="examine", then="examined")

    async def async_step_examined(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Continue with a camera that can be listed, or ask for another."""
        (self._camera,) = self._examination.result()
        self._camera_name = self._camera.name
        if self._camera.can_be_listed:
            return await self.async_step_details()
        words = await Sentences.load(self.hass)
        return self._ask_for_camera(reason(words, self._camera))

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the current rules, and ask which part to change."""
        camera: str = self._get_reconfigure_subentry().data[CONF_CAMERA]
        self._camera_name = name_of(self.hass, camera)
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["details", "openings", "never", "limits"],
            description_placeholders=await self._async_placeholders(),
        )

    async def _async_placeholders(self) -> dict[str, str]:
        dialog = await self._async_dialog()
        return {
            **self._name_placeholders(),
            "label": escape_markdown(dialog.rules[CONF_LABEL]),
            "rules": summary(dialog),
        }

    @override
    async def _async_part_done(self, part: str) -> SubentryFlowResult:
        if self.source != SOURCE_USER:
            return await self._async_save()
        if part == "details":
            return await self.async_step_openings()
        return await self.async_step_confirm()

    async def _async_save(self) -> SubentryFlowResult:
        if CONF_LABEL in self._answers and (form := await self._async_ask_for_label()):
            return form
        subentry = self._get_reconfigure_subentry()
        data = {**subentry.data, **self._answers}
        self.hass.config_entries.async_update_subentry(
            self._get_entry(), subentry, title=data[CONF_LABEL], data=data
        )
        return self.async_abort(reason="saved")

    async def _async_ask_for_label(self) -> SubentryFlowResult | None:
        """Return the form of the label again if another dialog has given it to another camera meanwhile."""
        dialog = await self._async_dialog()
        if not (errors := current_label_errors(dialog)):
            return None
        return self._ask(QUESTIONS["details"], dialog, current_details(dialog), errors)

    async def async_step_confirm(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the rules to be stored, the switch and its device, and offer the other parts."""
        words = await Sentences.load(self.hass)
        camera, hub = self._camera.camera, self._get_entry().title
        label: str = self._answers[CONF_LABEL]
        device = device_of(self.hass, camera)
        switch_hub = escape_markdown(hub_name_on_device(self.hass, camera, hub, label))
        device_name = device and (device.name_by_user or device.name)
        return self.async_show_menu(
            step_id="confirm",
            menu_options=["finish", "never", "limits"],
            description_placeholders={
                **await self._async_placeholders(),
                "switch": words.entity_name("switch", "sharing", hub=switch_hub),
                "device": escape_markdown(device_name or label),
                "video": await async_description(self.hass, words, self._camera),
            },
        )

    async def async_step_finish(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Store the share; its switch is off."""
        form = await self._async_ask_for_label()
        # Only now, as that waits: another dialog may have listed the last camera that there was room for.
        if self._is_full:
            return self._abort_full()
        if form:
            return form
        return self.async_create_entry(
            title=self._answers[CONF_LABEL],
            data=share_data(self._camera, self._answers),
            unique_id=self._camera.camera,
        )

    def _hub_placeholder(self) -> dict[str, str]:
        return {"hub": escape_markdown(self._get_entry().title)}
