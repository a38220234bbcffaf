"""What is alive of one hub while its config entry is loaded: its shares, its gate and its connection."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import (
    async_track_point_in_utc_time,
    async_track_time_interval,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.ssl import get_default_context

from .actors import acting_person
from .agreement import HubAddress, async_pin_place, hub_ingest, hub_session
from .alarms import Alarms
from .answers import RequestAnswers
from .clock_comparison import ClockComparison
from .const import (
    CONF_IS_LOCAL,
    ISSUE_AGREEMENT_CHANGED,
)
from .core.messages import Cameras, HomeMessage
from .core.model import Block, Facts, Opening, Share
from .display import HubDisplay
from .facts import Presence, facts_of
from .failures import Failures
from .gate import (
    Decisions,
    Doors,
    Ending,
    Gate,
    HomePeer,
    HowEnded,
    Ledger,
    OwnersSide,
    Requests,
    Session,
)
from .hub.address import PatientResolver
from .hub.control import Control
from .hub.pace import Pace
from .hub_issues import (
    HubIssues,
    Issues,
    camera_issues,
    place_issues,
    record_issues,
    rule_issues,
    unheard_issues,
    witness_issues,
)
from .issues import async_hide, async_show
from .journal import Journal
from .latch import Latch
from .openings import Openings
from .paired import hub_of, pairing_of
from .permission import openers_of
from .rules import rules_of
from .share_now import ShareNow
from .shares import listed, shares_of, state_of_share
from .sharing import Sharing
from .standing import Standing
from .succession import Succession

if TYPE_CHECKING:
    from .core.errors import PairingProblem
    from .core.pairing import Discovery
    from .household import Household
    from .relay import ConsentedSource, IngestTarget

READINGS: Final = 2
"""How often an attempt to connect reads the clock: to compare it with the hub's, and for its token."""

TICK: Final = timedelta(seconds=10)
"""How often what only time turns is looked at: the clock, and how far the sessions have come."""

DAY: Final = timedelta(days=1)

DECIDING_ANEW: Final = "Deciding anew for"

_LOGGER = logging.getLogger(__name__)

type LatchstringConfigEntry = ConfigEntry[HubRuntime]


