from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import json

from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from custom_components.latchstring.core.errors import PairingError, PairingProblem
from custom_components.latchstring.core.pairing import Invitation, parse_invitation
from custom_components.latchstring.core.receipt import LogEnd, log_origin
from custom_components.latchstring.hub.client_session import client_session
from custom_components.latchstring.hub.discovery import discover
from custom_components.latchstring.hub.keys import HubKeys
from custom_components.latchstring.hub.pairing import PairingTokens, Predecessor, pair
from tests.hub.rude import Answer, RudeHub
from tests.reference_hub import Agreement, Authority, Conduct, ReferenceHub
from tests.reference_hub.presence import PAIRING

KEYS = HubKeys.generate()
ANOTHER = Agreement(version="2027-01-01", text="We keep it for ever.")


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with client_session(typed_host="127.0.0.1", only_local=False) as session:
        yield session


async def _pair(
    session: ClientSession,
    invitation: Invitation,
    *,
    keys: HubKeys = KEYS,
    late: timedelta = timedelta(0),
) -> PairingTokens:
    at = datetime.now(UTC)
    discovery = await discover(session, invitation.origin, at=at)
    return await pair(session, invitation, discovery, keys, at=at + late)


async def _problem(
    session: ClientSession, invitation: Invitation, late: timedelta = timedelta(0)
) -> PairingProblem:
    with pytest.raises(PairingError) as refused:
        await _pair(session, invitation, late=late)
    return refused.value.problem


async def test_both_sides_keep_the_same_two_tokens(
    session: ClientSession, hub: ReferenceHub
) -> None:
    paired = await _pair(session, parse_invitation(hub.invitation()))
    kept = hub.store.home(KEYS.home_id)
    assert kept is not None
    assert (kept.receipt, kept.answer) == (paired.receipt, paired.countersignature)


async def test_two_hubs_see_nothing_of_a_home_that_is_alike(
    session: ClientSession, authority: Authority, hub: ReferenceHub
) -> None:
    async with ReferenceHub(authority) as other:
        seen = set[str]()
        for each in (hub, other):
            keys, invitation = HubKeys.generate(), parse_invitation(each.invitation())
            await _pair(session, invitation, keys=keys)
            receipt = each.control.home().receipt
            seen |= {
                receipt["iss"],
                receipt["dial_in"]["x"],
                receipt["log"]["x"],
                receipt["log_origin"],
            }
    assert len(seen) == 8


async def test_an_invitation_is_used_once(
    session: ClientSession, hub: ReferenceHub
) -> None:
    invitation = parse_invitation(hub.invitation())
    await _pair(session, invitation)
    with pytest.raises(PairingError) as refused:
        await _pair(session, invitation, keys=HubKeys.generate())
    assert refused.value.problem is PairingProblem.INVITATION_USED
    assert hub.homes() == [KEYS.home_id]


async def test_a_lost_answer_costs_nothing(
    session: ClientSession, authority: Authority
) -> None:
    bodies: list[bytes] = []

    async def forgetful(request: web.Request) -> web.Response:
        answer = await hub.pairing.pair(request)
        bodies.append(await request.read())
        if len(bodies) < 3:
            assert request.transport is not None
            request.transport.abort()
        return answer

    async with RudeHub(authority, {PAIRING: forgetful}) as hub:
        paired = await _pair(session, parse_invitation(hub.invitation()))
        kept = hub.store.home(KEYS.home_id)
    assert bodies[0] == bodies[1] == bodies[2]
    assert kept is not None
    assert kept.answer == paired.countersignature


