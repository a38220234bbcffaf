"""The camera with WebRTC, seen by a viewer that is not ours."""

from itertools import pairwise

from .camera import webrtc_camera
from .model import Model
from .viewer import viewer

ALL = ("audio", "video", "application")


def follow_each_other(numbers: list[int]) -> bool:
    return all(now == before + 1 for before, now in pairwise(numbers))


async def test_a_viewer_sees_every_picture_until_it_leaves() -> None:
    async with webrtc_camera(Model(fps=30)) as camera, viewer() as seeing:
        answer = await camera.offer(await seeing.offer("video"))
        await seeing.accept(answer)
        numbers = await seeing.until_seen(10)
        assert "a=candidate" not in answer.sdp
        assert await camera.sessions() == [answer.session]
        await camera.close(answer.session)
        await camera.over(answer.session)
        state = await camera.state()
    assert follow_each_other(numbers)
    assert (state["open"], state["connected"]) == ([], [])


async def test_a_keyframe_comes_next_where_one_is_asked_for() -> None:
    model = Model(fps=30, pictures=60, keyframe_every=60)
    async with webrtc_camera(model) as camera, viewer() as seeing:
        await seeing.accept(await camera.offer(await seeing.offer("video")))
        await seeing.until_seen(3)
        before = await camera.state()
        await seeing.ask_for_keyframe()
        state = await camera.until(
            lambda now: len(now["keyframes"][0]) > len(before["keyframes"][0])
        )
    asked_at = state["asked_for_keyframes"][0][-1]
    came_at = state["sent"][0][state["keyframes"][0][-1]]
    assert 0 <= came_at - asked_at < 0.5


async def test_what_it_loses_in_keyframes_leaves_nothing_to_see() -> None:
    model = Model(fps=30, loss_in_keyframes=1.0)
    async with webrtc_camera(model) as camera, viewer() as seeing:
        await seeing.accept(await camera.offer(await seeing.offer("video")))
        state = await camera.until(
            lambda now: any(now["lost"]) and len(now["sent"][0]) > 20
        )
        assert seeing.numbers == []
    assert state["lost"][0]


async def test_what_it_loses_is_sent_again() -> None:
    async with webrtc_camera(Model(fps=30, loss=0.05)) as camera, viewer() as seeing:
        await seeing.accept(await camera.offer(await seeing.offer("video")))
        numbers = await seeing.until_seen(30)
        state = await camera.state()
    assert state["lost"][0]
    assert follow_each_other(numbers)


async def test_it_takes_whatever_else_is_offered() -> None:
    only = "SRTP_AES128_CM_SHA1_80"
    model = Model(has_sound=True, srtp=only, is_passive=True, bandwidth=2_000_000)
    async with webrtc_camera(model) as camera, viewer() as seeing:
        answer = await camera.offer(await seeing.offer(*ALL))
        await seeing.accept(answer)
        await seeing.until_heard()
        await seeing.until_seen(1)
        state = await camera.until(lambda now: any(now["data_channels"]))
        assert seeing.srtp_profile == only.encode()
    assert state["data_channels"] == [["dataSendChannel"]]
    assert "a=setup:passive" in answer.sdp


async def test_without_h264_it_refuses_the_video() -> None:
    async with webrtc_camera(Model(has_h264=False)) as camera, viewer() as seeing:
        answer = await camera.offer(await seeing.offer("audio", "video"))
    assert "m=video 0 " in answer.sdp
    assert "a=group:BUNDLE 0\r\n" in answer.sdp


async def test_another_camera_than_its_answer_names_is_not_connected_with() -> None:
    async with webrtc_camera(Model(is_another=True)) as camera, viewer() as seeing:
        await seeing.accept(await camera.offer(await seeing.offer("video")))
        await seeing.until_state("failed")
    assert seeing.numbers == []


async def test_it_ends_a_session_by_itself() -> None:
    async with webrtc_camera(Model(ends_after=0.3)) as camera, viewer() as seeing:
        answer = await camera.offer(await seeing.offer("video"))
        await seeing.accept(answer)
        await camera.over(answer.session)
        await seeing.until_state("closed")
        assert await camera.sessions() == []
