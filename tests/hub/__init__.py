"""The reference hub: a real counterpart, written from core/protocol.md alone.

`python -m tests.hub` starts it for a desk; `ReferenceHub` starts it inside a test.
"""

from .agency import Agency, Agreement, Officer
from .conduct import Conduct
from .hub import ReferenceHub
from .tls import Authority, make_authority

__all__ = [
    "Agency",
    "Agreement",
    "Authority",
    "Conduct",
    "Officer",
    "ReferenceHub",
    "make_authority",
]
