"""Whether a hub is connected, and is what its owner accepted. Where it is not, every camera is closed to it."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, override

from homeassistant.core import callback

from ..const import CONF_IS_LOCAL, ISSUE_AGREEMENT_CHANGED
from ..gate import ConnectionListener
from ..issues import async_hide, async_show
from ..pairing.agreement import async_pin_network

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..core.errors import PairingProblem
    from ..core.pairing import Discovery


class AgreementWatch(ConnectionListener):
    """The state of one hub's connection and agreement."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        on_change: Callable[[], None],
        on_reached: Callable[[], None],
        on_state_changed: Callable[[], None],
    ) -> None:
        """`on_change` is called when the agreement was accepted or changed, `on_reached` when the hub is connected.

        `on_state_changed` is called when there is something new to display.
        """
        self._hass = hass
        self._entry = entry
        self._spawn = spawn
        self._on_change = on_change
        self._on_reached = on_reached
        self._on_news = on_state_changed
        self.connected = False
        self.is_accepted = True
        self.problem: PairingProblem | None = None

    @override
    def connection_changed(self, *, connected: bool) -> None:
        self.connected = connected
        if connected and not self.is_accepted:
            self.is_accepted = True
            self.hide_issue()
            self._on_change()
        if connected:
            self.problem = None
            self._on_reached()
            self._pin_network()
        self._on_news()

    @override
    def hub_unreached(self, problem: PairingProblem) -> None:
        self.problem = problem
        self._on_news()

    @override
    def agreement_changed(self, discovery: Discovery) -> None:
        self.is_accepted = False
        self._on_change()
        entry = self._entry
        async_show(self._hass, ISSUE_AGREEMENT_CHANGED, entry, hub=entry.title)

    @override
    def pairing_forgotten(self) -> None:
        self._entry.async_start_reauth(self._hass)

    @callback
    def hide_issue(self) -> None:
        """Hide the repair that says that the agreement changed."""
        async_hide(self._hass, ISSUE_AGREEMENT_CHANGED, self._entry)

    def _pin_network(self) -> None:
        if CONF_IS_LOCAL not in self._entry.data:
            self._spawn(
                async_pin_network(self._hass, self._entry), "latchstring pin network"
            )
