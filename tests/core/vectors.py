"""What protocol.md's examples must hold, from their seeds, without the core.

Tokens, trees and notes are spelled out here as their specifications do, so that three
have to agree: the document, the core, and this.
"""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
import json
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .document import rows

SEEDS: Final = {row[0]: bytes.fromhex(row[1]) for row in rows("Keys of the examples")}
LEAVES_BEFORE: Final = [sha256(f"leaf {n}".encode()).digest() for n in range(6)]
COSIGNED_AT: Final = 1795284585


def private_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(SEEDS[name])


def public_bytes(name: str) -> bytes:
    return private_key(name).public_key().public_bytes_raw()


def canonical(value: Any) -> bytes:
    """Write canonical JSON; the examples hold nothing that RFC 8785 would escape."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def jwk(name: str) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(public_bytes(name))}


def thumbprint(name: str) -> str:
    return base64url(sha256(canonical(jwk(name))).digest())


def token(name: str, typ: str, claims: Any, *, header: Any = None) -> str:
    """Sign a compact JWS, with any header if one is given."""
    header = {"alg": "EdDSA", "typ": typ} if header is None else header
    signed = f"{base64url(canonical(header))}.{base64url(canonical(claims))}"
    return f"{signed}.{base64url(private_key(name).sign(signed.encode()))}"


def leaf(content: bytes, salt: bytes) -> bytes:
    return sha256(b"\x00" + salt + content).digest()


def root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion(index, leaves[:split]), root(leaves[split:])]
    return [*inclusion(index - split, leaves[split:]), root(leaves[:split])]


def consistency(size: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """RFC 9162 section 2.1.4.1."""
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*consistency(size, leaves[:split], whole=whole), root(leaves[split:])]
    rest = consistency(size - split, leaves[split:], whole=False)
    return [*rest, root(leaves[:split])]


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def checkpoint(leaves: list[bytes]) -> str:
    """C2SP tlog-checkpoint, signed by the log."""
    text = f"{origin()}\n{len(leaves)}\n{base64(root(leaves))}\n"
    signature = private_key("log").sign(text.encode())
    return f"{text}\n{_signature_line(origin(), 'log', 0x01, signature)}"


def cosigned(note: str) -> str:
    """C2SP tlog-cosignature, cosignature/v1."""
    text = note.rpartition("\n\n")[0] + "\n"
    signed = f"cosignature/v1\ntime {COSIGNED_AT}\n{text}".encode()
    signature = COSIGNED_AT.to_bytes(8) + private_key("witness").sign(signed)
    return note + _signature_line(thumbprint("assertion"), "witness", 0x04, signature)


def _signature_line(name: str, key: str, kind: int, signature: bytes) -> str:
    named = f"{name}\n".encode() + bytes([kind]) + public_bytes(key)
    key_id = sha256(named).digest()[:4]
    return f"\N{EM DASH} {name} {base64(key_id + signature)}\n"


def origin() -> str:
    return f"latchstring/{thumbprint('log')}"
