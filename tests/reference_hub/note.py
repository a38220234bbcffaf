"""C2SP signed notes: checkpoints as a home signs them and a witness cosigns them."""

from dataclasses import dataclass
from hashlib import sha256
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from .tree import NotSigned
from .wire import b64, from_b64

LOG_SIGNATURE = b"\x01"
COSIGNATURE = b"\x04"
SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree as its log signed it."""

    origin: str
    size: int
    root: bytes


def open_checkpoint(note: str, origin: str, log: Ed25519PublicKey) -> Checkpoint:
    """Read a checkpoint that this log signed under its origin."""
    body, signatures = _split(note)
    _check_signature(body, signatures, origin, log)
    lines = body.split("\n")
    if len(lines) != 4 or lines[0] != origin or not SIZE.fullmatch(lines[1]):
        raise NotSigned("not a checkpoint of this log")
    try:
        root = from_b64(lines[2])
    except ValueError as error:
        raise NotSigned("the root is not base64") from error
    if len(root) != 32:
        raise NotSigned("the root is not a SHA-256")
    return Checkpoint(origin=origin, size=int(lines[1]), root=root)


def cosign(note: str, name: str, witness: Ed25519PrivateKey, at: int) -> str:
    """Add a witness's line: cosignature/v1 of C2SP tlog-cosignature."""
    body, _ = _split(note)
    signature = witness.sign(f"cosignature/v1\ntime {at}\n{body}".encode())
    key = _key_id(name, witness.public_key(), COSIGNATURE)
    line = b64(key + at.to_bytes(8) + signature)
    return f"{note}\N{EM DASH} {name} {line}\n"


def _split(note: str) -> tuple[str, list[str]]:
    body, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise NotSigned("not a signed note")
    return body + "\n", signatures.removesuffix("\n").split("\n")


def _check_signature(
    body: str, signatures: list[str], name: str, key: Ed25519PublicKey
) -> None:
    start = f"\N{EM DASH} {name} "
    for line in signatures:
        try:
            signed = (
                from_b64(line.removeprefix(start)) if line.startswith(start) else b""
            )
            if signed[:4] == _key_id(name, key, LOG_SIGNATURE):
                key.verify(signed[4:], body.encode())
                return
        except (ValueError, InvalidSignature) as error:
            raise NotSigned("the checkpoint's signature is wrong") from error
    raise NotSigned("the checkpoint is not signed by the log")


def _key_id(name: str, key: Ed25519PublicKey, kind: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + kind + key.public_bytes_raw()).digest()[:4]
