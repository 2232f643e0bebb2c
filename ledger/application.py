"""The facade of the ledger: services by actor, queries, and the log."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from eventsourcing.application import Application, Repository
from eventsourcing.persistence import ApplicationRecorder, JSONTranscoder, Mapper, StoredEvent

from ledger.event import Event, decode, encode, topic_of
from ledger.proof.heads import HeadSigner, Outside, Publish
from ledger.proof.note import derived
from ledger.services.base import Context
from ledger.services.claims import ClaimService
from ledger.services.late_redemptions import LateRedemptionService
from ledger.services.member_benefits import MemberBenefitService
from ledger.services.member_cards import MemberCardService
from ledger.services.offer_index import OfferIndex
from ledger.services.officers.cards import CardService
from ledger.services.officers.contests import ContestService
from ledger.services.officers.corrections import CorrectionService
from ledger.services.officers.draws import DrawService
from ledger.services.officers.drops import DropService
from ledger.services.officers.enrolments import EnrolmentService
from ledger.services.officers.families import FamilyService
from ledger.services.officers.merchants import MerchantService
from ledger.services.officers.offers import OfferService
from ledger.services.officers.previews import PreviewService
from ledger.services.officers.proposals import ProposalService
from ledger.services.officers.staff import StaffService
from ledger.services.officers.statements import StatementService
from ledger.services.offline_till import OfflineTillService
from ledger.services.queries import Queries
from ledger.services.redemptions import RedemptionService
from ledger.services.ticket_use import TicketUseService
from ledger.store import Log, StoreFailure
from ledger.store.clock import process_time
from ledger.write.request import Request
from ledger.write.state_batch import renew_snapshots
from ledger.write.streams import CATEGORIES, category_of
from ledger.write.writer import BatchReport, Writer, WriterLimits

__all__ = ["BatchReport", "Ledger", "Officers", "Recorded", "Request", "WriterLimits"]


class Tills:
    """The services that tills call; one instance per ledger, as `ledger.tills`."""

    def __init__(self, context: Context) -> None:
        """Make each service once, on the shared parts of one ledger."""
        self.redemptions = RedemptionService(context)
        self.ticket_use = TicketUseService(context)
        self.late_redemptions = LateRedemptionService(context)
        self.offline = OfflineTillService(context)


class Members:
    """The services that members call; one instance per ledger, as `ledger.members`."""

    def __init__(self, context: Context) -> None:
        """Make each service once, on the shared parts of one ledger."""
        self.claims = ClaimService(context)
        self.cards = MemberCardService(context)
        self.benefits = MemberBenefitService(context)


class Officers:
    """The services that officers call; one instance per ledger, as `ledger.officers`."""

    def __init__(self, context: Context) -> None:
        """Make each service once, on the shared parts of one ledger."""
        self.cards = CardService(context)
        self.corrections = CorrectionService(context)
        self.draws = DrawService(context)
        self.drops = DropService(context)
        self.enrolments = EnrolmentService(context)
        self.families = FamilyService(context)
        self.merchants = MerchantService(context)
        self.offers = OfferService(context)
        self.previews = PreviewService(context)
        self.proposals = ProposalService(context)
        self.staff = StaffService(context)
        self.statements = StatementService(context)
        self.contests = ContestService(context)


class Recorded(NamedTuple):
    """An event with its stream and its version there (from 1), in the library's form."""

    originator_id: str
    originator_version: int
    event: Event


