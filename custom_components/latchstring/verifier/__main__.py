"""`python -m verifier` beside the folder, or `python path/to/verifier` from anywhere."""

from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
import sys


def _package() -> str:
    """Give the package this file belongs to. Run as a folder it has none yet, and must not find its neighbours."""
    if __package__:
        return __package__
    folder = Path(__file__).resolve().parent
    sys.path.remove(sys.path[0])
    spec = spec_from_file_location(
        "verifier", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(folder)
    module = sys.modules["verifier"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return "verifier"


if __name__ == "__main__":
    sys.exit(import_module(".command", _package()).main(sys.argv[1:]))
