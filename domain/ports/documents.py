"""What is printed for a counter, and the port that prints it; used by the intake pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.model.deadline import Term
from domain.model.instants import Micros
from domain.ports.vault import ApplicantData


@dataclass(frozen=True, slots=True)
class ReceiptPiece:
    """One kind of paper handed in, by its title."""

    title: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One intake receipt (giấy tiếp nhận hồ sơ và hẹn trả kết quả), personal data included.

    `lookup_url` is None where the token is no longer known: the sheet then says it is a reprint.
    `provisional`: a year's days off are not published yet, so the due date may still move.
    `cutoff` is HH:MM or None; `receiver` is whoever signs this print.
    """

    office: str
    label: str
    official_code: str | None
    lookup_url: str | None
    applicant: ApplicantData
    procedure: str
    request: str | None
    pieces: tuple[ReceiptPiece, ...]
    term: Term
    cutoff: str | None
    received_us: Micros
    due_us: Micros
    provisional: bool
    receiver: str
    printed_at_us: Micros
    calendar_version: str
    procedure_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierLabel:
    """One dossier's sticker; nothing on it names a person (L7)."""

    label: str
    official_code: str | None
    procedure: str
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApologyLetter:
    """One letter of apology (phiếu xin lỗi và hẹn lại ngày trả kết quả).

    `applicant` is None for a reader who may not see that. `due_us` is the new date of return, None
    where none was given; `cause` is coded, `words` are those of the office.
    """

    office: str
    label: str
    official_code: str | None
    applicant: ApplicantData | None
    procedure: str
    received_us: Micros
    appointed_us: Micros
    due_us: Micros | None
    cause: str
    words: str
    written_us: Micros
    printed_at_us: Micros
    calendar_version: str


class Documents(Protocol):
    """Sheets as PDF; the same bytes for the same values."""

    def receipt_pdf(self, receipt: Receipt) -> bytes:
        """Form 01 on A4."""
        ...

    def apology_pdf(self, letter: ApologyLetter) -> bytes:
        """Form 04 on A4."""
        ...

    def label_pdf(self, label: DossierLabel) -> bytes:
        """One sticker on a page of its own size, for a label printer."""
        ...

    def labels_pdf(self, labels: Sequence[DossierLabel], *, single: bool) -> bytes:
        """Labels of any kind: on A4, or each on a page of its own size."""
        ...
