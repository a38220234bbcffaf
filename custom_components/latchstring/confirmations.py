"""What the owner is told of a hub that does not put its name to the record."""

from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN, ISSUE_CHECKPOINT_REFUSED, ISSUE_COSIGNATURE_LATE

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from .gate import Witness

ISSUES: Final = (ISSUE_COSIGNATURE_LATE, ISSUE_CHECKPOINT_REFUSED)


class Confirmations:
    """Two repairs of one hub, which are there as long as what they say is true."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, witness: Witness
    ) -> None:
        """Show nothing yet."""
        self._hass = hass
        self._entry = entry
        self._witness = witness
        self._shown: dict[str, dict[str, str]] = {}

    @callback
    def turned(self) -> None:
        """Show what has become true, and no more what is not."""
        for issue in ISSUES:
            told = self._told(issue)
            if told == self._shown.get(issue):
                continue
            if told is None:
                self._hide(issue)
            else:
                self._show(issue, told)

    @callback
    def stop(self) -> None:
        """Hide what nobody looks after any more."""
        for issue in tuple(self._shown):
            self._hide(issue)

    def _told(self, issue: str) -> dict[str, str] | None:
        """Give what an issue says of the hub; None while there is nothing to say."""
        objection = self._witness.objection
        hub = {"hub": self._entry.title}
        if issue == ISSUE_COSIGNATURE_LATE:
            return hub if self._witness.is_late else None
        if objection is None:
            return None
        return {**hub, "reason": objection.reason, "size": str(objection.size)}

    def _show(self, issue: str, told: dict[str, str]) -> None:
        self._shown[issue] = told
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id(issue),
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=issue,
            translation_placeholders=told,
        )

    def _hide(self, issue: str) -> None:
        del self._shown[issue]
        ir.async_delete_issue(self._hass, DOMAIN, self._issue_id(issue))

    def _issue_id(self, issue: str) -> str:
        return f"{issue}_{self._entry.entry_id}"
