"""The sheets a supervisor reads, as rows, and the port that answers them.

Pages, answers to stations and the command line use nothing else to read.

All instants are `Micros`; whatever depends on the time of day is computed from the `now_us` that
the caller gives, so nothing here has to tick.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.model.custody_along import Bearing
from domain.model.custody_state import Filling
from domain.model.instants import Micros
from domain.model.office_hours import Day
from domain.model.runs import RunState
from domain.model.station_time import Identity, Timed

# While it is one of these a dossier's clock runs; withdrawn, stopped or refused it stands still.
RUNNING = ("open", "unknown")
MOST_ROWS_A_PAGE = 500  # a page beyond that is not read by anyone and slows the server


class Standing(StrEnum):
    """Where a dossier stands against its due date: five classes while open, three once finished."""

    UNDATED = "undated"  # no procedure known, or its clock stands still for good
    PAUSED = "paused"  # an open pause holds it: no due until that has ended
    WITHIN = "within"
    NEAR = "near"  # at most 240 working minutes left
    OVERDUE = "overdue"
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


class Selection(StrEnum):
    """Which dossiers a board shows."""

    HERE = "here"  # their paper is in someone's hands
    GONE = "gone"  # returned, or refused at intake
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFilter:
    """What a reader of the board asks for; None does not narrow.

    `search` is part of a label (spaces and dots between its groups allowed) or of an official
    code. `offset` and `limit` cut the page; a limit above `MOST_ROWS_A_PAGE` is lowered to it.
    """

    selection: Selection = Selection.HERE
    status: str | None = None
    holder: str | None = None
    standing: Standing | None = None
    procedure: str | None = None
    discrepancy: str | None = None
    search: str = ""
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One line of the board: what is where, since when, due when, and what does not agree.

    `holder`, `place`, `basis` and `since_us` are None where nobody has the paper. Due fields are
    None for a dossier without a known procedure or in an open pause, whose reason is then
    `paused`; `promised_us` is the appointment as last printed. "Solved" is `finished_us`, "given
    back" `returned_us`: two clocks. `codes` are the discrepancies open now.
    """

    label: str
    status: str
    official_code: str | None
    procedure: str | None
    office: str | None
    holder: str | None
    place: str | None
    basis: str | None
    since_us: Micros | None
    pouch: str | None
    registered_us: Micros | None
    finished_us: Micros | None
    finished_provisional: bool
    returned_us: Micros | None
    promised_us: Micros | None
    due_us: Micros | None
    late_after_us: Micros | None
    provisional: bool
    paused: str | None
    standing: Standing
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A page of the board, riskiest first, and how many dossiers the filter holds in all."""

    rows: tuple[BoardRow, ...]
    total: int
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class CustodyLinkRow:
    """One link of a chain; `to_us` is None while it lasts, `evidence` are the keys behind it."""

    holder: str
    place: str | None
    from_us: Micros
    to_us: Micros | None
    basis: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """What was seen against what was said; `holder` has the subject now, None if nobody does.

    `closed_us` is when evidence closed it, `settled_us` when a person did; `assigned` is the office
    or person who sees to it.
    """

    code: str
    subject: str
    key: str
    opened_us: Micros
    closed_us: Micros | None
    holder: str | None
    assigned: str | None = None
    settled_us: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledRow:
    """A discrepancy that people acted on and that is open no more.

    `stands`: evidence still shows it, so a person has closed it; else evidence has resolved it,
    whatever people had decided. `settled_us` and `closed_by` tell of a person's closure, if any.
    """

    code: str
    subject: str
    key: str
    opened_us: Micros
    acted_us: Micros
    assigned: str | None
    settled_us: Micros | None
    closed_by: str | None
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierSheet:
    """One dossier on one sheet: its line of the board, its chain and all its discrepancies.

    `windows` are the spans in which it has a custodian. `procedure_version` and
    `calendar_version` stand behind the due date, None where there is none;
    `promise_calendar_version` behind the appointment as last printed.
    """

    row: BoardRow
    procedure_version: int | None
    calendar_version: str | None
    promise_calendar_version: str | None
    windows: tuple[tuple[Micros, Micros | None], ...]
    chain: tuple[CustodyLinkRow, ...]
    discrepancies: tuple[DiscrepancyRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StickerRow:
    """A label that leads to a dossier; `piece` is the kind of paper, None of the dossier's own."""

    label: str
    dossier: str
    piece: str | None
    since_us: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class PouchRow:
    """One pouch: who has it, sealed or not, what is in it and what its manifest says."""

    label: str
    state: str
    holder: str | None
    since_us: Micros | None
    seal: str | None
    destination: str | None
    contents: tuple[str, ...]
    manifest: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentToConfirm:
    """An open dossier whose printed appointment is no longer the due as it is computed now.

    Nobody has said yet that it stands against this due. `waited_for` are the reasons of all its
    pauses so far: they move a due as a calendar does.
    """

    label: str
    official_code: str | None
    procedure: str
    procedure_version: int
    office: str
    received_us: Micros
    promised_us: Micros
    promise_calendar_version: str
    due_us: Micros
    calendar_version: str
    reappointments: int
    waited_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppointmentsPage:
    """Those whose due comes first, how many there are in all, and whether more may come.

    `redating`: a calendar change is still being worked through the open dossiers.
    """

    rows: tuple[AppointmentToConfirm, ...]
    total: int
    redating: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The day in numbers: open dossiers by standing and by holder, open discrepancies by code.

    `open_total` counts dossiers whose paper someone has and whose result is not ready;
    `finished` those whose result is ready or that are gone, `returned` those given back.
    """

    open_total: int
    finished: int
    returned: int
    standings: Mapping[Standing, int]
    holders: Mapping[str, int]
    discrepancies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """How far the read model has followed the log.

    `lag` is how many events it has not applied yet. `fault` tells why it has stopped and
    `fault_event` at which event of the log; both are None while it runs.
    """

    position: int
    lag: int
    fault: str | None
    fault_event: int | None


class Views(Protocol):
    """The read side. Every answer is one consistent snapshot of the read model."""

    def board(self, wanted: BoardFilter, *, now_us: Micros) -> BoardPage:
        """Dossiers, the late and the soonest due first, the finished last."""
        ...

    def dossier(self, label: str, *, now_us: Micros) -> DossierSheet:
        """One dossier, by any label it has worn; raises `NotFound`."""
        ...

    def label_of_token(self, token_hash: str) -> str | None:
        """The dossier whose receipt carries the secret with this hash; None for none."""
        ...

    def pouch(self, label: str, *, now_us: Micros) -> PouchRow:
        """One pouch; raises `NotFound`."""
        ...

    def pouches(
        self, *, holder: str | None = None, now_us: Micros, limit: int = 100
    ) -> tuple[PouchRow, ...]:
        """Pouches that are sealed, or have contents, by label; of one holder, or of all."""
        ...

    def chains(self, labels: Collection[str]) -> Mapping[str, Sequence[CustodyLinkRow]]:
        """The chains of dossiers, pieces or pouches; one nothing is known of is left out."""
        ...

    def discrepancies(
        self, *, now_us: Micros, code: str | None = None, open_only: bool = True, limit: int = 100
    ) -> tuple[DiscrepancyRow, ...]:
        """Discrepancies that have opened by now, the oldest first.

        `open_only` leaves out those that evidence or a person has closed.
        """
        ...

    def discrepancy(self, identity: Identity, *, now_us: Micros) -> DiscrepancyRow | None:
        """The one of that identity, None where no evidence shows it (any more)."""
        ...

    def runs(
        self, first: Day, last: Day, *, offices: Collection[str] | None = None
    ) -> tuple[RunState, ...]:
        """The courier runs of these days, both included: planned ones and whatever else was seen.

        Without a `now`: each tells the instants at which it and its stops turn late or missed. With
        `offices`, those that stop at one of them.
        """
        ...

    def handled(self, *, now_us: Micros, limit: int = 50) -> tuple[HandledRow, ...]:
        """Those that people acted on and that are open no more, the newest act first."""
        ...

    def settled(self, labels: Collection[str]) -> Mapping[Identity, Micros]:
        """Which discrepancies on these labels a person has closed, and when."""
        ...

    def appointments_to_confirm(
        self, *, office: str | None = None, offset: int = 0, limit: int = 100
    ) -> AppointmentsPage:
        """Open dossiers whose appointment is not their due; of one registering office, or of all.

        A paused dossier has no due and is not among them until it goes on.
        """
        ...

    def open_codes(self, labels: Collection[str], *, now_us: Micros) -> Mapping[str, list[str]]:
        """The codes open on each of these labels now, sorted; a label without any is left out.

        What a person has closed is not open.
        """
        ...

    def around_scans(self, labels: Collection[str], digests: Collection[str]) -> Sequence[Bearing]:
        """The facts that bear on these scans, by digest, of these labels; and on others perhaps.

        Those of a pouch only from when it was filled for them; how it stood then is beside them.
        """
        ...

    def bearing_on(self, labels: Collection[str]) -> tuple[list[Timed], Sequence[Filling]]:
        """As `facts_around`, but of the pouches of dossiers only the fillings they were in.

        How those pouches stood when these fillings began is beside the facts.
        """
        ...

    def facts_around(self, labels: Collection[str]) -> list[Timed]:
        """Every fact that bears on these labels, in order; see `facts.md` §4.

        That is the facts that name them, their pouches, or what was ever named with those.
        """
        ...

    def first_label(self, label: str) -> str:
        """The first label of the dossier that wears, or wore, this one; itself for any other."""
        ...

    def replaced(self, labels: Collection[str]) -> Mapping[str, str]:
        """By label, of those that their dossier wears no more: the one it wears now."""
        ...

    def stickers(self, label: str) -> tuple[StickerRow, ...]:
        """The stickers of a dossier, by its first label; none where it has that alone."""
        ...

    def dossier_of_piece(self, label: str) -> str | None:
        """The first label of the dossier that the piece is of; None for what is no piece of any."""
        ...

    def summary(self, *, now_us: Micros) -> Summary:
        """The day in numbers."""
        ...

    def status(self) -> ProjectionStatus:
        """How far the read model has followed the log."""
        ...

    def last_recorded_us(self) -> Mapping[str, Micros]:
        """By station, by when the newest entry of its journal was recorded."""
        ...
