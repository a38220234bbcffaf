"""What an owner has accepted of a hub, to be read again."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import CONF_ACCEPTED_AT, CONF_ACCEPTED_BY
from .core.canonical import parse_rfc3339
from .core.text import escape_markdown
from .paired import accepted_offer
from .terms import described
from .words import Words


async def accepted_placeholders(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[str, str]:
    """Return the placeholders of a step that shows what was accepted, when and by whom."""
    words = await Words.load(hass)
    accepted = accepted_offer(entry)
    at = dt_util.as_local(parse_rfc3339(entry.data[CONF_ACCEPTED_AT]))
    return {
        **described(words, accepted),
        "accepted_at": escape_markdown(at.strftime("%Y-%m-%d %H:%M")),
        "accepted_by": await _accepted_by(hass, words, entry),
        "address": escape_markdown(accepted.control_url),
        "key": escape_markdown(accepted.hub_id),
        "sha256": accepted.agreement.sha256,
    }


async def _accepted_by(hass: HomeAssistant, words: Words, entry: ConfigEntry) -> str:
    user_id = entry.data[CONF_ACCEPTED_BY]
    user = await hass.auth.async_get_user(user_id) if user_id else None
    if user is None or not user.name:
        return words.say("accepted_by", "somebody_gone")
    return words.say("accepted_by", "somebody", name=escape_markdown(user.name))
