"""The command line: arguments, output and exit codes."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable, Sequence
from pathlib import Path
import sys
from typing import Final

from .check import CheckOptions, check
from .checks.trust import Anchors, GivenCheckpoint, read_given
from .findings import Status
from .formats.encoding import Malformed, printable, read_base64url, read_object
from .formats.keys import PublicKey, read_key
from .report import for_people, for_programs, unusable
from .sources.source import Unusable

EXIT: Final = {
    Status.VERIFIED: 0,
    Status.TAMPERED: 1,
    Status.UNUSABLE: 2,
    Status.SELF_CONSISTENT: 3,
    Status.GAPS: 4,
}
MAX_ANCHOR_BYTES: Final = 65_536
THUMBPRINT_BYTES: Final = 32
KEYS: Final = {
    "--hub-key": "a hub's key: the hub's ID; once for each hub",
    "--witness-key": "a hub's witness key",
    "--home-key": "the key of the household's log, which signs exports",
}

ABOUT: Final = """Check an export of Latchstring's record, one entry with its proof, or the record's file.

Nothing in an export is believed just because it is there. Bring what you have from somewhere else: the hub's key
(its ID is the part "key=" of the invitation link), the hub's witness key, the home's key, or checkpoints that were
kept elsewhere (the hub has the newest one that it cosigned). A key is given as its thumbprint, as a JWK, or as a
file that contains one of the two."""

EPILOG: Final = (
    "exit codes: 0 verified, 1 tampered, 2 nothing that can be checked, 3 self-consistent only, "
    "4 verified, with gaps"
)


def main(arguments: Sequence[str]) -> int:
    """Run the check, print the report, and return the exit code."""
    asked = _parser().parse_args(list(_with_values(arguments)))
    try:
        options = CheckOptions(anchors=_anchors(asked), tokens=not asked.chain_only)
        verdict = check(asked.export, options)
    except Unusable as error:
        return _report_unusable(str(error), asked)
    except Exception as error:  # noqa: BLE001 - input that crashes the verifier must not get a verdict
        return _report_unusable(
            f"it is built as nothing that Latchstring writes: {error!r}", asked
        )
    say = for_programs if asked.json else for_people
    _write(say(verdict))
    return EXIT[verdict.status]


def _report_unusable(why: str, asked: Namespace) -> int:
    _write(unusable(printable(why), as_json=asked.json))
    return EXIT[Status.UNUSABLE]


def _write(text: str) -> None:
    """Write to standard output, with escapes for what its encoding lacks, so that the verdict is always printed."""
    encoding = sys.stdout.encoding
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _with_values(arguments: Iterable[str]) -> Iterable[str]:
    """Yield `--option=KEY` for keys: one of 64 thumbprints begins with a dash, which argparse takes for an option."""
    words = iter(arguments)
    for word in words:
        key = next(words, None) if word in KEYS else None
        yield word if key is None else f"{word}={key}"


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="verifier",
        allow_abbrev=False,
        description=ABOUT,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "export", type=Path, help="a folder, a zip, an entry's .json, or record.db"
    )
    for option, whose in KEYS.items():
        parser.add_argument(
            option, action="append", default=[], metavar="KEY", help=whose
        )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a checkpoint of one of the logs that was kept elsewhere",
    )
    parser.add_argument(
        "--chain-only",
        action="store_true",
        help="skip the signatures of hubs inside entries",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead")
    return parser


def _anchors(asked: Namespace) -> Anchors:
    return Anchors(
        hubs=frozenset(name for name, _ in map(_key, asked.hub_key)),
        witnesses=dict(map(_key, asked.witness_key)),
        homes=frozenset(name for name, _ in map(_key, asked.home_key)),
        checkpoints=tuple(_checkpoints(asked.checkpoint)),
    )


def _key(text: str) -> tuple[str, PublicKey | None]:
    """Return a key's thumbprint, and the key unless only the thumbprint was given."""
    try:
        if (path := Path(text)).is_file():
            text = _read(path).strip()
        if text.startswith("{"):
            key = read_key(read_object(text.encode()))
            return key.thumbprint, key
        if len(read_base64url(text)) == THUMBPRINT_BYTES:
            return text, None
    except (Malformed, OSError):
        pass
    raise Unusable(
        f"{printable(text)!r} is not a key, not a thumbprint, and not a file with one"
    )


def _checkpoints(paths: Iterable[Path]) -> Iterable[GivenCheckpoint]:
    for path in paths:
        try:
            yield read_given(_read(path), str(path))
        except (Malformed, OSError) as error:
            raise Unusable(f"{path} does not contain a checkpoint: {error}") from error


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_ANCHOR_BYTES)
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("it is not text") from error
