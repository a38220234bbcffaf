import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import gzip
import json
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout, web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from custom_components.latchstring.core.address import Origin, parse_origin
from custom_components.latchstring.core.errors import PairingError, PairingProblem
from custom_components.latchstring.core.pairing import Discovery
from custom_components.latchstring.hub.client_session import client_session
from custom_components.latchstring.hub.discovery import discover
from tests.conftest import NAMED
from tests.hub.network import Names, calls
from tests.hub.rude import Answer, RudeHub
from tests.reference_hub import Authority, Conduct, ReferenceHub, make_authority
from tests.reference_hub.presence import DISCOVERY

HERE = "127.0.0.1"


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with client_session(typed_host=HERE, only_local=False) as session:
        yield session


async def _discover(session: ClientSession, origin: str) -> Discovery:
    return await discover(session, parse_origin(origin), at=datetime.now(UTC))


async def _problem(session: ClientSession, origin: str) -> PairingProblem:
    with pytest.raises(PairingError) as refused:
        await _discover(session, origin)
    return refused.value.problem


async def test_a_hub_is_read_as_it_shows_itself(
    session: ClientSession, hub: ReferenceHub
) -> None:
    discovery = await _discover(session, hub.origin)
    assert discovery.hub_id == hub.hub_id
    assert discovery.name == hub.agency.name
    assert json.loads(discovery.document) == hub.presence.document()


@pytest.mark.parametrize(
    ("conduct", "problem"),
    [
        (Conduct(versions=("2", "3")), PairingProblem.HUB_TOO_NEW),
        (Conduct(discovery=b"<html>Sign in</html>"), PairingProblem.NOT_A_HUB),
        (Conduct(discovery=b"{}"), PairingProblem.NOT_A_HUB),
        (Conduct(discovery=b"[" * 200_000), PairingProblem.NOT_A_HUB),
        (Conduct(discovery=b'"' + b"x" * 262_144 + b'"'), PairingProblem.NOT_A_HUB),
        (Conduct(clock_ahead=timedelta(seconds=130)), PairingProblem.CLOCK_SKEW),
        (Conduct(clock_ahead=timedelta(seconds=-130)), PairingProblem.CLOCK_SKEW),
    ],
)
async def test_what_is_wrong_with_a_hub_is_said_apart(
    session: ClientSession,
    hub: ReferenceHub,
    conduct: Conduct,
    problem: PairingProblem,
) -> None:
    hub.conduct = conduct
    assert await _problem(session, hub.origin) is problem


async def test_clocks_may_be_two_minutes_apart(
    session: ClientSession, hub: ReferenceHub
) -> None:
    hub.conduct = Conduct(clock_ahead=timedelta(seconds=110))
    assert (await _discover(session, hub.origin)).hub_id == hub.hub_id


async def test_another_hub_s_key_is_not_the_invited_one(
    session: ClientSession, hub: ReferenceHub
) -> None:
    hub.conduct = Conduct(another_assertion_key=Ed25519PrivateKey.generate())
    origin, now = parse_origin(hub.origin), datetime.now(UTC)
    with pytest.raises(PairingError) as refused:
        await discover(session, origin, at=now, hub_id=hub.hub_id)
    assert refused.value.problem is PairingProblem.HUB_KEY_MISMATCH
    assert (await discover(session, origin, at=now)).hub_id != hub.hub_id


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_followed_nowhere(
    session: ClientSession, authority: Authority, hub: ReferenceHub, status: int
) -> None:
    async with RudeHub(authority, {}) as elsewhere:
        target = elsewhere.origin + DISCOVERY
        hub.conduct = Conduct(redirects={"discovery": (status, target)})
        assert await _problem(session, hub.origin) is PairingProblem.REDIRECTED
        assert elsewhere.requests == []


def _always(**answer: object) -> Answer:
    async def respond(_request: web.Request) -> web.Response:
        return web.Response(**answer)  # type: ignore[arg-type]  # a table of answers

    return respond


