"""The cameras that a target selects, as Home Assistant reads it: by entity, device, area, floor or label."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.config_validation import ENTITY_SERVICE_FIELDS
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from ..const import DOMAIN
from ..internals import missing_from
from .reference import keys_of

ALL: Final = "all"
"""The entity id by which a target means everything there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedCameras:
    """What a target selects.

    `entity_ids` are by the keys that stay when an entity is renamed, `named` those that the target names one by one.
    What else it names, which does not exist or is no camera, is in `unknown`.
    """

    entity_ids: Mapping[str, str]
    named: frozenset[str]
    unknown: tuple[str, ...]

    def unshared(self, shared: Iterable[str]) -> tuple[str, ...]:
        """Return the cameras that the target names and that are not among the shared ones."""
        return _sorted(self.named.difference(shared))


def select(hass: HomeAssistant, data: Mapping[str, Any]) -> SelectedCameras:
    """Return the cameras that the target of an action or a command means."""
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(data)))
    named = {each for each in selected.referenced if _is_camera(hass, each)}
    entity_ids = {
        key: each
        for each in named | selected.indirectly_referenced
        for key in keys_of(hass, each)
    }
    return SelectedCameras(
        entity_ids=entity_ids,
        named=frozenset(named),
        unknown=_sorted(selected.referenced - named, missing_from(selected)),
    )


def is_targeted(data: Mapping[str, Any]) -> bool:
    """Return whether an action or a command has a target at all."""
    return not data.keys().isdisjoint(ENTITY_SERVICE_FIELDS)


def means_all(data: Mapping[str, Any]) -> bool:
    """Return whether a target means everything there is."""
    return bool(data.get(ATTR_ENTITY_ID) == ALL)


def require_found(*, unknown: Sequence[str], unshared: Sequence[str]) -> None:
    """Raise ServiceValidationError for what a target names and is no camera, or is none that is shared."""
    # One may be named by the empty string: by a template that finds nothing.
    if unknown:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="cameras_unknown",
            translation_placeholders={"cameras": ", ".join(unknown)},
        )
    if unshared:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="cameras_not_shared",
            translation_placeholders={"cameras": ", ".join(unshared)},
        )


def _is_camera(hass: HomeAssistant, entity_id: str) -> bool:
    return split_entity_id(entity_id)[0] == Platform.CAMERA and (
        er.async_get(hass).async_get(entity_id) is not None
        or hass.states.get(entity_id) is not None
    )


def _sorted(*some: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(each for group in some for each in group))
