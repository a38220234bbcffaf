"""What has been reached in some folders of code, by the interpreter's own events (PEP 669)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sys
from types import CodeType
from typing import Final

TOOL: Final = 4
"""A number that neither debuggers nor profilers claim."""


class Coverage:
    """Counts lines and branches reached for the first time; each event is switched off once it has been seen."""

    def __init__(self, *folders: Path) -> None:
        self._folders = tuple(f"{folder}/" for folder in folders)
        self.reached = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        monitoring = sys.monitoring
        events = monitoring.events
        kinds = (events.LINE, events.BRANCH_LEFT, events.BRANCH_RIGHT)
        monitoring.use_tool_id(TOOL, "fuzz")
        try:
            for kind in kinds:
                monitoring.register_callback(TOOL, kind, self._reach)
            monitoring.set_events(TOOL, kinds[0] | kinds[1] | kinds[2])
            yield
        finally:
            monitoring.set_events(TOOL, events.NO_EVENTS)
            monitoring.free_tool_id(TOOL)

    def _reach(self, code: CodeType, *_where: int) -> object:
        if code.co_filename.startswith(self._folders):
            self.reached += 1
        return sys.monitoring.DISABLE
