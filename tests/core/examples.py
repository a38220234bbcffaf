"""The examples of protocol.md made true: what is derived in them follows from the rest.

What somebody chose (names, times, ids) is taken as the document has it; signatures,
hashes, thumbprints and proofs are computed from that and the seeds.
"""

from base64 import b64decode
from copy import deepcopy
from hashlib import sha256
from typing import Any

from . import vectors
from .document import EXAMPLES

type Examples = dict[str, Any]


def written() -> Examples:
    """Give the examples as the document has them."""
    return {example.key: example.value for example in EXAMPLES}


def made_true() -> Examples:
    """Give the examples as they must be."""
    examples = deepcopy(written())
    _discover(examples)
    _pair(examples)
    _assert_viewers(examples)
    _record(examples)
    _succeed(examples)
    _change_hub_key(examples)
    _receive(examples)
    return examples


def _discover(examples: Examples) -> None:
    keys = {name: vectors.jwk(name) for name in ("assertion", "witness")}
    examples["discovery"]["keys"] = keys
    agreement = examples["discovery"]["agreement"]
    hashed = {name: agreement[name] for name in ("terms", "text", "version")}
    agreement["sha256"] = sha256(vectors.canonical(hashed)).hexdigest()


def _pair(examples: Examples) -> None:
    discovery, hub, home = examples["discovery"], _hub(), _home()
    pinned = ("control_url", "pairing_url", "ingest_origins")
    examples["pairing-receipt"] |= {
        "iss": home,
        "aud": hub,
        "dial_in": vectors.jwk("dial-in"),
        "log": vectors.jwk("log"),
        "log_origin": vectors.origin(),
        "assertion": hub,
        "witness": vectors.thumbprint("witness"),
        **{name: discovery[name] for name in pinned},
        "agreement": discovery["agreement"]["sha256"],
    }
    receipt = vectors.token(
        "dial-in", "latchstring-pairing+jwt", examples["pairing-receipt"]
    )
    examples["pairing-request"]["receipt"] = receipt
    examples["pairing-countersignature"] |= {
        **_from_hub(),
        "receipt": sha256(receipt.encode()).hexdigest(),
    }
    examples["pairing-response"]["countersignature"] = vectors.token(
        "assertion",
        "latchstring-countersignature+jwt",
        examples["pairing-countersignature"],
    )
    examples["dial-in"] |= {"iss": home, "aud": hub}


def _assert_viewers(examples: Examples) -> None:
    opening = examples["session.open"]["params"]
    examples["viewer-assertion"] |= {
        **_from_hub(),
        "ingest_token_sha256": sha256(opening["ingest"]["token"].encode()).hexdigest(),
    }
    examples["request-assertion"] |= _from_hub()
    opening["assertion"] = vectors.token(
        "assertion", "latchstring-viewer+jwt", examples["viewer-assertion"]
    )
    examples["request.open"]["params"]["assertion"] = vectors.token(
        "assertion", "latchstring-request+jwt", examples["request-assertion"]
    )


def _record(examples: Examples) -> None:
    started, ended = (
        examples["entry-session-started"],
        examples["session.ended"]["params"],
    )
    started["assertion"] = examples["session.open"]["params"]["assertion"]
    started["agreement"] = examples["discovery"]["agreement"]["sha256"]
    told = ("at", "session", "bytes", "from", "to")
    examples["entry-session-ended"] |= {name: ended[name] for name in told}
    contents = [
        vectors.canonical(started),
        vectors.canonical(examples["entry-session-ended"]),
    ]
    leaves = list(vectors.LEAVES_BEFORE)
    for content in contents:
        leaves.append(vectors.leaf(content, _salt(len(leaves))))
    examples["session.open-result"]["result"]["proof"] = _proof(contents[0], leaves[:7])
    ended["proof"] = _proof(contents[1], leaves)
    shown = examples["checkpoint"]["params"]
    shown["checkpoint"] = vectors.checkpoint(leaves)
    proof = vectors.consistency(shown["from_size"], leaves)
    shown["consistency"] = list(map(vectors.base64, proof))
    asked = examples["checkpoint.consistency"]["params"]
    grown = vectors.consistency(asked["from_size"], leaves[: asked["to_size"]])
    examples["checkpoint.consistency-result"]["result"]["consistency"] = list(
        map(vectors.base64, grown)
    )
    _commit(examples)
    cosigned = vectors.cosigned(shown["checkpoint"])
    examples["checkpoint.cosigned"]["params"]["checkpoint"] = cosigned


def _succeed(examples: Examples) -> None:
    home = vectors.thumbprint("next-dial-in")
    origin = f"latchstring/{vectors.thumbprint('next-log')}"
    claims = examples["pairing-receipt"] | {
        "iss": home,
        "iat": examples["succession"]["iat"],
        "dial_in": vectors.jwk("next-dial-in"),
        "log": vectors.jwk("next-log"),
        "log_origin": origin,
    }
    receipt = vectors.token("next-dial-in", "latchstring-pairing+jwt", claims)
    root = examples["checkpoint"]["params"]["checkpoint"].split("\n")[2]
    old = {"size": 8, "root": b64decode(root).hex()}
    examples["succession"] |= old | {
        "iss": _home(),
        "aud": _hub(),
        "receipt": sha256(receipt.encode()).hexdigest(),
        "log_origin": vectors.origin(),
    }
    examples["succession-request"] = {
        "receipt": receipt,
        "succession": vectors.token(
            "dial-in", "latchstring-succession+jwt", examples["succession"]
        ),
    }
    examples["entry-epoch-begun"] |= old | {"origin": vectors.origin()}


def _change_hub_key(examples: Examples) -> None:
    examples["hub-succession"] |= {
        "iss": _hub(),
        "former": vectors.jwk("assertion"),
        "assertion": vectors.jwk("next-assertion"),
    }
    examples["discovery-successions"]["successions"] = [
        vectors.token(
            "assertion", "latchstring-hub-succession+jwt", examples["hub-succession"]
        )
    ]


def _commit(examples: Examples) -> None:
    opening = examples["entry-head-committed"]
    salt = sha256(b"household salt").digest()
    root = vectors.base64(sha256(b"household root").digest())
    text = f"latchstring/household\n{opening['size']}\n{root}\n"
    opening["salt"] = salt.hex()
    examples["entry-household-head"]["commitment"] = sha256(
        salt + text.encode()
    ).hexdigest()


def _salt(index: int) -> bytes:
    return sha256(f"salt {index}".encode()).digest()


def _proof(content: bytes, leaves: list[bytes]) -> Any:
    """Prove the last entry of a tree."""
    index = len(leaves) - 1
    return {
        "origin": vectors.origin(),
        "index": index,
        "content": vectors.base64(content),
        "salt": vectors.base64(_salt(index)),
        "checkpoint": vectors.checkpoint(leaves),
        "inclusion": list(map(vectors.base64, vectors.inclusion(index, leaves))),
    }


def _receive(examples: Examples) -> None:
    claims = examples["hub-receipt"]
    claims |= _from_hub()
    examples["receipt"]["params"]["receipt"] = vectors.token(
        "assertion", "latchstring-receipt+jwt", claims
    )


def _from_hub() -> dict[str, str]:
    return {"iss": _hub(), "aud": _home()}


def _hub() -> str:
    return vectors.thumbprint("assertion")


def _home() -> str:
    return vectors.thumbprint("dial-in")
