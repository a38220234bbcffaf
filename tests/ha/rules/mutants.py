"""Three ways in which a gate could err, done to a real one."""
# ruff: noqa: SLF001 - an error is made inside

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from custom_components.latchstring.core.model import Decision, Opening, Viewer, Window

if TYPE_CHECKING:
    from custom_components.latchstring.gate import Session
    from custom_components.latchstring.gate.carrier import Carrier
    from custom_components.latchstring.openings import Opened
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
    """What was opened for a while stays open for as long as nobody closes it."""
    openings = runtime.openings
    keep = openings._keep

    def keep_for_good(opened: Mapping[str, Opened]) -> None:
        for share_id in opened:
            openings._stop_all(share_id)
        keep({share_id: _endless(each) for share_id, each in opened.items()})

    openings._keep = keep_for_good  # type: ignore[method-assign]  # the error to be found


def _endless(opened: Opened) -> Opened:
    return replace(
        opened,
        alarm=opened.alarm and _longer(opened.alarm),
        owner=opened.owner and _longer(opened.owner),
        approvals=tuple(
            replace(each, window=_longer(each.window)) for each in opened.approvals
        ),
    )


def _longer(window: Window) -> Window:
    return replace(window, end=window.start + timedelta(days=365))


MUTANTS: Final[tuple[Mutant, ...]] = (
    forgets_a_share,
    forgets_the_upload,
    ignores_an_expiry,
)
