"""Who runs this hub, who works there, and on what terms they watch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

from .wire import canonical, digest

TEXT = """\
Video is viewed live, during an incident, by a named person with a case number.
Nothing is recorded here unless you agree to it for that incident.
Footage that becomes evidence is kept as the law of the state says.
You may stop sharing at any moment, for any reason or none."""

TERMS: Mapping[str, Any] = {
    "purposes": [
        {"purpose": "burglary", "label": "Burglary in progress"},
        {"purpose": "welfare-check", "label": "Welfare check"},
        {"purpose": "missing-person", "label": "Missing person"},
        {"purpose": "traffic-crash", "label": "Traffic crash"},
    ],
    "retention_days": 30,
    "facial_recognition": False,
    "analytics": False,
    "onward_disclosure": ["Hinds County Sheriff"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person the hub names to the home."""

    sub: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The terms an owner accepts."""

    version: str = "2026-10-01"
    text: str = TEXT
    terms: Mapping[str, Any] = field(default_factory=lambda: TERMS)

    @property
    def sha256(self) -> str:
        return digest(canonical(self._hashed()))

    def document(self) -> dict[str, Any]:
        return {**self._hashed(), "sha256": self.sha256}

    def _hashed(self) -> dict[str, Any]:
        return {"terms": self.terms, "text": self.text, "version": self.version}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """The demo agency unless told otherwise."""

    name: str = "Jackson Police Department"
    short_name: str = "Jackson PD"
    contact: str = "Real-Time Center, rtc@jackson.example, +1 601 555 0100"
    officers: tuple[Officer, ...] = (
        Officer(sub="badge-4711", name="Officer J. Doe"),
        Officer(sub="badge-4802", name="Officer R. Lee"),
        Officer(sub="desk-17", name="Dispatcher M. Chen"),
    )
    agreement: Agreement = field(default_factory=Agreement)

    def employs(self, name: str) -> bool:
        return any(officer.name == name for officer in self.officers)

    def officer(self, name: str) -> Officer:
        """Whoever goes by this name; a stranger gets a badge of their own."""
        for officer in self.officers:
            if officer.name == name:
                return officer
        return Officer(sub=f"badge-{digest(name)[:8]}", name=name)


def read_agency(path: Path) -> Agency:
    """Read a JSON file with any of the members above; the rest stays the demo's."""
    given = json.loads(path.read_text("utf-8"))
    if "officers" in given:
        given["officers"] = tuple(Officer(**each) for each in given["officers"])
    if "agreement" in given:
        given["agreement"] = Agreement(**given["agreement"])
    return Agency(**given)
