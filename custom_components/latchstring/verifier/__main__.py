"""`python -m verifier` beside the folder, or `python path/to/verifier` from anywhere."""

from importlib import import_module
from pathlib import Path
import sys
from types import ModuleType


def _package() -> str:
    """Give the package this file belongs to. Run as a folder it has none yet, and must not find its neighbours."""
    if __package__:
        return __package__
    sys.path.remove(sys.path[0])
    package = sys.modules["verifier"] = ModuleType("verifier")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    return "verifier"


if __name__ == "__main__":
    sys.exit(import_module(".command", _package()).main(sys.argv[1:]))
