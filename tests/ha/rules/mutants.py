"""Three ways in which a gate could err, done to a real one."""
# ruff: noqa: SLF001 - an error is made inside

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from custom_components.latchstring.core.model import Decision, Opening, Viewer

if TYPE_CHECKING:
    from custom_components.latchstring.gate import Session
    from custom_components.latchstring.gate.carrier import Carrier
    from custom_components.latchstring.runtime import HubRuntime

type Mutant = Callable[[HubRuntime], None]


def forgets_a_share(runtime: HubRuntime) -> None:
    """When something turns, the gate asks again about every share but the first one."""
    gate = runtime.gate
    reconsider, decision = gate.reconsider, gate.decision
    forgotten = next(iter(runtime.shares))

    def as_before(share_id: str, viewer: Viewer | None = None) -> Decision:
        if share_id == forgotten:
            return Decision(open=True, reason=Opening.ALWAYS)
        return decision(share_id, viewer)

    def reconsider_the_others() -> None:
        gate.decision = as_before  # type: ignore[method-assign]  # the error to be found
        try:
            reconsider()
        finally:
            gate.decision = decision  # type: ignore[method-assign]  # only there

    gate.reconsider = reconsider_the_others  # type: ignore[method-assign]  # likewise


def forgets_the_upload(runtime: HubRuntime) -> None:
    """The last session leaves its upload, which nobody cuts."""
    gate = runtime.gate

    def leave(session: Session) -> Carrier:
        del gate._sessions[session.session_id]
        carrier = gate._carriers[session.carried_by]
        carrier.sessions.discard(session.session_id)
        if not carrier.sessions:
            del gate._carriers[session.carried_by]
        return carrier

    gate._leave = leave  # type: ignore[method-assign]  # the error to be found


def ignores_an_expiry(runtime: HubRuntime) -> None:
    """What the owner opened for a while stays open for as long as nobody closes it."""
    openings = runtime.openings
    open_by_owner = openings.open_by_owner

    def open_for_good(share_ids: Iterable[str], *args: Any, **kwargs: Any) -> None:
        share_ids = list(share_ids)
        open_by_owner(share_ids, *args, **kwargs)
        for share_id in share_ids:
            openings._stop(share_id, "owner")
            opened = openings.of(share_id)
            assert opened.owner is not None
            endless = replace(opened.owner, end=opened.owner.end + timedelta(days=365))
            openings._keep({share_id: replace(opened, owner=endless)})

    openings.open_by_owner = open_for_good  # type: ignore[method-assign]  # the error to be found


MUTANTS: Final[tuple[Mutant, ...]] = (
    forgets_a_share,
    forgets_the_upload,
    ignores_an_expiry,
)
