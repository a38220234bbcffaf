"""The record leaves the house as a file, is verified by whoever trusts the hub's key, and bears no change."""

import asyncio
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import Final
import zipfile

from tests.reference_hub import Opened

from .house import INTEGRATION
from .promise import promise
from .telling import Telling

VERIFIER: Final = INTEGRATION / "verifier"
VERIFIED: Final = 0
TAMPERED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as it stands in an export."""

    file: Path
    begins: int
    index: int
    at: str


class Proving(Telling):
    """The part after everything has happened."""

    async def play(self, opened: Opened) -> None:
        """Export, verify, change one byte of this session's entry, verify again."""
        away = self.house.folder.parent / "away"
        export = await self._fetched(away)
        self.tell("checked by a separate program, which is given the hub's key:")
        code, said = await self._verify(export)
        promise(code == VERIFIED, f"it is as it was written: {said}")
        unpacked = away / "unpacked"
        with zipfile.ZipFile(export) as packed:
            packed.extractall(unpacked)
        line = _find(unpacked, opened.session)
        was, became = _change(line)
        self.tell(
            f"one byte changed: somebody started watching at {became}, not {was}:"
        )
        code, said = await self._verify(unpacked)
        promise(code == TAMPERED, f"a changed byte is noticed: {said}")
        promise(f"first wrong: entry {line.index}:" in said, f"and named: {said}")

    async def _fetched(self, away: Path) -> Path:
        """Let the house export what this hub took part in, and fetch it by the link that the house gives."""
        made = await self.client.ask("latchstring.export_record", hub=self.stage.entry)
        export = _keep(
            away / Path(made["path"]).name, await self.client.fetch(made["download"])
        )
        self.tell(
            f"exported: the {made['entries']} entries that the hub took part in, downloaded by the link to them"
        )
        return export

    async def _verify(self, export: Path) -> tuple[int | None, str]:
        """Let a process check it that has nothing of ours but the verifier; tell what it says."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(VERIFIER), str(export)),
            *("--hub-key", self.hub.hub_id),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        for line in said.decode().splitlines():
            self.tell(f"    {line}".rstrip())
        return process.returncode, said.decode()


def _keep(file: Path, data: bytes) -> Path:
    file.parent.mkdir()
    file.write_bytes(data)
    return file


def _find(export: Path, session: str) -> Line:
    """Find the entry that says when a session began."""
    for file in sorted(export.rglob("entries.jsonl")):
        begins = 0
        for line in file.read_bytes().splitlines(keepends=True):
            entry = json.loads(line)
            content = json.loads(entry["content"])
            if (content["kind"], content.get("session")) == (
                "session_started",
                session,
            ):
                at = content["at"]
                return Line(
                    file=file,
                    begins=begins + line.index(at.encode()),
                    index=entry["index"],
                    at=at,
                )
            begins += len(line)
    raise LookupError(session)


def _change(line: Line) -> tuple[str, str]:
    """Let it have begun a second later or earlier; give the time of day before and after that."""
    seconds = len("2026-11-22T02:37:0")  # what stands before the last digit of them
    data = bytearray(line.file.read_bytes())
    data[line.begins + seconds] ^= 1
    line.file.write_bytes(data)
    became = data[line.begins : line.begins + len(line.at)].decode()
    return line.at, became
