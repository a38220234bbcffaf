"""What all hubs of this home share: the record, the consent, and one connection to each camera."""

from collections.abc import Callable
from pathlib import Path
import secrets
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .cameras import Cameras
from .consent import Consent
from .const import DOMAIN, ISSUE_RESTORED
from .core.decision import clock_is_credible
from .core.jose import thumbprint
from .record import HOUSEHOLD, LogIdentity, Record

RECORD_FOLDER: Final = DOMAIN
SECRETS_KEY: Final = f"{DOMAIN}.household"
SECRETS_VERSION: Final = 1


class Household:
    """Opened once a start, before any hub, and closed with Home Assistant."""

    def __init__(
        self, hass: HomeAssistant, *, record: Record, consent: Consent, salt: bytes
    ) -> None:
        """Hold what is opened; see `async_open`."""
        self.record = record
        self.consent = consent
        self.cameras = Cameras(hass, salt=salt, on_turned=self.turned)
        self._hass = hass
        self._listeners: list[Callable[[], None]] = []
        record.on_health = self._on_health

    @classmethod
    async def async_open(cls, hass: HomeAssistant) -> Self:
        """Load consent and open the record. What fails leaves its side closed, with its reason, and is tried again."""
        log_key, salt = await _async_secrets(hass)
        consent = Consent(hass)
        await consent.async_load()
        record = await Record.open(Path(hass.config.path(RECORD_FOLDER)))
        record.add_log(
            LogIdentity(
                log=HOUSEHOLD,
                origin=f"latchstring/{thumbprint(log_key.public_key())}",
                key=log_key,
            )
        )
        household = cls(hass, record=record, consent=consent, salt=salt)
        household.show_whether_restored()
        return household

    @property
    def clock_is_credible(self) -> bool:
        """Say whether the clock can be right, going by the newest entry of the record."""
        return clock_is_credible(dt_util.utcnow(), self.record.last_entry_at)

    @callback
    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` whenever something that all hubs share turned, until the function given back is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def turned(self) -> None:
        """Say that the record's health or a camera's source turned."""
        for listener in tuple(self._listeners):
            listener()

    @callback
    def _on_health(self, writable: bool) -> None:  # noqa: FBT001 - the record's callback
        """Close while nothing can be written, and bring the consent to disk again when the disk has healed."""
        self.turned()
        if writable:
            self._hass.async_create_task(
                self.consent.async_save(), "latchstring consent"
            )

    @callback
    def found_restored(self) -> None:
        """Close every camera: there is a newer head of ours than this home knows."""
        self.consent.restored = True
        self.turned()
        self.show_whether_restored()
        self._hass.async_create_task(self.consent.async_save(), "latchstring consent")

    async def async_reviewed(self) -> None:
        """Let the consent count again, after its owner has reviewed it."""
        await self.consent.async_reviewed()
        self.show_whether_restored()
        self.turned()

    @callback
    def show_whether_restored(self) -> None:
        """Ask the owner to review what came out of a backup or a copy, until that is done."""
        if not self.consent.restored:
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE_RESTORED)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            ISSUE_RESTORED,
            is_fixable=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key=ISSUE_RESTORED,
        )

    async def async_close(self) -> None:
        """Let go of the cameras and of the record, when no hub is left."""
        await self.cameras.async_close()
        await self.record.close()


async def _async_secrets(hass: HomeAssistant) -> tuple[Ed25519PrivateKey, bytes]:
    """Give the household log's key and the salt of camera fingerprints, made at the first start.

    New ones in the place of lost ones close every camera until its owner confirms it: no fingerprint matches.
    """
    store = Store[dict[str, Any]](
        hass, SECRETS_VERSION, SECRETS_KEY, private=True, atomic_writes=True
    )
    if (stored := await store.async_load()) is None:
        stored = {"log_key": secrets.token_hex(32), "salt": secrets.token_hex(32)}
        await store.async_save(stored)
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(stored["log_key"]))
    return key, bytes.fromhex(stored["salt"])


HOUSEHOLD_KEY: Final[HassKey[Household]] = HassKey(DOMAIN)