class Ledger(Queries, Application[str]):
    """One ledger: queries by name, and verbs as `ledger.<actor>.<subject>.<verb>`.

    `tills`, `members` and `officers` hold the services of each actor. A ledger is an
    `eventsourcing` application: `repository.get(stream, version=…)` returns a past state, and
    `notification_log` and the library's projection runner read our log.
    """

    name = "hongka"

    def __init__(
        self,
        url: str,
        *,
        zone: ZoneInfo = ZoneInfo("Asia/Shanghai"),  # noqa: B008 - a constant
        limits: WriterLimits = WriterLimits(),  # noqa: B008 - a frozen value
        clock: Callable[[], datetime] = process_time,
        on_batch: Callable[[BatchReport], None] | None = None,
        told_time: Callable[[], datetime] | None = None,
        key: bytes = b"",
        publish: Publish = lambda _note: None,
        outside: Outside = lambda: None,
    ) -> None:
        """Open the ledger at a database URL, making its tables where there are none.

        `zone` governs the days of the rules. `clock` is used on SQLite only. The writer's thread
        calls `on_batch` after each batch. `told_time` replaces any clock, even that of a database
        server, to replay the past; None means real time. `key` (32 bytes, empty: none) signs heads
        of the log, which `publish` keeps elsewhere, where `outside` reads the latest, and seals
        snapshots; without it no head is signed. A StoreFailure says why the database can't be used.
        """
        store = Log(url, now=clock, key=derived(key, "snapshots"))
        try:
            store.create()
            store.check()
            writer = Writer(store, limits, on_batch, told_time)
        except StoreFailure:
            store.close()
            raise
        self.heads = HeadSigner(store, key, publish, writer.stop, outside)
        context = Context(store, writer, zone, threading.Lock(), OfferIndex(writer.states))
        Queries.__init__(self, context)
        self.tills = Tills(context)
        self.members = Members(context)
        self.officers = Officers(context)
        Application.__init__(self, env={"PERSISTENCE_MODULE": "eventsourcing.popo"})

    @property
    def wait_seconds(self) -> float:
        """The longest wait for the writer, in seconds; who waits longer gets Busy."""
        return self.writer.wait_seconds

    def record_account(self, account: str) -> None:
        """Name a system account beside the actor in every fact recorded from now on."""
        self.writer.account = account

    def submit(self, request: Request) -> None:
        """Queue a request that a service made, without waiting; Busy if there is no room.

        Its `wake` is called once it is done.
        """
        self.writer.submit(request)

    def finish(self, request: Request) -> None:
        """Queue a request that a service made, and wait until it is done; Busy as in a service."""
        self.writer.submit(request)
        self.writer.wait(request)

    def close(self) -> None:
        """Answer the queued requests within `limits.wait_seconds`, sign, close all connections."""
        self.writer.close()
        self.heads.sign_recorded()
        self.store.close()
        super().close()

    def renew_snapshots(self) -> int:
        """Make the snapshots of another program anew, so that no request waits; count them."""
        return renew_snapshots(self.store)

    def construct_mapper(self) -> Mapper[str]:
        """Return the library's mapper, which uses our topics and JSON encoding."""
        return _EventMapper()

    def construct_recorder(self) -> ApplicationRecorder:
        """Return the ledger's log, already open, as the library's recorder."""
        return self.store

    def construct_repository(self) -> Repository[str]:
        """Return a repository that folds states with the `evolve` of their category."""
        return _StateRepository(self.events)


class _EventMapper(Mapper[str]):
    """A mapper of events to rows of the log and back, for the library."""

    def __init__(self) -> None:
        super().__init__(transcoder=JSONTranscoder())

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        recorded: Recorded = domain_event
        return StoredEvent(
            recorded.originator_id,
            recorded.originator_version,
            topic_of(recorded.event),
            encode(recorded.event).encode(),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        event = decode(stored_event.topic, stored_event.state)
        return Recorded(str(stored_event.originator_id), stored_event.originator_version, event)


class _StateRepository(Repository[str]):
    """The library's repository, folding with `evolve`."""

    def get(self, aggregate_id: str, *, version: int | None = None, **_others: Any) -> Any:
        """Return the state of a stream at a version (inclusive); None means its latest version."""
        return super().get(aggregate_id, version=version, projector_func=_fold)


def _fold(state: Any, recorded: Iterable[Any]) -> Any:
    for one in recorded:
        category = CATEGORIES[category_of(one.originator_id)]
        state = category.evolve(category.initial if state is None else state, one.event)
    return state
