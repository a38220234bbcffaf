"""Which shares an action means: the cameras that it targets, as far as the hubs that it means know of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import ServiceCall, split_entity_id
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.config_validation import ENTITY_SERVICE_FIELDS
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .const import ATTR_HUB, DOMAIN
from .following import keys_of
from .shares import shares_of
from .undocumented import missing_from

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .core.model import Share
    from .runtime import HubRuntime, LatchstringConfigEntry


ALL: Final = "all"
"""What an action's target says for everything there is."""

type Shares = Mapping[HubRuntime, tuple[Share, ...]]
"""Some shares of each hub, of whatever hub has some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What was found, and what was named and could not be.

    `unknown` are no cameras of this Home Assistant; `unshared` are, but no hub that is meant knows of them.
    """

    shares: Shares
    unknown: tuple[str, ...] = ()
    unshared: tuple[str, ...] = ()

    def require_all(self) -> None:
        """Raise ServiceValidationError for what could not be found, and where nothing was."""
        self.require_found()
        if not self.shares:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="nothing_shared_there"
            )

    def require_found(self) -> None:
        """Raise ServiceValidationError for what was named and could not be found."""
        if self.unknown:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="cameras_unknown",
                translation_placeholders={"cameras": ", ".join(self.unknown)},
            )
        if self.unshared:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="cameras_not_shared",
                translation_placeholders={"cameras": ", ".join(self.unshared)},
            )


def targets_of(call: ServiceCall, *, untargeted: str | None = None) -> Targets:
    """Find the shares of every camera that an action targets: by name, by where it is, or all there are.

    `untargeted` is what is meant where nothing is targeted; without it that raises ServiceValidationError.
    """
    hubs = hubs_of(call)
    if not _is_targeted(call.data) and untargeted is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_target"
        )
    meant_by = call.data.get(ATTR_ENTITY_ID) if _is_targeted(call.data) else untargeted
    if meant_by == ALL:
        every = {runtime: tuple(runtime.shares.values()) for runtime in hubs}
        return Targets(shares=_some(every))
    selected = _select(call.hass, call.data)
    meant = selected.meant
    shares = {
        runtime: tuple(
            share for share in runtime.shares.values() if share.camera in meant
        )
        for runtime in hubs
    }
    shared = {meant[share.camera] for some in shares.values() for share in some}
    return Targets(
        shares=_some(shares),
        unknown=selected.unknown,
        unshared=_sorted(selected.named - shared),
    )


def camera_ids(hass: HomeAssistant, data: Mapping[str, Any]) -> frozenset[str] | None:
    """Give the ids that all hubs know the targeted cameras by; None: no target, or all there are.

    Raises ServiceValidationError for what is no camera, or was never shared under the rules of now.
    """
    if not _is_targeted(data) or data.get(ATTR_ENTITY_ID) == ALL:
        return None
    selected = _select(hass, data)
    known = {
        share.camera_id: selected.meant[share.camera]
        for entry in hass.config_entries.async_entries(DOMAIN)
        for share in shares_of(entry).values()
        if share.camera in selected.meant
    }
    unshared = _sorted(selected.named - {*known.values()})
    Targets(shares={}, unknown=selected.unknown, unshared=unshared).require_found()
    return frozenset(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What a target means: cameras by what stays when they are renamed, those that were `named`, and the rest."""

    meant: Mapping[str, str]
    named: frozenset[str]
    unknown: tuple[str, ...]


def _select(hass: HomeAssistant, data: Mapping[str, Any]) -> Selected:
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(data)))
    named = {each for each in selected.referenced if _is_camera(hass, each)}
    meant = {
        key: each
        for each in named | selected.indirectly_referenced
        for key in keys_of(hass, each)
    }
    return Selected(
        meant=meant,
        named=frozenset(named),
        unknown=_sorted(selected.referenced - named, missing_from(selected)),
    )


def _is_targeted(data: Mapping[str, Any]) -> bool:
    return not data.keys().isdisjoint(ENTITY_SERVICE_FIELDS)


def _some(shares: Shares) -> Shares:
    return {runtime: some for runtime, some in shares.items() if some}


def hubs_of(call: ServiceCall) -> list[HubRuntime]:
    """Give the hub that is named, which must be loaded, or all that are."""
    if ATTR_HUB in call.data:
        entry: LatchstringConfigEntry = async_get_config_entry(
            call.hass, DOMAIN, call.data[ATTR_HUB]
        )
        return [entry.runtime_data]
    loaded = call.hass.config_entries.async_loaded_entries(DOMAIN)
    return [entry.runtime_data for entry in loaded]


def _is_camera(hass: HomeAssistant, entity_id: str) -> bool:
    return split_entity_id(entity_id)[0] == Platform.CAMERA and (
        er.async_get(hass).async_get(entity_id) is not None
        or hass.states.get(entity_id) is not None
    )


def _sorted(*some: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(each for group in some for each in group))
