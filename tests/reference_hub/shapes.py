"""What a message may look like, as tables of checks: everything else is refused."""

from collections.abc import Callable, Mapping
import re
import unicodedata

from .wire import from_b64, from_b64url, is_rfc3339

type Shape = Callable[[object], bool]

ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
HEX_32 = re.compile(r"[0-9a-f]{64}", re.ASCII)
UNSAFE = frozenset({"Cc", "Cs", "Co", "Cn", "Cf", "Zl", "Zp"})


def record(
    required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None
) -> Shape:
    """An object with exactly these members."""
    known = {**required, **(optional or {})}

    def fits(value: object) -> bool:
        return (
            isinstance(value, dict)
            and required.keys() <= value.keys() <= known.keys()
            and all(known[name](member) for name, member in value.items())
        )

    return fits


def open_record(
    required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None
) -> Shape:
    """An object with these members, and with any others."""
    known = {**required, **(optional or {})}

    def fits(value: object) -> bool:
        return (
            isinstance(value, dict)
            and required.keys() <= value.keys()
            and all(known[name](value[name]) for name in known.keys() & value.keys())
        )

    return fits


def listed(shape: Shape, at_most: int) -> Shape:
    return lambda value: (
        isinstance(value, list) and len(value) <= at_most and all(map(shape, value))
    )


def whole(low: int, high: int) -> Shape:
    return lambda value: type(value) is int and low <= value <= high


def number(low: float, high: float) -> Shape:
    return lambda value: type(value) in (int, float) and low <= value <= high  # type: ignore[operator] # narrowed by type(), which mypy doesn't follow


def text(at_most: int) -> Shape:
    """Text for people, as the document's conventions define it."""
    return lambda value: (
        isinstance(value, str)
        and 1 <= len(value) <= at_most
        and unicodedata.is_normalized("NFC", value)
        and not any(unicodedata.category(character) in UNSAFE for character in value)
    )


def string(at_most: int) -> Shape:
    return lambda value: isinstance(value, str) and len(value) <= at_most


def one_of(*values: object) -> Shape:
    return lambda value: any(
        type(value) is type(each) and value == each for each in values
    )


def is_id(value: object) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def is_hash(value: object) -> bool:
    return isinstance(value, str) and HEX_32.fullmatch(value) is not None


def is_time(value: object) -> bool:
    return isinstance(value, str) and is_rfc3339(value)


def is_bool(value: object) -> bool:
    return isinstance(value, bool)


def base64(at_most: int, at_least: int = 0) -> Shape:
    def fits(value: object) -> bool:
        try:
            return isinstance(value, str) and (
                at_least <= len(from_b64(value)) <= at_most
            )
        except ValueError:
            return False

    return fits


def _is_key_bytes(value: object) -> bool:
    try:
        return isinstance(value, str) and len(from_b64url(value)) == 32
    except ValueError:
        return False


COUNT = whole(0, 2**53 - 1)
JWK = record({"kty": one_of("OKP"), "crv": one_of("Ed25519"), "x": _is_key_bytes})
