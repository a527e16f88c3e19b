"""The JSON of the programming interface: what comes in, with its limits, and what goes out.

Fields nobody here knows are ignored, because a station may be one version ahead of the server.
Instants go out as ISO 8601 with the offset +07:00.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from domain.model.entry import MOST_ENTRY_BYTES
from domain.model.identifiers import checked_code
from domain.model.instants import Micros, iso
from domain.model.succession import Succession
from domain.model.verdict import Verdict
from domain.ports.vault import ApplicantData
from domain.ports.views import (
    MOST_ROWS_A_PAGE,
    BoardFilter,
    BoardRow,
    DiscrepancyRow,
    ProjectionStatus,
    Selection,
    Standing,
)
from domain.use_cases.enrol_station import Enrolment
from domain.use_cases.record_scans import MOST_ENTRIES, BatchAnswer, SentEntry
from domain.use_cases.register_dossier import PieceGiven, Registered, Registration

_LAST_SEQ = 2**53  # what every JSON reader keeps exactly
_MOST_PIECES = 200
_MOST_EPOCHS = 1_000_000  # a device that had a new key each hour for a century
_MOST_PAST_KEYS = 100
LAST_OFFSET = 10_000_000  # more dossiers than a province has in ten years
Code = Annotated[str, Field(max_length=64)]
Word = Annotated[str, Field(max_length=80)]
Line = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=4000)]
Count = Annotated[int, Field(ge=1, le=_LAST_SEQ)]


def _decoded(text: object) -> object:
    """Bytes from strict base64; pydantic's own reading skips signs that are no base64."""
    return base64.b64decode(text, validate=True) if isinstance(text, str) else text


InBase64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]


class RefusalOut(BaseModel):
    """Why not: a stable code, a sentence in Vietnamese and in English, the values in them."""

    code: str
    vi: str
    en: str
    values: dict[str, str | int | bool]


class ErrorOut(BaseModel):
    """Every answer that refuses."""

    error: RefusalOut


class EnrolmentIn(BaseModel):
    """A device answers a one-time code with its public key.

    `after` and `past`: the newest journal epoch it knows, and public keys of epochs so far.
    """

    code: Annotated[str, Field(max_length=128)]
    public_key: Annotated[InBase64, Field(max_length=128)]
    algorithm: Literal[1, 2]
    after: Annotated[int, Field(ge=0, le=_MOST_EPOCHS)] = 0
    past: Annotated[
        dict[
            Annotated[int, Field(ge=1, le=_MOST_EPOCHS)], Annotated[InBase64, Field(max_length=32)]
        ],
        Field(max_length=_MOST_PAST_KEYS, default_factory=dict),
    ]


class EnrolmentOut(BaseModel):
    """What the device must know; `server_public_key` is base64, to be pinned."""

    station: str
    office: str
    purpose: str
    epoch: int
    server_public_key: str
    now: str

    @classmethod
    def of(cls, enrolment: Enrolment, *, now_us: Micros) -> Self:
        """From the use case's answer."""
        return cls(
            station=enrolment.station,
            office=enrolment.office,
            purpose=enrolment.purpose,
            epoch=enrolment.epoch,
            server_public_key=base64.b64encode(enrolment.server_public_key).decode(),
            now=iso(now_us),
        )


class EntryIn(BaseModel):
    """One journal entry: the key it is sent under, and its bytes in base64."""

    epoch: Count
    seq: Count
    # An entry too long by a little is answered as malformed, one by one; far too long is no entry.
    entry: Annotated[InBase64, Field(max_length=2 * MOST_ENTRY_BYTES)]


class ScansIn(BaseModel):
    """A batch of one station, in the order of its journal."""

    entries: Annotated[list[EntryIn], Field(max_length=MOST_ENTRIES)]

    def sent(self) -> list[SentEntry]:
        """As the use case takes them."""
        return [SentEntry(one.epoch, one.seq, one.entry) for one in self.entries]


