"""The steps of the pairing flow that list cameras."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    TextSelector,
)
import voluptuous as vol

from ..core.pairing import Discovery
from ..core.text import escape_markdown
from ..localize import Sentences
from .camera_check import (
    MOST_CAMERAS,
    Examination,
    ExaminedCamera,
    cameras_by_caption,
)
from .camera_description import async_descriptions, findings
from .labels import clean_label, label_problems, neutral_labels

CONF_CAMERAS: Final = "cameras"
CAMERAS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_CAMERAS, default=[]): EntitySelector(
            EntitySelectorConfig(filter={"domain": "camera"}, multiple=True)
        )
    }
)


class CamerasFlow(ConfigFlow, ABC):
    """Asks which cameras to list, examines them, and asks for the labels the hub will see."""

    _discovery: Discovery
    _examination: Examination
    _examined: tuple[ExaminedCamera, ...]
    _listed: Sequence[tuple[ExaminedCamera, str]] = ()

    @abstractmethod
    async def async_step_people(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Continue with the listed cameras."""

    async def async_step_cameras(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which cameras to list; there may be none."""
        if user_input is None:
            return self._ask_for_cameras({})
        cameras = dict.fromkeys(user_input[CONF_CAMERAS])
        if len(cameras) > MOST_CAMERAS:
            return self._ask_for_cameras(user_input, {CONF_CAMERAS: "too_many_cameras"})
        self._examination = await Examination.begin(self.hass, cameras)
        return await self.async_step_examine()

    def _ask_for_cameras(
        self, chosen: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="cameras",
            data_schema=self.add_suggested_values_to_schema(CAMERAS_SCHEMA, chosen),
            errors=errors,
            description_placeholders={
                **self._hub_placeholder(),
                "most": str(MOST_CAMERAS),
            },
            last_step=False,
        )

    async def async_step_examine(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show progress while the cameras are examined."""
        return self._examination.show(self, step_id="examine", then="findings")

    async def async_step_findings(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the cameras that cannot be listed or are offline; the owner continues or goes back."""
        self._examined = self._examination.result()
        words = await Sentences.load(self.hass)
        if not (notes := findings(words, self._examined)):
            return await self.async_step_labels()
        return self.async_show_menu(
            step_id="findings",
            menu_options=["labels", "cameras"],
            description_placeholders={"findings": notes},
        )

    async def async_step_labels(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the labels under which the hub will see the cameras."""
        cameras = cameras_by_caption(self._examined)
        if not cameras:
            return await self.async_step_people()
        words = await Sentences.load(self.hass)
        if user_input is None:
            labels = dict(zip(cameras, neutral_labels(words, ()), strict=False))
            return await self._async_ask_for_labels(words, labels)
        labels = {field: clean_label(user_input[field]) for field in cameras}
        if problems := label_problems(labels):
            return await self._async_ask_for_labels(words, labels, problems)
        self._listed = [(camera, labels[field]) for field, camera in cameras.items()]
        return await self.async_step_people()

    async def _async_ask_for_labels(
        self,
        words: Sentences,
        labels: Mapping[str, str],
        errors: dict[str, str] | None = None,
    ) -> ConfigFlowResult:
        hub = self._hub_placeholder()
        cameras = cameras_by_caption(self._examined).values()
        return self.async_show_form(
            step_id="labels",
            data_schema=vol.Schema(
                {
                    vol.Required(field, default=label): TextSelector()
                    for field, label in labels.items()
                }
            ),
            errors=errors,
            description_placeholders={
                **hub,
                "switch": words.entity_name("switch", "sharing", **hub),
                "cameras": await async_descriptions(self.hass, words, cameras),
            },
            last_step=False,
        )

    def _hub_placeholder(self) -> dict[str, str]:
        return {"hub": escape_markdown(self._discovery.name)}
