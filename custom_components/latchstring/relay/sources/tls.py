"""How a camera's TLS is checked."""

import asyncio
import ssl
from typing import Final

from .address import CameraAddress

_ANY_CIPHER: Final = "DEFAULT:@SECLEVEL=0"


def context_of(address: CameraAddress) -> ssl.SSLContext:
    """Return a context that trusts any certificate unless told otherwise, as Home Assistant's stream does.

    Without a certificate to rely on, old versions and ciphers are as good as any: many cameras know no others.
    Blocks: it may read the certificates of all authorities from disk.
    """
    if address.verifies_certificate:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(_ANY_CIPHER)
    return context


async def async_context_of(
    address: CameraAddress, *, is_tls: bool
) -> ssl.SSLContext | None:
    """Return the same without blocking the loop; None where the connection is plain."""
    return await asyncio.to_thread(context_of, address) if is_tls else None
