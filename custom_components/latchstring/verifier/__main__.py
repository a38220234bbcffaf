"""`python -m verifier` beside the folder, or `python path/to/verifier` from anywhere."""

from importlib import import_module
from pathlib import Path
import sys
from types import ModuleType


def _package() -> str:
    """Return the package this file belongs to. Run as a folder it has none yet, and must not find its neighbours."""
    if __package__:
        return __package__
    sys.path.remove(sys.path[0])
    package = sys.modules["verifier"] = ModuleType("verifier")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    return "verifier"


def _main() -> int:
    """Run the command. Where it can't run there is no verdict, and Python's own exit code would be one."""
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
