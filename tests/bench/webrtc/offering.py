"""How both receivers negotiate with the camera: over HTTP, as `tests.cameras.webrtc` does."""

from dataclasses import dataclass

from aiohttp import ClientSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the camera answered: the session's name, and a description that has its candidates."""

    session: str
    sdp: str


async def offer(http: ClientSession, camera: str, sdp: str) -> Answered:
    """Begin a session."""
    async with http.post(f"{camera}/offer", json={"sdp": sdp}) as response:
        said = await response.json()
    # What a medium's section ends with is what the description ends with: all media share one transport.
    lines = "".join(f"a={each}\r\n" for each in said["candidates"])
    return Answered(
        session=said["session"], sdp=f"{said['sdp']}{lines}a=end-of-candidates\r\n"
    )


async def close(http: ClientSession, camera: str, session: str) -> None:
    """End a session."""
    async with http.post(f"{camera}/close", json={"session": session}):
        pass
