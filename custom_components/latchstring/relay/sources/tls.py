"""How a camera's TLS is checked."""

import ssl

from .address import CameraAddress


def context_of(address: CameraAddress) -> ssl.SSLContext:
    """Return a context that trusts any certificate unless told otherwise, as Home Assistant's stream does.

    Blocks: it may read the certificates of all authorities from disk.
    """
    if address.verifies_certificate:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
