"""The search that says what did not leave a home finds what did."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
import hashlib
import json
from urllib.parse import quote

from hypothesis import given, strategies as st
import pytest

from tests.ha.disguises import found_in, unwrapped

WORD = "camera.porch_of_Jose>>?"


def in_base64(data: bytes, before: int, encode: Callable[[bytes], bytes]) -> bytes:
    return encode(b"x" * before + data + b"after")


WRITTEN = {
    "plain": WORD.encode(),
    "shouted": WORD.upper().encode(),
    "json": json.dumps({"a": WORD}).encode(),
    "url": quote(WORD).encode(),
    "percent": "".join(f"%{byte:02X}" for byte in WORD.encode()).encode(),
    "hex": WORD.encode().hex().upper().encode(),
    "digest": hashlib.sha256(WORD.encode()).hexdigest().encode(),
    "digest in base64": b64encode(hashlib.sha1(WORD.encode()).digest()),  # noqa: S324  # that is what a leak may use
    **{
        f"base64, {before} in": in_base64(WORD.encode(), before, encode)
        for encode in (b64encode, urlsafe_b64encode)
        for before in range(4)
    },
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_a_word_is_found_however_it_is_written(written: bytes) -> None:
    assert found_in([b"before " + written + b" after"], [WORD])
    assert not found_in([b"before " + written + b" after"], ["camera.yard_of_Ann"])


def test_a_word_is_found_inside_a_token_inside_an_entry_inside_a_proof() -> None:
    token = urlsafe_b64encode(json.dumps({"name": WORD}).encode()).rstrip(b"=")
    entry = b64encode(b'{"assertion": "eyJ.' + token + b'.sig"}')
    proof = json.dumps({"content": entry.decode().encode().hex()}).encode()

    assert not found_in([proof], [WORD])
    assert found_in(unwrapped(proof), [WORD])


@given(st.binary(max_size=300))
def test_whatever_was_sent_can_be_unwrapped(text: bytes) -> None:
    assert next(iter(unwrapped(text))) == text
    assert len(list(unwrapped(text))) < 1000