@dataclass(frozen=True, slots=True)
class AnswerOut:
    """What became of one entry; `discrepancies` are open on the labels it names.

    `verdict` is None for what states nothing, and for the oldest of a long backlog.
    """

    epoch: int
    seq: int
    outcome: str
    code: str | None
    discrepancies: list[str]
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class ScansOut:
    """One answer an entry, in the order sent; the checkpoint to embed in later entries."""

    answers: list[AnswerOut]
    checkpoint: dict[str, Any]
    now: str

    @classmethod
    def of(
        cls,
        batch: BatchAnswer,
        open_codes: Mapping[str, list[str]],
        verdicts: Sequence[Verdict | None],
        *,
        now_us: Micros,
    ) -> Self:
        """From the use cases' answers and the discrepancies open now."""
        answers = [
            AnswerOut(
                epoch=answer.epoch,
                seq=answer.seq,
                outcome=answer.outcome,
                code=answer.code,
                discrepancies=sorted(
                    {code for label in answer.labels for code in open_codes.get(label, ())}
                ),
                verdict=met,
            )
            for answer, met in zip(batch.answers, verdicts, strict=True)
        ]
        checkpoint = batch.checkpoint.to_json()
        return cls(answers, checkpoint, iso(now_us))


class OfficeOut(BaseModel):
    """An office as a station's screen names it."""

    code: str
    label: str
    name: str


class PersonOut(BaseModel):
    """Whose badge it is: no name, the code signs."""

    badge: str
    operator: str
    party: str
    roles: list[str]


class DirectoryOut(BaseModel):
    """What a station caches so that it can work without the network.

    `tender_key` (base64) is the asking station's own: it shows the codes of tenders by it.
    """

    offices: list[OfficeOut]
    people: list[PersonOut]
    tender_key: str


class SignInIn(BaseModel):
    """Either a one-time code, or a badge with its PIN."""

    code: Annotated[str | None, Field(max_length=128)] = None
    badge: Annotated[str | None, Field(max_length=40)] = None
    pin: Annotated[str | None, Field(max_length=64)] = None


class ActorOut(BaseModel):
    """Who is signed in."""

    person: str
    office: str
    roles: list[str]


class ApplicantIn(BaseModel):
    """Who applies; goes into the vault and nowhere else."""

    name: Line
    phone: Line | None = None
    id_number: Line | None = None
    address: Line | None = None
    email: Line | None = None


class PieceIn(BaseModel):
    """One kind of paper handed in, how many of it."""

    kind: Code
    count: Annotated[int, Field(ge=1, le=_MOST_PIECES)]


class RegistrationIn(BaseModel):
    """What the counter typed; without a label the office's next one is taken."""

    procedure: Code
    office: Code
    applicant: ApplicantIn
    request_text: Text | None = None
    pieces: Annotated[list[PieceIn], Field(max_length=_MOST_PIECES)] = []
    label: Annotated[str | None, Field(max_length=40)] = None
    official_code: Code | None = None

    def registration(self) -> Registration:
        """As the use case takes it; raises `BadCode`."""
        return Registration(
            procedure=checked_code("procedure", self.procedure),
            office=checked_code("office", self.office),
            applicant=ApplicantData(**self.applicant.model_dump()),
            request_text=self.request_text or None,
            pieces=tuple(PieceGiven(checked_code("piece", p.kind), p.count) for p in self.pieces),
            label=self.label or None,
            official_code=self.official_code or None,
        )


class RegisteredOut(BaseModel):
    """What the receipt says; `lookup_token` is told this once."""

    label: str
    official_code: str | None
    received: str
    due: str
    late_after: str
    provisional: bool
    calendar_version: str
    procedure_version: int
    lookup_token: str

    @classmethod
    def of(cls, registered: Registered) -> Self:
        """From the use case's answer."""
        return cls(
            label=registered.label,
            official_code=registered.official_code,
            received=iso(registered.received_us),
            due=iso(registered.due_us),
            late_after=iso(registered.late_after_us),
            provisional=registered.provisional,
            calendar_version=registered.calendar_version,
            procedure_version=registered.procedure_version,
            lookup_token=registered.lookup_token,
        )