async def test_a_hub_that_loses_every_answer_is_asked_three_times(
    session: ClientSession, authority: Authority
) -> None:
    async def lost(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with RudeHub(authority, {PAIRING: lost}) as hub:
        problem = await _problem(session, parse_invitation(hub.invitation()))
        assert problem is PairingProblem.HUB_UNREACHABLE
        assert hub.asked(PAIRING) == 3


async def test_a_code_nobody_gave_out_is_unknown(
    session: ClientSession, hub: ReferenceHub
) -> None:
    link = hub.invitation().replace("code=", "code=x")
    problem = await _problem(session, parse_invitation(link))
    assert problem is PairingProblem.INVITATION_UNKNOWN


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("invitation_unknown", PairingProblem.INVITATION_UNKNOWN),
        ("invitation_used", PairingProblem.INVITATION_USED),
        ("receipt_invalid", PairingProblem.RECEIPT_INVALID),
        ("agreement_changed", PairingProblem.AGREEMENT_CHANGED),
        ("clock_skew", PairingProblem.CLOCK_SKEW),
        ("home_unknown", PairingProblem.HOME_UNKNOWN),
        ("address_private", PairingProblem.HUB_FAULT),
        ("<b>call us</b>", PairingProblem.HUB_FAULT),
    ],
)
async def test_a_refusal_is_told_by_the_hub_s_code_and_by_no_word_of_its_own(
    session: ClientSession, hub: ReferenceHub, code: str, problem: PairingProblem
) -> None:
    hub.conduct = Conduct(refuses_pairing_with=code)
    assert await _problem(session, parse_invitation(hub.invitation())) is problem


async def test_a_clock_far_off_is_what_the_hub_says_it_is(
    session: ClientSession, hub: ReferenceHub
) -> None:
    invitation = parse_invitation(hub.invitation())
    problem = await _problem(session, invitation, late=timedelta(seconds=-200))
    assert problem is PairingProblem.CLOCK_SKEW


@pytest.mark.parametrize(
    "conduct",
    [
        Conduct(countersigns_with=Ed25519PrivateKey.generate()),
        Conduct(countersigns_other_receipt=True),
    ],
)
async def test_a_countersignature_that_does_not_verify_pairs_nothing(
    session: ClientSession, hub: ReferenceHub, conduct: Conduct
) -> None:
    hub.conduct = conduct
    problem = await _problem(session, parse_invitation(hub.invitation()))
    assert problem is PairingProblem.RECEIPT_INVALID


def _always(**answer: object) -> Answer:
    async def respond(_request: web.Request) -> web.Response:
        return web.Response(**answer)  # type: ignore[arg-type]  # a table of answers

    return respond


JSON = "application/json"


@pytest.mark.parametrize(
    "answer",
    [
        _always(status=500),
        _always(status=404),
        _always(status=201, text="{}", content_type=JSON),
        _always(text="no JSON", content_type=JSON),
        _always(text="{}", content_type=JSON),
        _always(text='{"countersignature": 1}', content_type=JSON),
        _always(text='{"countersignature": "x", "a": 1}', content_type=JSON),
        _always(text="{}", content_type="text/html"),
        _always(body=b'"' + b"x" * 65_536 + b'"', content_type=JSON),
        _always(status=403, text="Forbidden", content_type="text/html"),
        _always(status=403, text="[]", content_type=JSON),
    ],
)
async def test_any_other_answer_is_a_fault_of_the_hub(
    session: ClientSession, authority: Authority, answer: Answer
) -> None:
    async with RudeHub(authority, {PAIRING: answer}) as hub:
        problem = await _problem(session, parse_invitation(hub.invitation()))
    assert problem is PairingProblem.HUB_FAULT


async def test_a_countersignature_that_is_not_sent_as_json_is_none(
    session: ClientSession, authority: Authority
) -> None:
    async def as_text(request: web.Request) -> web.Response:
        answer = await hub.pairing.pair(request)
        answer.content_type = "text/plain"
        return answer

    async with RudeHub(authority, {PAIRING: as_text}) as hub:
        problem = await _problem(session, parse_invitation(hub.invitation()))
    assert problem is PairingProblem.HUB_FAULT


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_takes_the_receipt_nowhere(
    session: ClientSession, authority: Authority, hub: ReferenceHub, status: int
) -> None:
    async with RudeHub(authority, {}) as elsewhere:
        target = elsewhere.origin + PAIRING
        hub.conduct = Conduct(redirects={"pairing": (status, target)})
        problem = await _problem(session, parse_invitation(hub.invitation()))
        assert problem is PairingProblem.REDIRECTED
        assert elsewhere.requests == []


