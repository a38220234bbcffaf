"""A hub's agreement as the dialogs show it: its terms, what was accepted, and what a new offer changes.

What a hub wrote stands in block quotes or in list items of ours, escaped: it can
neither draw nor fetch anything, nor pass for our own words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import CONF_ACCEPTED_AT, CONF_ACCEPTED_BY
from ..core.canonical import parse_rfc3339
from ..core.pairing import Discovery
from ..core.signatures.hub_key import successions_between
from ..core.signatures.jose import thumbprint
from ..core.text import escape_markdown
from ..localize import Sentences, bullets
from ..settings.hub import accepted_offer

CONF_ACCEPT: Final = "accept"
ACCEPT_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_ACCEPT, default=False): BooleanSelector()}
)

TERMS_IN_ORDER: Final = (
    "purposes",
    "retention",
    "facial_recognition",
    "analytics",
    "onward_disclosure",
    "sent_to",
)
"""The terms in the order they are shown."""

PINNED_VALUES: Final[Mapping[str, Callable[[Discovery], str]]] = {
    "purpose_codes": lambda offer: ", ".join(
        purpose.purpose for purpose in offer.agreement.terms.purposes
    ),
    "version": lambda offer: offer.agreement.version,
    "text": lambda offer: offer.agreement.text,
    "control_url": lambda offer: offer.control_url,
    "pairing_url": lambda offer: offer.pairing_url,
    "witness_key": lambda offer: thumbprint(offer.witness_key),
}
"""What is pinned beside the terms."""


def agreement_placeholders(words: Sentences, discovery: Discovery) -> dict[str, str]:
    """Return the placeholders of a step that shows an agreement."""
    lines = _term_lines(words, discovery)
    return {
        "hub": escape_markdown(discovery.name),
        "contact": escape_markdown(discovery.contact),
        "version": escape_markdown(discovery.agreement.version),
        "terms": bullets(lines[term] for term in TERMS_IN_ORDER),
        "text": _block_quote(discovery.agreement.text),
    }


async def accepted_placeholders(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[str, str]:
    """Return the placeholders of a step that shows what was accepted, when and by whom."""
    words = await Sentences.load(hass)
    accepted = accepted_offer(entry)
    at = dt_util.as_local(parse_rfc3339(entry.data[CONF_ACCEPTED_AT]))
    return {
        **agreement_placeholders(words, accepted),
        "accepted_at": escape_markdown(at.strftime("%Y-%m-%d %H:%M")),
        "accepted_by": await _accepted_by(hass, words, entry),
        "address": escape_markdown(accepted.control_url),
        "key": escape_markdown(accepted.hub_id),
        "sha256": accepted.agreement.sha256,
    }


async def _accepted_by(
    hass: HomeAssistant, words: Sentences, entry: ConfigEntry
) -> str:
    user_id = entry.data[CONF_ACCEPTED_BY]
    user = await hass.auth.async_get_user(user_id) if user_id else None
    if user is None or not user.name:
        return words.say("accepted_by", "somebody_gone")
    return words.say("accepted_by", "somebody", name=escape_markdown(user.name))


def differences(words: Sentences, accepted: Discovery, offered: Discovery) -> str:
    """Return what an offer changes, as a Markdown list; what is not pinned comes last."""
    pinned = [
        words.say("change", change, before=before, now=now)
        for change, before, now in _pinned_values(words, accepted, offered)
        if before != now
    ]
    if not pinned:
        pinned = [words.say("change", "none")]
    unpinned = [
        words.say(
            "change", change, before=escape_markdown(before), now=escape_markdown(now)
        )
        for change, before, now in (
            ("name", accepted.name, offered.name),
            ("contact", accepted.contact, offered.contact),
        )
        if before != now
    ]
    return bullets(pinned + unpinned)


def key_placeholders(
    words: Sentences, accepted: Discovery, offered: Discovery
) -> dict[str, str]:
    """Return the placeholders of a step that compares a hub known by one key with one known by another."""
    placeholders = {
        f"{which}_{name}": escape_markdown(text)
        for which, offer in (("old", accepted), ("new", offered))
        for name, text in {
            "name": offer.name,
            "contact": offer.contact,
            "address": offer.control_url,
            "key": offer.hub_id,
        }.items()
    }
    proof = "proven" if _is_proven(accepted, offered) else "unproven"
    return {**placeholders, "proof": words.say("other_key", proof)}


def _is_proven(accepted: Discovery, offered: Discovery) -> bool:
    """Return whether the key that was accepted leads to the one that is offered."""
    return bool(
        successions_between(
            offered.successions,
            known=accepted.assertion_key,
            key=offered.assertion_key,
        )
    )


def _pinned_values(
    words: Sentences, accepted: Discovery, offered: Discovery
) -> Iterator[tuple[str, str, str]]:
    """Yield each pinned value as accepted and as offered, in texts that differ if the values do."""
    before, now = _term_lines(words, accepted), _term_lines(words, offered)
    for term in TERMS_IN_ORDER:
        yield "term", before[term], now[term]
    key_change = "hub_key_proven" if _is_proven(accepted, offered) else "hub_key"
    yield key_change, escape_markdown(accepted.hub_id), escape_markdown(offered.hub_id)
    for change, pinned in PINNED_VALUES.items():
        yield (
            change,
            escape_markdown(pinned(accepted)),
            escape_markdown(pinned(offered)),
        )


def _term_lines(words: Sentences, discovery: Discovery) -> dict[str, str]:
    terms = discovery.agreement.terms
    days = str(terms.retention_days)
    labels = _join(purpose.label for purpose in terms.purposes)
    others = _join(terms.onward_disclosure)
    hosts = _join(origin.place for origin in discovery.ingest_origins)
    keys = {
        "purposes": "purposes",
        "retention": "kept" if terms.retention_days else "not_kept",
        "facial_recognition": _yes_or_no(
            "facial_recognition", is_used=terms.facial_recognition
        ),
        "analytics": _yes_or_no("analytics", is_used=terms.analytics),
        "onward_disclosure": "passed_on" if others else "not_passed_on",
        "sent_to": "sent_to",
    }
    return {
        term: words.say(
            "term", key, days=days, purposes=labels, others=others, hosts=hosts
        )
        for term, key in keys.items()
    }


def _yes_or_no(term: str, *, is_used: bool) -> str:
    return f"{term}_used" if is_used else f"{term}_not_used"


def _join(names: Iterable[str]) -> str:
    return "; ".join(map(escape_markdown, names))


def _block_quote(text: str) -> str:
    return "\n".join(f"> {escape_markdown(line)}" for line in text.split("\n"))