class BoardQuery(BaseModel):
    """The board's filters; what is left out does not narrow."""

    selection: Selection = Selection.HERE
    status: Word | None = None
    holder: Word | None = None
    standing: Standing | None = None
    procedure: Word | None = None
    discrepancy: Word | None = None
    search: Word = ""
    offset: Annotated[int, Field(ge=0, le=LAST_OFFSET)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS_A_PAGE)] = 50

    def wanted(self) -> BoardFilter:
        """As the read side takes it."""
        return BoardFilter(**self.model_dump())


class BoardRowOut(BaseModel):
    """One dossier of the board; `holder_now` carries on the work of a holder that was merged."""

    label: str
    status: str
    official_code: str | None
    procedure: str | None
    office: str | None
    holder: str | None
    holder_now: str | None
    place: str | None
    basis: str | None
    since: str | None
    pouch: str | None
    registered: str | None
    finished: str | None
    finished_provisional: bool
    returned: str | None
    due: str | None
    late_after: str | None
    provisional: bool
    paused: str | None
    promised: str | None
    standing: str
    discrepancies: list[str]

    @classmethod
    def of(cls, row: BoardRow, succession: Succession) -> Self:
        """From a row of the read side."""
        return cls(
            label=row.label,
            status=row.status,
            official_code=row.official_code,
            procedure=row.procedure,
            office=row.office,
            holder=row.holder,
            holder_now=row.holder and succession.heir(row.holder),
            place=row.place,
            basis=row.basis,
            since=_iso(row.since_us),
            pouch=row.pouch,
            registered=_iso(row.registered_us),
            finished=_iso(row.finished_us),
            finished_provisional=row.finished_provisional,
            returned=_iso(row.returned_us),
            due=_iso(row.due_us),
            late_after=_iso(row.late_after_us),
            provisional=row.provisional,
            paused=row.paused,
            promised=_iso(row.promised_us),
            standing=row.standing,
            discrepancies=list(row.codes),
        )


class BoardOut(BaseModel):
    """A page of the board and how many dossiers the filter holds in all."""

    rows: list[BoardRowOut]
    total: int
    offset: int
    limit: int
    now: str


class DiscrepancyOut(BaseModel):
    """What was seen against what was said: `closed` by evidence, `settled` by a person."""

    code: str
    subject: str
    opened: str
    closed: str | None
    key: str
    holder: str | None
    holder_now: str | None
    assigned: str | None
    settled: str | None

    @classmethod
    def of(cls, row: DiscrepancyRow, succession: Succession) -> Self:
        """From a row of the read side."""
        return cls(
            code=row.code,
            subject=row.subject,
            opened=iso(row.opened_us),
            closed=_iso(row.closed_us),
            key=row.key,
            holder=row.holder,
            holder_now=row.holder and succession.heir(row.holder),
            assigned=row.assigned,
            settled=_iso(row.settled_us),
        )


class DiscrepanciesOut(BaseModel):
    """The oldest first."""

    discrepancies: list[DiscrepancyOut]
    now: str


class HealthOut(BaseModel):
    """The process lives; whether it can work is told by `ReadyOut`."""

    status: Literal["ok"]
    version: str
    protocol: int
    now: str


class ReadyOut(BaseModel):
    """`reasons` in code, none when ready; the rest is null where the sheets cannot be asked."""

    status: Literal["ready", "not_ready"]
    reasons: list[str]
    position: int | None
    lag: int | None
    fault: str | None

    @classmethod
    def of(
        cls, projection: ProjectionStatus | None, reasons: list[str], *, fault: str | None
    ) -> Self:
        """From the read model's account of itself, or the house's where it cannot give one."""
        fault = fault if projection is None else projection.fault or fault
        return cls(
            status="not_ready" if reasons else "ready",
            reasons=reasons,
            position=None if projection is None else projection.position,
            lag=None if projection is None else projection.lag,
            # Its kind alone: the page is public, and the rest may quote what was scanned.
            fault=fault and fault.partition(":")[0],
        )


def _iso(instant_us: Micros | None) -> str | None:
    return None if instant_us is None else iso(instant_us)
