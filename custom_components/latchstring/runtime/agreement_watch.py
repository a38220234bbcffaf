"""Whether a hub is reached, and is what its owner accepted. Where it is not, every camera is closed to it."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, override

from homeassistant.core import callback

from ..const import CONF_IS_LOCAL, ISSUE_AGREEMENT_CHANGED
from ..gate import ConnectionListener
from ..issues import async_hide, async_show
from ..pairing.agreement import async_pin_place

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..core.errors import PairingProblem
    from ..core.pairing import Discovery


class AgreementWatch(ConnectionListener):
    """How it stands with one hub, as far as its connection says."""

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
        """`on_change` cuts by what is accepted now, `on_reached` takes the hub's word for what is accepted.

        `on_state_changed` has it shown.
        """
        self._hass = hass
        self._entry = entry
        self._spawn = spawn
        self._on_change = on_change
        self._on_reached = on_reached
        self._on_news = on_state_changed
        self.connected = False
        self.is_accepted = True
        self.unreached: PairingProblem | None = None

    @override
    def connection_changed(self, *, connected: bool) -> None:
        self.connected = connected
        if connected and not self.is_accepted:
            self.is_accepted = True
            self.hide()
            self._on_change()
        if connected:
            self.unreached = None
            self._on_reached()
            self._pin_place()
        self._on_news()

    @override
    def hub_unreached(self, problem: PairingProblem) -> None:
        self.unreached = problem
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
    def hide(self) -> None:
        """Ask the owner no more what to do about another agreement."""
        async_hide(self._hass, ISSUE_AGREEMENT_CHANGED, self._entry)

    def _pin_place(self) -> None:
        if CONF_IS_LOCAL not in self._entry.data:
            self._spawn(async_pin_place(self._hass, self._entry), "latchstring place")