async def test_nothing_is_signed_for_another_hub_than_the_invited_one(
    session: ClientSession, authority: Authority
) -> None:
    async with RudeHub(authority, {}) as hub:
        invitation = parse_invitation(hub.invitation())
        hub.conduct = Conduct(another_assertion_key=Ed25519PrivateKey.generate())
        problem = await _problem(session, invitation)
        assert problem is PairingProblem.HUB_KEY_MISMATCH
        assert hub.asked(PAIRING) == 0


async def test_terms_that_change_while_the_owner_reads_are_not_accepted(
    session: ClientSession, hub: ReferenceHub
) -> None:
    invitation, at = parse_invitation(hub.invitation()), datetime.now(UTC)
    read = await discover(session, invitation.origin, at=at)
    hub.change_agreement(ANOTHER)
    with pytest.raises(PairingError) as refused:
        await pair(session, invitation, read, KEYS, at=at)
    assert refused.value.problem is PairingProblem.AGREEMENT_CHANGED
    assert hub.homes() == []


async def test_a_paired_home_accepts_changed_terms_without_an_invitation(
    session: ClientSession, hub: ReferenceHub
) -> None:
    invitation, at = parse_invitation(hub.invitation()), datetime.now(UTC)
    await _pair(session, invitation)
    hub.change_agreement(ANOTHER)
    changed = await discover(session, invitation.origin, at=at)
    await pair(session, None, changed, KEYS, at=at)
    assert hub.control.home().receipt["agreement"] == ANOTHER.sha256


async def test_a_home_the_hub_never_met_needs_an_invitation(
    session: ClientSession, hub: ReferenceHub
) -> None:
    at = datetime.now(UTC)
    discovery = await discover(
        session, parse_invitation(hub.invitation()).origin, at=at
    )
    with pytest.raises(PairingError) as refused:
        await pair(session, None, discovery, KEYS, at=at)
    assert refused.value.problem is PairingProblem.HOME_UNKNOWN


async def test_what_is_posted_is_the_code_and_the_receipt_and_nothing_else(
    session: ClientSession, authority: Authority
) -> None:
    posted: list[web.Request] = []

    async def note(request: web.Request) -> web.Response:
        posted.append(request)
        return await hub.pairing.pair(request)

    async with RudeHub(authority, {PAIRING: note}) as hub:
        invitation = parse_invitation(hub.invitation())
        paired = await _pair(session, invitation)
        [request] = posted
        sent = json.loads(await request.read())
        assert sent == {"code": invitation.code, "receipt": paired.receipt}
        assert request.headers["User-Agent"] == "Latchstring/1"
        assert not request.headers.keys() & {"Authorization", "Cookie", "Origin"}


async def test_a_home_goes_on_under_other_keys_that_its_old_ones_vouch_for(
    session: ClientSession, hub: ReferenceHub
) -> None:
    await _pair(session, parse_invitation(hub.invitation()))
    old, new = KEYS, HubKeys.generate(epoch=1)
    at = datetime.now(UTC)
    discovery = await discover(
        session, parse_invitation(hub.invitation()).origin, at=at
    )
    ended = LogEnd(
        origin=log_origin(old.log.public_key()), size=7, root=bytes(range(32))
    )

    paired = await pair(
        session,
        None,
        discovery,
        new,
        at=at,
        predecessor=Predecessor(keys=old, ended=ended),
    )

    assert hub.homes() == [new.home_id]
    assert hub.store.successions() == [paired.succession]


async def test_keys_that_the_hub_does_not_know_vouch_for_nothing(
    session: ClientSession, hub: ReferenceHub
) -> None:
    at = datetime.now(UTC)
    discovery = await discover(
        session, parse_invitation(hub.invitation()).origin, at=at
    )
    old = HubKeys.generate()
    ended = LogEnd(origin=log_origin(old.log.public_key()), size=0, root=None)
    with pytest.raises(PairingError) as refused:
        await pair(
            session,
            None,
            discovery,
            HubKeys.generate(epoch=1),
            at=at,
            predecessor=Predecessor(keys=old, ended=ended),
        )
    assert refused.value.problem is PairingProblem.HOME_UNKNOWN