JSON = "application/json"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (_always(status=404), PairingProblem.NOT_A_HUB),
        (_always(status=401), PairingProblem.NOT_A_HUB),
        (_always(status=204), PairingProblem.NOT_A_HUB),
        (_always(status=500), PairingProblem.HUB_FAULT),
        (_always(status=503), PairingProblem.HUB_FAULT),
        (_always(text="{}", content_type="text/html"), PairingProblem.NOT_A_HUB),
        (_always(body=b"{}"), PairingProblem.NOT_A_HUB),
        (_always(body=b"\xff\xfe", content_type=JSON), PairingProblem.NOT_A_HUB),
    ],
)
async def test_what_is_no_hub_is_told_from_a_hub_with_a_fault(
    session: ClientSession,
    authority: Authority,
    answer: Answer,
    problem: PairingProblem,
) -> None:
    async with RudeHub(authority, {DISCOVERY: answer}) as hub:
        assert await _problem(session, hub.origin) is problem


@pytest.mark.parametrize(
    ("encode", "headers"),
    [
        (bytes, {"Content-Type": "text/plain"}),
        (bytes, {"Content-Type": "application/octet-stream"}),
        (gzip.compress, {"Content-Type": JSON, "Content-Encoding": "gzip"}),
    ],
)
async def test_a_document_is_read_only_as_what_it_was_asked_for(
    session: ClientSession,
    authority: Authority,
    encode: Callable[[bytes], bytes],
    headers: dict[str, str],
) -> None:
    async def document(_request: web.Request) -> web.Response:
        body = json.dumps(hub.presence.document()).encode()
        return web.Response(body=encode(body), headers=headers)

    async with RudeHub(authority, {DISCOVERY: document}) as hub:
        assert await _problem(session, hub.origin) is PairingProblem.NOT_A_HUB


@pytest.mark.parametrize("date", ["", "yesterday", "Sat, 21 Nov 2026 18:04:05 -0000"])
async def test_a_hub_must_say_what_time_it_is(
    session: ClientSession, authority: Authority, date: str
) -> None:
    async def dated(_request: web.Request) -> web.Response:
        return web.json_response(hub.presence.document(), headers={"Date": date})

    async with RudeHub(authority, {DISCOVERY: dated}) as hub:
        assert await _problem(session, hub.origin) is PairingProblem.NOT_A_HUB


async def test_an_endless_answer_is_not_read_to_its_end(
    session: ClientSession, authority: Authority
) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": JSON})
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b" " * 65_536)
            sent += 65_536
        return response

    async with RudeHub(authority, {DISCOVERY: endless}) as hub:
        assert await _problem(session, hub.origin) is PairingProblem.NOT_A_HUB
    assert sent < 100_000_000


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

ENDLESS = {
    "hints before an answer": (b"", b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" * 2000),
    "lines of a head": (HEAD, b"A: b\r\n" * 8000),
    "extensions of chunks": (CHUNKED, b"1;" + b"e" * 60_000 + b"\r\n{\r\n"),
    "small chunks": (CHUNKED, b"1\r\n \r\n" * 8000),
    "lines behind the last chunk": (CHUNKED + b"0\r\n", b"A: b\r\n" * 8000),
}


@pytest.mark.parametrize("how", ENDLESS)
async def test_what_frames_an_answer_is_not_read_without_end_either(
    session: ClientSession, authority: Authority, how: str
) -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        first, more = ENDLESS[how]
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            writer.write(first)
            while sent < 100_000_000:
                writer.write(more)
                await writer.drain()
                sent += len(more)
        writer.close()

    server = await asyncio.start_server(serve, HERE, 0, ssl=authority.server_context())
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PairingError):
            await _discover(session, f"https://{HERE}:{port}")
    assert sent < 20_000_000


