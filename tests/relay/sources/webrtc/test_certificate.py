"""Each session has a certificate of its own, and a peer's has to be the one that its answer names."""

from datetime import UTC, datetime, timedelta
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.sources.webrtc.certificate import (
    make_certificate,
    matches,
)

DER = b"a certificate"


def named(algorithm: str, certificate: bytes = DER) -> str:
    digest = hashlib.new(algorithm.replace("-", ""), certificate).digest()
    return f"{algorithm} {digest.hex(':').upper()}"


def test_a_certificate_is_valid_now_and_signed_by_its_own_key() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    made = make_certificate(now)
    certificate = made.certificate

    certificate.verify_directly_issued_by(certificate)
    assert isinstance(made.key.curve, ec.SECP256R1)
    assert certificate.public_key() == made.key.public_key()
    assert certificate.not_valid_before_utc == now - timedelta(days=1)
    assert certificate.not_valid_after_utc == now + timedelta(days=30)


def test_no_two_certificates_have_anything_in_common() -> None:
    one, other = make_certificate(), make_certificate()

    assert one.certificate.subject != other.certificate.subject
    assert one.certificate.serial_number != other.certificate.serial_number
    assert one.key.public_key() != other.key.public_key()
    assert one.fingerprint != other.fingerprint


def test_a_certificate_does_not_show_its_key() -> None:
    assert "key" not in repr(make_certificate())


def test_our_fingerprint_is_written_as_in_an_offer_and_matches() -> None:
    made = make_certificate()
    der = made.certificate.public_bytes(Encoding.DER)

    assert made.fingerprint == named("sha-256", der)
    assert matches(der, [made.fingerprint])


@pytest.mark.parametrize(
    "fingerprints",
    [
        [named("sha-256")],
        [named("sha-384")],
        [named("sha-512")],
        [named("sha-256").lower()],
        [named("sha-256").replace("sha", "SHA")],
        [f" {named('sha-256')} \r"],
        [named("sha-256").replace(" ", "  ")],
        [named("sha-256"), named("sha-256"), named("sha-512")],
        [named("sha-1"), named("md5"), "sha3-256 00:11", named("sha-256")],
        ["sha-1 00:11", "", "nonsense", named("sha-256")],
    ],
)
def test_it_matches_if_all_fingerprints_of_known_algorithms_are_its_own(
    fingerprints: list[str],
) -> None:
    assert matches(DER, fingerprints)


@pytest.mark.parametrize(
    "fingerprints",
    [
        [],
        [""],
        ["sha-256"],
        ["sha-256 "],
        [named("sha-1")],
        [named("md5")],
        [named("sha-256", b"another")],
        [named("sha-256"), named("sha-256", b"another")],
        [named("sha-512", b"another"), named("sha-256")],
        [named("sha-256"), "sha-384 nonsense"],
        [named("sha-256").replace(":", "")],
        [named("sha-256")[:-3]],
        [named("sha-256") + ":00"],
        [named("sha-256").replace("sha-256", "sha-512")],
    ],
)
def test_it_does_not_match_if_one_is_wrong_or_none_is_known(
    fingerprints: list[str],
) -> None:
    assert not matches(DER, fingerprints)


@given(fingerprints=st.lists(st.text(max_size=20).map("sha-256 ".__add__)))
def test_whatever_an_answer_says_nothing_else_matches(fingerprints: list[str]) -> None:
    assert not matches(DER, fingerprints)
