"""A negotiation with an integration that behaves in odd ways: the session is closed, and nothing goes on."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass, field

import pytest

from custom_components.latchstring.relay.errors import SESSION_REFUSED, SourceUnusable
from custom_components.latchstring.relay.sources.webrtc.negotiation import Negotiation
from custom_components.latchstring.relay.sources.webrtc.source import (
    CameraAnswer,
    CameraCandidate,
    CameraEnded,
    CameraMessage,
)

type Say = Callable[[CameraMessage], None]


@dataclass
class Integration:
    """One session with a camera that does nothing by itself."""

    offered: asyncio.Event = field(default_factory=asyncio.Event)
    returns: asyncio.Event = field(default_factory=asyncio.Event)
    fails_with: BaseException | None = None
    close_error: BaseException | None = None
    closed: int = 0
    added: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    ended: int = 0
    _say: Say | None = None

    async def offer(self, _sdp: str, on_message: Say) -> None:
        self._say = on_message
        self.offered.set()
        await self.returns.wait()
        if self.fails_with is not None:
            raise self.fails_with

    async def add_candidate(self, candidate: str) -> None:
        self.added.append(candidate)
        if candidate == "odd":
            raise ValueError("of which medium?")

    def close(self) -> None:
        self.closed += 1
        if self.close_error is not None:
            raise self.close_error

    def say(self, message: CameraMessage) -> None:
        assert self._say is not None
        self._say(message)

    def note_end(self) -> None:
        self.ended += 1

    def negotiation(self) -> Negotiation:
        return Negotiation(
            self, on_candidate=self.candidates.append, on_ended=self.note_end
        )


async def some_turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def begun(integration: Integration) -> tuple[Negotiation, asyncio.Task[str]]:
    """Give a negotiation whose offer is out, and what waits for its answer."""
    negotiation = integration.negotiation()
    answering = asyncio.create_task(negotiation.offer("offer"))
    await integration.offered.wait()
    return negotiation, answering


async def ended(negotiation: Negotiation, integration: Integration) -> None:
    """End it."""
    negotiation.close()
    integration.returns.set()
    await negotiation.async_join()


@pytest.mark.parametrize("error", [RuntimeError("no"), asyncio.CancelledError()])
async def test_an_offer_that_fails_in_any_way_is_refused(error: BaseException) -> None:
    integration = Integration(fails_with=error)
    negotiation, answering = await begun(integration)
    integration.returns.set()
    with pytest.raises(SourceUnusable) as refused:
        await answering
    assert refused.value.code == SESSION_REFUSED
    await ended(negotiation, integration)
    assert integration.closed == 1


async def test_what_is_said_in_another_thread_is_taken_on_the_loop() -> None:
    integration = Integration()
    negotiation, answering = await begun(integration)
    await asyncio.to_thread(integration.say, CameraCandidate(text="one"))
    await asyncio.to_thread(integration.say, CameraAnswer(sdp="answer"))
    assert await answering == "answer"
    assert integration.candidates == ["one"]
    await ended(negotiation, integration)


async def test_only_the_first_answer_counts() -> None:
    integration = Integration()
    negotiation, answering = await begun(integration)
    for sdp in ("first", "second"):
        integration.say(CameraAnswer(sdp=sdp))
    assert await answering == "first"
    await ended(negotiation, integration)


async def test_a_session_that_begins_after_it_was_closed_is_closed_once_more() -> None:
    integration = Integration()
    integration.returns.set()
    negotiation, answering = await begun(integration)
    await some_turns()
    negotiation.close()
    await some_turns()
    assert integration.closed == 1
    for _ in range(3):
        integration.say(CameraAnswer(sdp="late"))
    integration.say(CameraCandidate(text="late"))
    integration.say(CameraEnded())
    await some_turns()
    assert integration.closed == 2
    assert integration.candidates == []
    assert integration.ended == 0
    assert answering.cancelled()
    await negotiation.async_join()


async def test_an_offer_that_returns_after_the_end_is_closed_once_more() -> None:
    integration = Integration()
    negotiation, _ = await begun(integration)
    negotiation.close()
    await some_turns()
    assert integration.closed == 1
    await ended(negotiation, integration)
    assert integration.closed == 2


async def test_whoever_closes_waits_for_no_code_of_the_integration() -> None:
    integration = Integration()
    negotiation, _ = await begun(integration)
    negotiation.close()
    assert integration.closed == 0
    await ended(negotiation, integration)
    assert integration.closed == 2


async def test_a_negotiation_that_never_offered_tells_the_camera_nothing() -> None:
    integration = Integration()
    negotiation = integration.negotiation()
    negotiation.close()
    await negotiation.async_join()
    assert integration.closed == 0


async def test_an_offer_that_hangs_is_cancelled_before_the_negotiation_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = Negotiation.__module__
    monkeypatch.setattr(f"{module}._LAST_SECONDS", 0)
    before = asyncio.all_tasks()
    integration = Integration()
    negotiation, answering = await begun(integration)
    negotiation.close()
    await negotiation.async_join()
    with contextlib.suppress(asyncio.CancelledError):
        await answering
    assert asyncio.all_tasks() == before
    assert integration.closed == 2


async def test_an_offer_that_is_refused_by_word_is_refused() -> None:
    integration = Integration()
    negotiation, answering = await begun(integration)
    integration.say(CameraEnded())
    with pytest.raises(SourceUnusable) as refused:
        await answering
    assert refused.value.code == SESSION_REFUSED
    await ended(negotiation, integration)
    assert integration.closed >= 1


async def test_candidates_are_handed_on_before_and_after_the_answer() -> None:
    integration = Integration()
    negotiation, answering = await begun(integration)
    integration.say(CameraCandidate(text="1"))
    integration.say(CameraAnswer(sdp="answer"))
    await answering
    integration.say(CameraCandidate(text="2"))
    await some_turns()
    assert integration.candidates == ["1", "2"]
    await ended(negotiation, integration)


async def test_an_end_after_the_answer_is_told() -> None:
    integration = Integration()
    negotiation, answering = await begun(integration)
    integration.say(CameraAnswer(sdp="answer"))
    await answering
    integration.say(CameraEnded())
    await some_turns()
    assert integration.ended == 1
    await ended(negotiation, integration)


async def test_a_candidate_that_is_not_taken_keeps_no_other_from_being_sent() -> None:
    integration = Integration()
    negotiation, answering = await begun(integration)
    integration.say(CameraAnswer(sdp="answer"))
    await answering
    negotiation.add_candidates(["1", "odd", "2"])
    await some_turns()
    assert integration.added == ["1", "odd", "2"]
    await ended(negotiation, integration)


@pytest.mark.parametrize("kind", [RuntimeError, asyncio.CancelledError])
async def test_an_integration_that_fails_to_close_is_logged_without_its_words(
    kind: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    integration = Integration(close_error=kind("rtsp://operator:sesame@camera"))
    negotiation, answering = await begun(integration)
    integration.say(CameraAnswer(sdp="answer"))
    await answering
    await ended(negotiation, integration)
    assert kind.__name__ in caplog.text
    assert "sesame" not in caplog.text
