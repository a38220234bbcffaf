"""The household's own secrets: the key of its log, and the salt of camera fingerprints."""

from contextlib import suppress
import secrets
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from ..core.receipt import log_origin
from ..record import HOUSEHOLD, LogIdentity

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

SECRETS_KEY: Final = f"{DOMAIN}.household"
SECRETS_VERSION: Final = 1


class HouseholdKeys:
    """Made at the first start, and again if the store is damaged; `async_load` loads them.

    New secrets in the place of lost ones close every camera until the owner has reviewed the consent and confirmed each
    camera: the record goes by another key, and no fingerprint matches.
    """

    log: LogIdentity
    salt: bytes

    def __init__(self, hass: HomeAssistant) -> None:
        self._store = Store[dict[str, Any]](
            hass, SECRETS_VERSION, SECRETS_KEY, private=True, atomic_writes=True
        )

    async def async_load(self) -> None:
        """Load the store, or begin it."""
        with suppress(KeyError, TypeError, ValueError):
            self._take(await self._store.async_load())
            return
        await self._async_keep(epoch=0, salt=secrets.token_bytes(32))

    async def async_renew_log(self, *, epoch: int) -> None:
        """Make another key for the log. The old one is stored nowhere."""
        await self._async_keep(epoch=epoch, salt=self.salt)

    async def _async_keep(self, *, epoch: int, salt: bytes) -> None:
        kept = {"log_key": secrets.token_hex(32), "epoch": epoch, "salt": salt.hex()}
        await self._store.async_save(kept)
        self._take(kept)

    def _take(self, stored: Any) -> None:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(stored["log_key"]))
        salt = bytes.fromhex(stored["salt"])
        self.log = LogIdentity(
            log=HOUSEHOLD,
            epoch=int(stored["epoch"]),
            origin=log_origin(key.public_key()),
            key=key,
        )
        self.salt = salt
