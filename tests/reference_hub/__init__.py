"""The reference hub: a real counterpart, written from core/protocol.md alone.

`python -m tests.reference_hub` starts it for a desk; `ReferenceHub` starts it inside a test.
"""

from .agency import Agency, Agreement, Officer
from .assertion import Forgery, Viewer
from .conduct import Conduct
from .hub import ReferenceHub
from .running import Options
from .session import Opened, Refused, Seen
from .tls import Authority, make_authority
from .upload import Moment

__all__ = [
    "Agency",
    "Agreement",
    "Authority",
    "Conduct",
    "Forgery",
    "Moment",
    "Officer",
    "Opened",
    "Options",
    "ReferenceHub",
    "Refused",
    "Seen",
    "Viewer",
    "make_authority",
]
