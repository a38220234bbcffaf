"""The errors of the protocol, by stable codes, and the problems of pairing."""

from enum import StrEnum
from typing import Final

type RequestId = str | int


class ErrorCode(StrEnum):
    """The stable codes with which a hub's requests are refused. An error's message is its code, and nothing more."""

    MESSAGE_MALFORMED = "message_malformed"
    REQUEST_INVALID = "request_invalid"
    METHOD_UNKNOWN = "method_unknown"
    PARAMS_INVALID = "params_invalid"
    ASSERTION_INVALID = "assertion_invalid"
    ASSERTION_EXPIRED = "assertion_expired"
    ASSERTION_MISMATCH = "assertion_mismatch"
    ASSERTION_REPLAYED = "assertion_replayed"
    PURPOSE_UNKNOWN = "purpose_unknown"
    TEXT_UNSAFE = "text_unsafe"
    INGEST_NOT_PINNED = "ingest_not_pinned"
    SESSION_DUPLICATE = "session_duplicate"
    COSIGNATURE_INVALID = "cosignature_invalid"
    RECEIPT_INVALID = "receipt_invalid"
    NOT_AVAILABLE = "not_available"
    QUOTA_EXCEEDED = "quota_exceeded"


ERROR_NUMBERS: Final[dict[ErrorCode, int]] = {
    ErrorCode.MESSAGE_MALFORMED: -32700,
    ErrorCode.REQUEST_INVALID: -32600,
    ErrorCode.METHOD_UNKNOWN: -32601,
    ErrorCode.PARAMS_INVALID: -32602,
    ErrorCode.ASSERTION_INVALID: -32010,
    ErrorCode.ASSERTION_EXPIRED: -32011,
    ErrorCode.ASSERTION_MISMATCH: -32012,
    ErrorCode.ASSERTION_REPLAYED: -32013,
    ErrorCode.PURPOSE_UNKNOWN: -32014,
    ErrorCode.TEXT_UNSAFE: -32015,
    ErrorCode.INGEST_NOT_PINNED: -32016,
    ErrorCode.SESSION_DUPLICATE: -32017,
    ErrorCode.COSIGNATURE_INVALID: -32018,
    ErrorCode.RECEIPT_INVALID: -32019,
    ErrorCode.NOT_AVAILABLE: -32020,
    ErrorCode.QUOTA_EXCEEDED: -32030,
}


class ProtocolError(Exception):
    """A hub's message is refused, by a code that is sent back with the id of its request.

    The id is None where it could not be read. `answerable` is False for a response:
    two sides that answered each other's responses would never stop.
    """

    def __init__(
        self,
        code: ErrorCode,
        *,
        request_id: RequestId | None = None,
        answerable: bool = True,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.request_id = request_id
        self.answerable = answerable


class PairingProblem(StrEnum):
    """Why pairing or connecting fails, each with its own text and remedy in the dialogs."""

    INVITATION_MALFORMED = "invitation_malformed"
    INVITATION_NOT_HTTPS = "invitation_not_https"
    HUB_UNREACHABLE = "hub_unreachable"
    NOT_A_HUB = "not_a_hub"
    HUB_TOO_NEW = "hub_too_new"
    HUB_KEY_MISMATCH = "hub_key_mismatch"
    CLOCK_SKEW = "clock_skew"
    ADDRESS_PRIVATE = "address_private"
    ADDRESS_PUBLIC = "address_public"
    INGEST_UNREACHABLE = "ingest_unreachable"
    REDIRECTED = "redirected"
    CERTIFICATE_INVALID = "certificate_invalid"
    INVITATION_UNKNOWN = "invitation_unknown"
    INVITATION_USED = "invitation_used"
    RECEIPT_INVALID = "receipt_invalid"
    AGREEMENT_CHANGED = "agreement_changed"
    HOME_UNKNOWN = "home_unknown"
    HUB_FAULT = "hub_fault"


ADDRESS_PROBLEMS: Final = frozenset(
    {PairingProblem.ADDRESS_PRIVATE, PairingProblem.ADDRESS_PUBLIC}
)
"""A hub's name resolves to another kind of address, private or public, than when it was paired."""


class PairingError(Exception):
    """Pairing or connecting fails, by a problem that the dialogs have a text for."""

    def __init__(self, problem: PairingProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