async def test_a_certificate_nobody_vouches_for_is_invalid(
    session: ClientSession, tmp_path: Path
) -> None:
    async with ReferenceHub(make_authority(tmp_path)) as stranger:
        problem = await _problem(session, stranger.origin)
    assert problem is PairingProblem.CERTIFICATE_INVALID


async def test_a_certificate_for_another_name_is_invalid(hub: ReferenceHub) -> None:
    other, port = "other.test", hub.origin.rpartition(":")[2]
    names = Names({other: [[HERE]]})
    async with client_session(
        typed_host=other, only_local=False, resolver=names
    ) as session:
        problem = await _problem(session, f"https://{other}:{port}")
    assert problem is PairingProblem.CERTIFICATE_INVALID


async def test_a_server_without_tls_is_told_nothing(
    session: ClientSession, unused_tcp_port: int
) -> None:
    requests = []

    async def note(request: web.BaseRequest) -> web.Response:
        requests.append(request)
        return web.Response()

    runner = web.ServerRunner(web.Server(note))
    await runner.setup()
    await web.TCPSite(runner, HERE, unused_tcp_port).start()
    problem = await _problem(session, f"https://{HERE}:{unused_tcp_port}")
    await runner.cleanup()
    assert problem is PairingProblem.CERTIFICATE_INVALID
    assert requests == []


async def test_nobody_there_is_unreachable(
    session: ClientSession, unused_tcp_port: int
) -> None:
    problem = await _problem(session, f"https://{HERE}:{unused_tcp_port}")
    assert problem is PairingProblem.HUB_UNREACHABLE


async def test_a_name_without_an_address_is_unreachable() -> None:
    async with client_session(
        typed_host=NAMED, only_local=False, resolver=Names({})
    ) as session:
        problem = await _problem(session, f"https://{NAMED}")
    assert problem is PairingProblem.HUB_UNREACHABLE


async def test_a_hub_that_never_answers_is_unreachable(authority: Authority) -> None:
    done = asyncio.Event()

    async def silent(_request: web.Request) -> web.Response:
        await done.wait()
        return web.Response()

    timeout = ClientTimeout(total=0.3)
    async with (
        RudeHub(authority, {DISCOVERY: silent}) as hub,
        client_session(typed_host=HERE, only_local=False, timeout=timeout) as session,
    ):
        problem = await _problem(session, hub.origin)
        done.set()
    assert problem is PairingProblem.HUB_UNREACHABLE


async def test_a_hub_at_a_private_address_that_nobody_typed_is_not_called(
    hub: ReferenceHub,
) -> None:
    async with client_session(typed_host="hub.example", only_local=False) as session:
        with calls() as called:
            problem = await _problem(session, hub.origin)
    assert problem is PairingProblem.ADDRESS_PRIVATE
    assert called == []


async def test_no_proxy_cookie_or_stored_password_goes_along(
    session: ClientSession,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    unused_tcp_port: int,
) -> None:
    async def with_a_cookie(request: web.Request) -> web.Response:
        response = await hub.presence.discover(request)
        response.set_cookie("home", "4711")
        return response

    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HERE} login owner password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "WSS_PROXY"):
        monkeypatch.setenv(name, f"http://{HERE}:{unused_tcp_port}")
    async with RudeHub(authority, {DISCOVERY: with_a_cookie}) as hub:
        await _discover(session, hub.origin)
        await _discover(session, hub.origin)
        for request in hub.requests:
            assert request.headers.keys() == {
                "Host",
                "User-Agent",
                "Accept",
                "Accept-Encoding",
                "Connection",
            }
            assert request.headers["User-Agent"] == "Latchstring/1"
    assert len(hub.requests) == 2


async def test_an_origin_with_an_ipv6_address_is_written_as_a_url() -> None:
    origin = Origin(scheme="https", host="::1", port=8443)
    async with client_session(typed_host="hub.example", only_local=False) as session:
        problem = await _problem(session, str(origin))
    assert problem is PairingProblem.ADDRESS_PRIVATE
