"""The title of a hub's config entry: two hubs of the same name must not be taken for one."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from ..core.address import origin_of
from ..core.pairing import Discovery
from ..core.text import are_alike, escape_markdown
from ..localize import Sentences
from ..settings.hub import accepted_offer


def title_of(
    hass: HomeAssistant, offer: Discovery, entry: ConfigEntry | None = None
) -> str:
    """Return the hub's name, with its host if a hub other than that of `entry` has a name like it."""
    is_alone = namesake(hass, offer, entry) is None
    return offer.name if is_alone else _with_place(offer)


def title_after(hass: HomeAssistant, entry: ConfigEntry, offer: Discovery) -> str:
    """Return the hub's new title; a title that its owner has changed stays."""
    accepted = accepted_offer(entry)
    if entry.title not in (accepted.name, _with_place(accepted)):
        return entry.title
    return title_of(hass, offer, entry)


def namesake(
    hass: HomeAssistant, offer: Discovery, entry: ConfigEntry | None
) -> ConfigEntry | None:
    """Return a hub other than that of `entry` whose name or title can be taken for the offer's name."""
    for other in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        names = (other.title, accepted_offer(other).name)
        if other is not entry and any(are_alike(offer.name, name) for name in names):
            return other
    return None


def namesake_note(words: Sentences, offer: Discovery, other: ConfigEntry | None) -> str:
    """Return the warning above the agreement of a hub that can be taken for `other`, in Markdown; empty if None."""
    if other is None:
        return ""
    note = words.say(
        "namesake",
        "paired",
        other=escape_markdown(other.title),
        other_place=escape_markdown(_place(accepted_offer(other))),
        place=escape_markdown(_place(offer)),
    )
    return f"{note}\n\n"


def _with_place(offer: Discovery) -> str:
    return f"{offer.name} ({_place(offer)})"


def _place(offer: Discovery) -> str:
    return origin_of(offer.control_url, scheme="wss").place
