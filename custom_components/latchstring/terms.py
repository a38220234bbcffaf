"""A hub's agreement in the owner's words.

What a hub wrote stands in block quotes or in list items of ours, escaped: it can
neither draw nor fetch anything, nor pass for our own words.
"""

from collections.abc import Iterable
from typing import Final

from .core.pairing import Discovery
from .core.text import escape_markdown
from .words import Words, bullets

LISTED_TERMS: Final = (
    "purposes",
    "retention",
    "facial_recognition",
    "analytics",
    "onward_disclosure",
    "sent_to",
)
"""The terms in the order they are read out."""


def described(words: Words, discovery: Discovery) -> dict[str, str]:
    """Give the placeholders of a step that shows an agreement."""
    lines = _term_lines(words, discovery)
    return {
        "hub": escape_markdown(discovery.name),
        "contact": escape_markdown(discovery.contact),
        "version": escape_markdown(discovery.agreement.version),
        "terms": bullets(lines[term] for term in LISTED_TERMS),
        "text": _quoted(discovery.agreement.text),
    }


def differences(words: Words, accepted: Discovery, offered: Discovery) -> str:
    """Give what an offered agreement changes, as a Markdown list."""
    before, now = _term_lines(words, accepted), _term_lines(words, offered)
    lines = [
        words.say("change", "term", before=before[term], now=now[term])
        for term in LISTED_TERMS
        if before[term] != now[term]
    ]
    lines += [
        words.say("change", change)
        for change, differs in (
            ("text", accepted.agreement.text != offered.agreement.text),
            ("addresses", _addresses(accepted) != _addresses(offered)),
            ("witness_key", accepted.witness_key != offered.witness_key),
        )
        if differs
    ]
    return bullets(lines or [words.say("change", "none")])


def _term_lines(words: Words, discovery: Discovery) -> dict[str, str]:
    terms = discovery.agreement.terms
    days = str(terms.retention_days)
    labels = _joined(purpose.label for purpose in terms.purposes)
    others = _joined(terms.onward_disclosure)
    hosts = _joined(origin.host for origin in discovery.ingest_origins)
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


def _addresses(discovery: Discovery) -> tuple[str, str]:
    return discovery.control_url, discovery.pairing_url


def _joined(names: Iterable[str]) -> str:
    return "; ".join(map(escape_markdown, names))


def _quoted(text: str) -> str:
    return "\n".join(f"> {escape_markdown(line)}" for line in text.split("\n"))
