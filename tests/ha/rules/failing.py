"""What stands between a change and what is cut and shown, and can fail there: one part of a house at a time, once."""
# ruff: noqa: SLF001 - a failure is made inside

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.helpers.entity_component import DATA_INSTANCES

if TYPE_CHECKING:
    from custom_components.latchstring.gate.carrier import Carrier
    from custom_components.latchstring.runtime.hub import HubRuntime

    from .driven import DrivenHouse


class Injected(Exception):
    """Raised by a part that is made to fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where it fails: about one entity that rules name, by its key, at one hub, about one of its cameras."""

    house: DrivenHouse
    number: int
    label: str
    key: str

    @property
    def runtime(self) -> HubRuntime:
        runtime: HubRuntime = self.house.entries[self.number].runtime_data
        return runtime

    @property
    def share_id(self) -> str:
        return self.house.share_id(self.number, self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A method of a part of a house. `of_all`: what fails there concerns all hubs, and not only one."""

    find: Callable[[Spot], object | None]
    method: str
    of_all: bool = False


def _never(spot: Spot) -> object | None:
    monitor = spot.runtime.household.entity_monitors._monitors.get(spot.key)
    return monitor and monitor._never


def _members(spot: Spot) -> object | None:
    monitor = spot.runtime.household.entity_monitors._monitors.get(spot.key)
    return monitor and monitor._members


def _carrier(spot: Spot) -> Carrier | None:
    carriers = spot.runtime.gate._carriers._by_session.values()
    return next((each for each in carriers if each.share_id == spot.share_id), None)


def _upload(spot: Spot) -> object | None:
    carrier = _carrier(spot)
    return carrier and carrier._upload


def _shown(key: str) -> Callable[[Spot], object | None]:
    def find(spot: Spot) -> object | None:
        entity_id = spot.house.entity(spot.number, key, spot.label)
        components = spot.house.hass.data[DATA_INSTANCES]
        entity: object = components["binary_sensor"].get_entity(entity_id)
        return entity

    return find


PARTS: Final[Mapping[str, Part]] = {
    "what an entity says": Part(find=_never, method="state_changed", of_all=True),
    "what an entity is made of": Part(find=_members, method="look_again", of_all=True),
    "a hub's index": Part(
        find=lambda spot: spot.runtime._inputs.rules, method="entity_changed"
    ),
    "a hub's openings": Part(find=lambda spot: spot.runtime.openings, method="_keep"),
    "a hub's facts": Part(find=lambda spot: spot.runtime.decisions, method="_facts"),
    "a hub's gate": Part(find=lambda spot: spot.runtime.gate, method="reconsider"),
    "a carrier": Part(find=_carrier, method="cut"),
    "an upload": Part(find=_upload, method="cut"),
    "viewable": Part(find=_shown("viewable"), method="async_write_ha_state"),
    "being watched": Part(find=_shown("being_watched"), method="async_write_ha_state"),
}
"""By what each is called here."""


class Failing:
    """Says whether the part that is made to fail was asked."""

    has_failed = False


@contextmanager
def fails_once(part: Part, spot: Spot) -> Iterator[Failing]:
    """Let the next call of a part raise, and whatever is called after that do as it always does."""
    failing, owner = Failing(), part.find(spot)
    if owner is None:  # nobody monitors, or nobody names the entity
        yield failing
        return
    does = getattr(owner, part.method)

    def fail(*args: object, **kwargs: object) -> object:
        if failing.has_failed:
            return does(*args, **kwargs)
        failing.has_failed = True
        raise Injected

    setattr(owner, part.method, fail)
    try:
        yield failing
    finally:
        setattr(owner, part.method, does)


class Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def take_injected(self) -> list[str]:
        """Give who logged a failure that was made, and keep the others."""
        injected = [each for each in self.records if _is_injected(each)]
        self.records = [each for each in self.records if not _is_injected(each)]
        return [each.name for each in injected]

    def told(self) -> list[str]:
        """Give what was logged."""
        return [f"{each.name}: {each.getMessage()}" for each in self.records]


def _is_injected(record: logging.LogRecord) -> bool:
    return record.exc_info is not None and isinstance(record.exc_info[1], Injected)
