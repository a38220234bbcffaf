"""`python -m verifier` beside the folder, or `python path/to/verifier` from anywhere."""

from importlib import import_module
from pathlib import Path
import sys
from types import ModuleType


def _package() -> str:
    """Return the name of this package. Run as a folder it has none yet, and its folder must not be on the path."""
    if __package__:
        return __package__
    sys.path.remove(sys.path[0])
    package = sys.modules["verifier"] = ModuleType("verifier")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    return "verifier"


def _main() -> int:
    """Run the command; return 2 where it can't run: Python's own exit code 1 would mean a verdict."""
    try:
        command = import_module(".command", _package())
    except (ImportError, SyntaxError) as error:
        sys.stderr.write(
            "UNUSABLE: the verifier needs Python 3.11 or newer and the package"
            f" `cryptography`: {error}\n"
        )
        return 2
    return int(command.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(_main())
