"""The port `Documents` on ReportLab: a counter's values put into receipt and label; one a house."""

from collections.abc import Sequence
from threading import Lock

from domain.ports.documents import ApologyLetter, DossierLabel, Receipt

_UNITS = {
    "working_day": "ngày làm việc",
    "calendar_day": "ngày",
    "working_hour": "giờ làm việc",
    "working_minute": "phút làm việc",
}


class PaperDocuments:
    """See `Documents`. Prints one sheet at a time: ReportLab's fonts are shared objects.

    ReportLab is imported by the first print: it is a fifth of a start, and few commands print.
    """

    def __init__(self) -> None:
        self._one_at_a_time = Lock()

    def receipt_pdf(self, receipt: Receipt) -> bytes:
        """See `Documents`. What the centre's data do not hold is left to be filled in by hand."""
        from adapters.paper.receipt import PieceText, ReceiptText, receipt_pdf

        applicant = receipt.applicant
        text = ReceiptText(
            agency="",
            unit=receipt.office,
            place="",
            number=receipt.label,
            label=receipt.label,
            official_code=receipt.official_code or "",
            lookup_url=receipt.lookup_url or "",
            applicant=applicant.name,
            id_number=applicant.id_number or "",
            address=applicant.address or "",
            phone=applicant.phone or "",
            email=applicant.email or "",
            procedure=receipt.procedure,
            request=receipt.request or "",
            pieces=tuple(PieceText(piece.title, "", piece.count) for piece in receipt.pieces),
            sets=1,
            term=_term(receipt),
            received_us=receipt.received_us,
            due_us=receipt.due_us,
            collection="",
            register_volume="",
            register_line="",
            submitter="",
            receiver=receipt.receiver,
            printed_at_us=receipt.printed_at_us,
            data_version=f"lịch {receipt.calendar_version}, thủ tục v{receipt.procedure_version}",
        )
        with self._one_at_a_time:
            return receipt_pdf(text)

    def apology_pdf(self, letter: ApologyLetter) -> bytes:
        """See `Documents`."""
        from adapters.paper.apology import ApologyText, apology_pdf

        applicant = letter.applicant
        text = ApologyText(
            unit=letter.office,
            label=letter.label,
            official_code=letter.official_code or letter.label,
            applicant="" if applicant is None else applicant.name,
            address=(applicant and applicant.address) or "",
            contact="",
            procedure=letter.procedure,
            received_us=letter.received_us,
            appointed_us=letter.appointed_us,
            due_us=letter.due_us,
            cause=letter.cause,
            words=letter.words,
            written_us=letter.written_us,
            printed_at_us=letter.printed_at_us,
            data_version=f"lịch {letter.calendar_version}",
        )
        with self._one_at_a_time:
            return apology_pdf(text)

    def label_pdf(self, label: DossierLabel) -> bytes:
        """See `Documents`."""
        return self.labels_pdf([label], single=True)

    def labels_pdf(self, labels: Sequence[DossierLabel], *, single: bool) -> bytes:
        """See `Documents`."""
        from adapters.paper.labels import LabelText, labels_pdf, sheets_pdf

        texts = [
            LabelText(one.label, one.official_code or "", one.procedure, one.office)
            for one in labels
        ]
        with self._one_at_a_time:
            return labels_pdf(texts) if single else sheets_pdf(texts)


def _term(receipt: Receipt) -> str:
    """`3 ngày làm việc`; `trong ngày, nếu nhận trước 15:00`; what is provisional says so."""
    term = receipt.term
    words = f"{term.value:g} {_UNITS[term.unit]}" if term.unit in _UNITS else "trong ngày"
    if receipt.cutoff:
        words += f", nếu nhận trước {receipt.cutoff}"
    if receipt.provisional:
        words += " (ngày hẹn tạm tính: có năm chưa công bố lịch nghỉ)"
    return words
