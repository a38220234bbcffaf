"""Cameras as people report them: each gives its picture, whole, or the right reason why there is none."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import av
import pytest

from custom_components.latchstring.relay import (
    TIMESCALE,
    CameraAddress,
    CameraStream,
)
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.cameras.odd import OddCamera, Oddities, numbers_in, odd_camera
from tests.cameras.odd.counter import UnreadableNumber
from tests.reference_hub import make_authority

from . import odd_cases
from .boxes import samples
from .news import News
from .odd_cases import FROZEN, GAPS, TORN, WHOLE, Case
from .tape import Tape, any_source

UDP = Oddities(tcp_status=461, udp_status=200)
SLACK = 1.5 * TIMESCALE
"""What may be between a clock that is odd and one that is right, and is not noticed."""

GROUPS = {
    "what they answer": {
        **odd_cases.LOGINS,
        **odd_cases.ANSWERS,
        **odd_cases.TRANSPORTS,
    },
    "what they describe": odd_cases.DESCRIPTIONS,
    "what they send": odd_cases.PACKETS,
    "when they say it was": odd_cases.CLOCKS,
    "what they do to who watches": {**odd_cases.SESSIONS, **odd_cases.REASONS},
}
"""Each is watched side by side, as most of the time goes with waiting."""


class Watch:
    """One camera, watched; what is told of it comes in turn."""

    def __init__(
        self,
        case: Case,
        camera: OddCamera,
        refused_logins: RefusedLogins | None = None,
    ) -> None:
        self.case, self.camera = case, camera
        self.told: list[str] = []
        self.attempts = 0
        self.tape = Tape()
        self._news: News = self.tape.news
        self.stream = CameraStream(
            loop=asyncio.get_running_loop(),
            locate=self._locate,
            name=lambda: "Porch",
            refused_logins=refused_logins,
            pause=lambda _attempt: 0.1,
            on_change=self._turned,
        )

    async def _locate(self) -> CameraAddress:
        self.attempts += 1
        self._news.tell()
        url, guessed = self.camera.url, self.case.password
        if guessed is not None:
            url = url.replace(self.case.oddities.password, guessed)
        return CameraAddress(
            url=url,
            verifies_certificate=self.case.verifies_certificate,
            transport=self.case.transport,
        )

    def _turned(self) -> None:
        if (
            code := self.stream.status.no_picture
        ) is not None and code not in self.told:
            self.told.append(code)
        self._news.tell()

    def _is_over(self) -> bool:
        expected = list(self.case.told)
        if self.told != expected[: len(self.told)]:
            return True
        if expected[-1] in {WHOLE, GAPS}:
            return len(self.tape.fragments) >= self.case.pictures
        return self.told == expected

    async def run(self) -> Watch:
        """Watch until all that is expected has been told, or something else."""
        self.stream.attach(self.tape, any_source)
        try:
            await self._news.until(self._is_over)
        except TimeoutError:
            self.told.append("nothing more")
        finally:
            await self.stream.async_close()
        return self

    def outcome(self) -> tuple[str, ...]:
        """Say what was told, and what a player makes of what came."""
        seen = (verdict(self.tape, self.case.oddities),) if self.tape.fragments else ()
        return (*self.told, *seen)


def verdict(tape: Tape, oddities: Oddities) -> str:
    """Say what a player makes of it."""
    try:
        numbers = numbers_in(tape.body)
    except av.FFmpegError, UnreadableNumber:
        return TORN
    if len(numbers) != len(tape.fragments):
        return TORN
    film = oddities.film
    if film.b_frames:  # the last ones wait for what was not recorded any more
        numbers = numbers[: -2 * film.b_frames]
    steps = {(later - earlier) % film.pictures for earlier, later in pairwise(numbers)}
    if steps != {1}:
        return GAPS
    return WHOLE if keeps_pace(tape, oddities) else FROZEN


def keeps_pace(tape: Tape, oddities: Oddities) -> bool:
    """Whether each picture is shown soon after the one before, and all of them in their time."""
    moments = sorted(
        sample.decode_time + sample.offset for sample in samples(tape.body)
    )
    steps = [later - earlier for earlier, later in pairwise(moments)]
    due = len(steps) / oddities.pictures_per_second * TIMESCALE
    return min(steps) > 0 and max(steps) < SLACK and abs(sum(steps) - due) < SLACK


async def watched(case: Case) -> Watch:
    async with odd_camera(case.oddities) as camera:
        return await Watch(case, camera).run()


async def outcomes(cases: Mapping[str, Case]) -> dict[str, tuple[str, ...]]:
    """Watch all of them side by side, and decode what came once all is over."""
    watches = await asyncio.gather(*map(watched, cases.values()))
    told = (watch.outcome() for watch in watches)
    return dict(zip(cases, told, strict=True))


@pytest.mark.parametrize("group", GROUPS)
async def test_an_odd_camera_gives_its_picture_or_the_right_reason(group: str) -> None:
    cases = GROUPS[group]
    expected = {name: case.told for name, case in cases.items()}
    assert await outcomes(cases) == expected


async def test_a_certificate_is_verified_only_where_that_is_wanted(
    tmp_path: Path,
) -> None:
    unknown = make_authority(tmp_path / "unknown").server_context()
    cases = odd_cases.certificates(unknown)
    expected = {name: case.told for name, case in cases.items()}
    assert await outcomes(cases) == expected


async def test_a_login_that_was_refused_is_not_tried_again() -> None:
    """Hikvision, Dahua and Foscam lock an address out after five."""
    case = odd_cases.LOGINS["a wrong password"]
    refused = RefusedLogins()
    async with odd_camera(case.oddities) as camera:
        for _ in range(3):
            watch = Watch(case, camera, refused)
            assert (await watch.run()).outcome() == ("unauthorized",)
        assert camera.wrong_logins == 1


async def test_a_redirect_to_itself_is_followed_a_handful_of_times() -> None:
    case = odd_cases.REASONS["to itself"]
    async with odd_camera(case.oddities) as camera:
        assert (await Watch(case, camera).run()).outcome() == ("redirected",)
        assert camera.connections < 10


async def test_a_redirect_is_followed_on_its_host_and_to_no_other() -> None:
    async with odd_camera(Oddities()) as other:
        same = Case(oddities=Oddities(redirect=other.address))
        assert (await watched(same)).outcome() == (WHOLE,)
        assert other.connections == 1
    async with odd_camera(Oddities(host="127.0.0.2")) as other:
        away = Case(oddities=Oddities(redirect=other.address), told=("redirected",))
        assert (await watched(away)).outcome() == ("redirected",)
        assert other.connections == 0


async def test_a_camera_is_told_what_comes_of_its_packets_and_when_it_is_over() -> None:
    async def heard(oddities: Oddities) -> OddCamera:
        async with odd_camera(oddities) as camera:
            case = Case(oddities=oddities, pictures=90)
            assert (await Watch(case, camera).run()).outcome() == (WHOLE,)
            await camera.until_left()
        return camera

    for camera in await asyncio.gather(heard(Oddities()), heard(UDP)):
        assert camera.receiver_reports > 0
        assert camera.methods()[-1] == "TEARDOWN"


async def test_a_reason_stands_until_another_one_is_known() -> None:
    """Also where it was told longer ago than most cameras take until their first picture."""
    case = odd_cases.REASONS["busy"]
    async with odd_camera(case.oddities) as camera:
        watch = Watch(case, camera)
        watch.stream.attach(watch.tape, any_source)
        await watch.tape.news.until(lambda: watch.attempts == 60)
        await watch.stream.async_close()
    assert watch.told == ["busy"]


async def test_a_camera_that_hangs_up_on_a_method_is_asked_it_once() -> None:
    case = Case(
        oddities=Oddities(session_timeout=4, keep_alive="hangs up"),
        told=("unreachable", GAPS),
        pictures=100,
    )
    async with odd_camera(case.oddities) as camera:
        assert (await Watch(case, camera).run()).outcome() == case.told
        assert camera.connections == 2
        assert camera.methods().count("GET_PARAMETER") == 1


async def test_a_transport_that_is_wanted_is_asked_for_first() -> None:
    case = odd_cases.TRANSPORTS["both, and UDP is wanted"]
    async with odd_camera(case.oddities) as camera:
        assert (await Watch(case, camera).run()).outcome() == (WHOLE,)
        (asked,) = camera.transports_asked
    assert "TCP" not in asked