class HubRuntime(OwnersSide):
    """One paired hub, from the loading of its entry to the unloading."""

    def __init__(
        self, hass: HomeAssistant, entry: LatchstringConfigEntry, household: Household
    ) -> None:
        """Build everything closed and unconnected; see `listen` and `start`."""
        self.hass = hass
        self.entry = entry
        self.household = household
        self.hub = hub_of(entry)
        self.shares: dict[str, Share] = {}
        self._openers = openers_of(entry)
        self.connected = False
        self._unreached: PairingProblem | None = None
        self._title = entry.title
        self._accepted = True
        self._is_running = False
        self._undo: list[CALLBACK_TYPE] = []
        self._leads = (household.clock.lead,) * READINGS
        self._on_share_added: list[Callable[[Share], None]] = []
        self._failures = Failures(_LOGGER)
        self._next_change: CALLBACK_TYPE | None = None
        self.presence = Presence(self._presence_turned)
        self.journal = Journal(household.record, hub=self.hub)
        self.latch = Latch(hass, entry)
        self.openings = Openings(hass, on_turned=self.turned)
        self._standing = Standing(
            cameras=household.cameras,
            watches=household.watches,
            openings=self.openings,
            may_open=self._may_open,
            on_turned=self.turned,
            on_failed=self._failed,
        )
        self._ledger = Ledger(
            hass,
            record=household.record,
            hub=self.hub,
            send=self.send,
            now=lambda: household.clock.now,
        )
        self.witness = self._ledger.witness
        self._was_held_back = self.witness.held_back
        self.witness.on_foreign_head = self._on_foreign_head
        self.witness.on_turned = self._witness_turned
        self.decisions = Decisions(
            shares=lambda: self.shares,
            facts=self.facts,
            held_back=lambda: self.witness.held_back,
        )
        self.sharing = Sharing(
            hass,
            entry,
            household=household,
            journal=self.journal,
            latch=self.latch,
            openings=self.openings,
            on_turned=lambda share: self.turned([share.share_id] if share else None),
        )
        self.share_now = ShareNow(
            hass,
            entry,
            latch=self.latch,
            journal=self.journal,
            openings=self.openings,
            shares=lambda: self.shares,
            decision=self.decisions.of,
        )
        self._alarms = Alarms(
            openings=self.openings,
            shares=lambda: self.shares,
            is_open=lambda share_id: self.decisions.of(share_id).open,
            send=self.send,
        )
        self._issues = HubIssues(
            hass,
            entry,
            lambda: place_issues(entry, self._unreached),
            lambda: witness_issues(entry, self.witness),
            lambda: record_issues(
                entry,
                sessions=self._ledger.today.total(),
                requests=self._ledger.asked_today,
            ),
            lambda: rule_issues(hass, entry, self.shares.values(), self.own_entities),
            lambda: camera_issues(
                hass, entry, self.shares.values(), self.sharing.is_of_another_source
            ),
            lambda: unheard_issues(
                hass,
                entry,
                self.shares.values(),
                lambda share_id, since: self._standing.of(share_id).unheard_since(
                    since
                ),
            ),
        )
        self.gate = Gate(
            hass,
            hub=self.hub,
            decisions=self.decisions,
            ledger=self._ledger,
            doors=Doors(
                shares=lambda: self.shares,
                source=self._source,
                ingest=self._async_ingest,
                show=self.show_at_once,
                admitted=self._admitted,
                left=self._left,
            ),
            ssl=get_default_context(),
        )
        self.requests = Requests(
            hass,
            hub=self.hub,
            decisions=self.decisions,
            gate=self.gate,
            ledger=self._ledger,
            send=self.send,
        )
        self.answers = RequestAnswers(
            hass,
            latch=self.latch,
            journal=self.journal,
            openings=self.openings,
            decisions=self.decisions,
            requests=self.requests,
            gate=self.gate,
            shares=lambda: self.shares,
        )
        self._peer = HomePeer(
            hass,
            hub=self.hub,
            gate=self.gate,
            ledger=self._ledger,
            requests=self.requests,
            owner=self,
        )
        self.display = HubDisplay(
            entry.entry_id,
            shares=lambda: self.shares,
            decisions=self.decisions,
            gate=self.gate,
            journal=self.journal,
            then=(
                self._peer.tell_cameras,
                self._alarms.look,
                self._issues.look,
                self._wait_for_change,
            ),
        )
        self._names = PatientResolver()
        self._session = hub_session(HubAddress.paired(entry), resolver=self._names)
        self._control = Control(
            session=self._session,
            pairing=pairing_of(entry, household.keys.of(entry)),
            peer=self._peer,
            spawn=self._spawn,
            pace=Pace(now=self._read_clock),
        )
        self._succession = Succession(
            hass,
            entry,
            household=household,
            on_agreement_changed=self.agreement_changed,
            on_unreached=self.hub_unreached,
            spawn=self._spawn,
        )
        self._succeeds = self._succession.is_due
        self._comparison = ClockComparison(
            entry,
            household.clock,
            on_agreed=household.clock_agreed,
            spawn=self._spawn,
        )

    @callback
    def listen(self) -> None:
        """Take in the shares as they are, listening before that to all that may turn. `stop_listening` must follow."""
        self._undo = [
            self.household.subscribe(self._household_turned),
            self.gate.subscribe(self.display.hear),
            self.entry.add_update_listener(_async_reread),
        ]
        self.shares = shares_of(self.entry)
        self._standing.keep(self.shares, rules_of(self.entry))

    @callback
    def stop_listening(self) -> None:
        """Listen to nothing any more."""
        while self._undo:
            self._undo.pop()()
        self._standing.stop()

    async def async_close_client(self) -> None:
        """Close what all requests to the hub go through, which is there before anything is connected."""
        await self._session.close()

    async def async_catch_up(self) -> None:
        """End what a crash left open, as far as the record can be asked."""
        await self._ledger.async_catch_up()

    @callback
    def start(self) -> None:
        """Show what is so, and dial in. The entities are there by now, and the record was asked what was left open."""
        if self.hass.is_stopping:
            return
        self._is_running = True
        self._undo += [
            async_track_time_interval(self.hass, self._async_tick, TICK),
            async_track_time_interval(self.hass, self._async_day, DAY),
        ]
        self.turned()
        # A copy of this home may still dial in by the old keys: this one does so by them no more.
        (self._succession if self._succeeds else self._control).start()

    async def async_stop(self, how: Ending) -> None:
        """Cut everything first, then write the ends down, say them to the hub, and hang up."""
        try:
            self.decisions.stop()
            self.latch.void()
            self._is_running = False
            self.household.show.forget(self.display)
        finally:
            await self.gate.async_stop(how)
        self.journal.stopped(self.shares.values(), why=how)
        self.openings.stop()
        self._alarms.stop()
        self._issues.stop()
        self.stop_listening()
        self._turn_at(None)
        await self._control.async_close()
        await self.async_close_client()
        self._peer.stop()
        await self._ledger.async_settled()
        self._succession.forget()
        async_hide(self.hass, ISSUE_AGREEMENT_CHANGED, self.entry)

    @callback
    def turned(self, share_ids: Collection[str] | None = None) -> None:
        """Cut what may go on no longer, as a fact of these shares (None: of all) turned, and have that shown later."""
        concerned = share_ids
        if concerned is None:
            concerned = dict.fromkeys((*self.shares, *self.gate.untold))
        try:
            self.gate.reconsider(concerned)
            self._failures.worked(DECIDING_ANEW, self.entry.title)
        except Exception:  # noqa: BLE001 - whatever it is, cutting is the safe side, and it is logged
            self._failures.caught(DECIDING_ANEW, self.entry.title)
            self.gate.cut(concerned, Block.FAILED)
        finally:
            self._mark(concerned)

    @callback
    def _failed(self, share_ids: Collection[str]) -> None:
        """Cut these shares without asking anything: it could not be taken account of what turned."""
        try:
            self.gate.cut(share_ids, Block.FAILED)
        finally:
            self._mark(share_ids)

    def _mark(self, share_ids: Collection[str]) -> None:
        """Have these shares shown soon, and the hub. Before it runs, its entities show themselves as they are added."""
        if self._is_running:
            self.household.show.mark(self.display, share_ids)

    @callback
    def show_at_once(self, share_id: str) -> None:
        """Show what turned about a share, if it is not shown yet."""
        self.household.show.show_now(self.display, share_id)

    def facts(self, share_id: str) -> Facts:
        """Gather what is true of a share now."""
        return facts_of(
            self.household,
            self.entry.entry_id,
            self.shares[share_id],
            presence=self.presence,
            agreement_accepted=self._accepted,
            has_caught_up=self._ledger.has_caught_up,
            watch=self._standing.of(share_id),
            opened=self.openings.of(share_id),
        )

    def _may_open(self, user_id: str) -> bool:
        """Say whether a user may open, be it by turning by hand what a rule names."""
        return self.household.users.may_open(user_id, openers_of(self.entry))

    def never_while(self, share_id: str) -> frozenset[str]:
        """Give the keys of what lets a share never open while it is as it is now."""
        return self._standing.of(share_id).never_while

    def own_entities(self, share_id: str) -> frozenset[str]:
        """Return the keys of what a share names to no effect, because it is an entity of ours or made of one."""
        return self._standing.of(share_id).own_entities

    @callback
    def also_shows(self, says: Callable[[], Issues]) -> Callable[[], None]:
        """Show in Repairs what `says` gives too, and return what has it looked at."""
        self._issues.also(says)
        return self._issues.look

    def issue_details(self, issue: str) -> Mapping[str, str] | None:
        """Return what the dialog of a repair tells an administrator, None where that is settled."""
        return self._issues.details(issue)

    @callback
    def on_share_added(self, listener: Callable[[Share], None]) -> None:
        """Call `listener` for every share added from now on."""
        self._on_share_added.append(listener)

    async def async_reread(self) -> None:
        """Take over what changed among the shares, touching no other share's sessions, and have it written down."""
        before = self.shares
        is_renamed, self._title = self.entry.title != self._title, self.entry.title
        try:
            after = shares_of(self.entry)
            self._take_over(before, after)
        except Exception:
            # What the owner says now could not be taken over, and what they said before counts no more.
            self.decisions.stop()
            self.gate.cut_all(Block.FAILED)
            self.hass.config_entries.async_schedule_reload(self.entry.entry_id)
            raise
        writing = self.hass.async_create_task(
            self.household.changes.async_compare(self.entry, acting_person()),
            "latchstring changes",
        )
        if is_renamed:
            self.turned()
        for share_id in before.keys() - after.keys():
            await self._async_forget(share_id)
        for share_id in after.keys() - before.keys():
            for listener in self._on_share_added:
                listener(after[share_id])
        await writing

    def _take_over(self, before: dict[str, Share], after: dict[str, Share]) -> None:
        self.shares = after
        others = self._standing.keep(after, rules_of(self.entry))
        self._standing.take_away(before, after)
        others |= {
            share_id
            for share_id in before.keys() | after.keys()
            if before.get(share_id) != after.get(share_id)
        }
        openers, self._openers = self._openers, openers_of(self.entry)
        self.turned(others if openers == self._openers else None)

    @override
    def cameras(self) -> Cameras:
        return Cameras(
            cameras=tuple(
                listed(
                    self.entry,
                    share,
                    state_of_share(share, self.decisions.admission(share.share_id)),
                )
                for share in self.shares.values()
            )
        )

    @override
    def send(self, message: HomeMessage) -> None:
        self._control.send(message)

    @override
    def connection_turned(self, *, connected: bool) -> None:
        self.connected = connected
        if connected and not self._accepted:
            self._accepted = True
            async_hide(self.hass, ISSUE_AGREEMENT_CHANGED, self.entry)
            self.turned()
        if connected:
            self._unreached = None
            self.household.clock_agreed(self._leads[0])
            self._pin_place()
            self._alarms.tell_again()
        self._mark(())

    @override
    def hub_unreached(self, problem: PairingProblem) -> None:
        self._unreached = problem
        self._mark(())

    def _pin_place(self) -> None:
        if CONF_IS_LOCAL not in self.entry.data:
            self._spawn(async_pin_place(self.hass, self.entry), "latchstring place")

    @override
    def agreement_changed(self, discovery: Discovery) -> None:
        self._accepted = False
        self.turned()
        async_show(self.hass, ISSUE_AGREEMENT_CHANGED, self.entry, hub=self.entry.title)

    @override
    def pairing_forgotten(self) -> None:
        self.entry.async_start_reauth(self.hass)

    @callback
    def _presence_turned(self, owner_id: str) -> None:
        self.turned(None if owner_id == self.entry.entry_id else [owner_id])

    @callback
    def _witness_turned(self) -> None:
        """Show how the hub stands with its word, and the shares where that lets others in than before."""
        before, self._was_held_back = self._was_held_back, self.witness.held_back
        if before != self._was_held_back:
            self.turned()
        self._mark(())

    def _wait_for_change(self) -> None:
        self._turn_at(self.display.next_change)

    def _turn_at(self, moment: datetime | None) -> None:
        """Ask again when something turns by time."""
        if self._next_change is not None:
            self._next_change()
            self._next_change = None
        if moment is not None:
            self._next_change = async_track_point_in_utc_time(
                self.hass, self._async_time_has_come, moment
            )

    @callback
    def _async_time_has_come(self, _now: datetime) -> None:
        self._next_change = None
        self.turned()

    async def _async_forget(self, share_id: str) -> None:
        """Drop the consent to a share that was removed, and all that opened it."""
        self.openings.close([share_id])
        self.display.forget(share_id)
        consent = self.household.consent
        if (hub := consent.hub(self.entry.entry_id)) is not None:
            consent.put(self.entry.entry_id, hub.without_share(share_id))
            await consent.async_save()

    def no_picture(self, share: Share) -> str | None:
        """Say why no picture of a share's camera comes, as far as it is known."""
        return self.household.cameras.no_picture(share.camera)

    def _source(self, share: Share) -> ConsentedSource:
        """Give the connection to the source the owner consented to, and to no other that the camera may show."""
        hub = self.household.consent.hub(self.entry.entry_id)
        consented = (hub and hub.share(share.share_id).source) or ""
        return self.household.cameras.source(share.camera, consented)

    async def _async_ingest(self, url: str, token: str) -> IngestTarget:
        hub = HubAddress.paired(self.entry)
        return await hub_ingest(hub, url, token, resolver=self._names)

    def _read_clock(self) -> datetime:
        """Return the time, as each attempt to connect asks for it: first to compare it with the hub's."""
        self._leads = (*self._leads[1:], self.household.clock.lead)
        return dt_util.utcnow()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return self.entry.async_create_background_task(self.hass, work, name)

    @callback
    def _on_foreign_head(self) -> None:
        """Have the owner review what came back, unless they have ended this log: what is heard now ends it too."""
        record, log = self.household.record, self.entry.entry_id
        if record.is_set_back(log) or not record.is_over(log):
            self.household.found_restored()

    @callback
    def _household_turned(self) -> None:
        """The record's health turned, or this home was restored; what could not be written before may be now."""
        self.turned()
        if self._succession.is_due and not self._succeeds:
            self._succeeds = True
            self.hass.config_entries.async_schedule_reload(self.entry.entry_id)
        if not self._ledger.has_caught_up:
            self._spawn(self._async_catch_up(), "latchstring record")

    async def _async_catch_up(self) -> None:
        await self.async_catch_up()
        self._offer_first()
        self.turned()

    @callback
    def _admitted(self, session: Session) -> None:
        """Use up the look that lets a session in. Where the camera is open without it, it stays for later."""
        if session.reason is Opening.APPROVAL:
            asker = replace(session.asker, session=None)
            self.openings.use(session.share_id, asker, session.session_id)

    @callback
    def _left(self, session: Session, how: HowEnded) -> None:
        """End the look that let a session in, unless that never began, and have its end shown."""
        end = self.openings.end_look
        if how is Ending.NOT_STARTED:  # not a byte can have left
            end = self.openings.give_back
        try:
            end(session.share_id, session.session_id)
        finally:
            self._mark([session.share_id])

    @callback
    def _async_day(self, _now: datetime) -> None:
        self._ledger.offer_checkpoint()

    def _offer_first(self) -> None:
        """Make up for the first checkpoint, without which nobody is let in, if the record could not be read for it."""
        if self.witness.is_unoffered:
            self._ledger.offer_checkpoint()

    async def _async_tick(self, _now: datetime) -> None:
        self._was_held_back = self.witness.held_back
        try:
            self.turned()
            self._offer_first()
            self.household.clock.look()
            self._comparison.look()
        finally:
            await self.gate.async_save_progress()
            await self.household.async_keep_heads()


async def _async_reread(_hass: HomeAssistant, entry: LatchstringConfigEntry) -> None:
    """Called by Home Assistant when the entry, its options or its subentries changed."""
    await entry.runtime_data.async_reread()
