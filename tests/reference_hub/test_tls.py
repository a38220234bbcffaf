"""The certificates that tests, demo and desk use."""

from pathlib import Path

from cryptography import x509

from . import make_authority
from .tls import LOCAL_NAMES


def _names(path: Path) -> set[str]:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(name.value) for name in names.value}


def test_it_is_made_for_this_machine_and_the_names_given(tmp_path: Path) -> None:
    authority = make_authority(tmp_path, ["desk.example"])
    assert _names(authority.cert_path) == {*LOCAL_NAMES, "desk.example"}


def test_what_still_serves_is_kept(tmp_path: Path) -> None:
    made = make_authority(tmp_path)
    ca = made.ca_path.read_bytes()
    assert make_authority(tmp_path).ca_path.read_bytes() == ca
    assert make_authority(tmp_path, ["desk.example"]).ca_path.read_bytes() != ca


def test_what_is_broken_is_made_anew(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    authority.key_path.write_text("nothing")
    authority.key_path.chmod(0o644)
    make_authority(tmp_path).server_context()
    assert authority.key_path.stat().st_mode & 0o077 == 0


def test_only_its_owner_can_read_the_key_and_the_cas_is_gone(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    assert authority.key_path.stat().st_mode & 0o077 == 0
    keys = [path for path in tmp_path.iterdir() if b"PRIVATE" in path.read_bytes()]
    assert keys == [authority.key_path]
