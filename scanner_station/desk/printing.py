"""What the desk prints: differences of a receipt, a reroute slip, a label again; for `running`."""

from collections.abc import Callable, Mapping

from adapters.paper.labels import LabelText, labels_pdf
from adapters.paper.provisional import Provisional, provisional_pdf
from adapters.paper.slips import (
    Differences,
    Reroute,
    ShelfResult,
    census_pdf,
    differences_pdf,
    reroute_pdf,
)
from domain.model.errors import Refusal
from scanner_station.desk.board import AtHand, Snapshot
from scanner_station.drafts import NoSuchDraft
from scanner_station.intake import NobodySignedOn
from scanner_station.settings import Settings
from scanner_station.station import Station


class NoCensus(Refusal):
    """None of that place was closed here last; values: place."""

    code = "NO_CENSUS"


Paper = Callable[[str, Station, Settings, Snapshot], bytes]


def _differences(pouch: str, station: Station, settings: Settings, shown: Snapshot) -> bytes:
    """Of the pouch at hand or the receipt just closed; of another, what is known of it here."""
    known = station.knowledge.expected(pouch) if station.knowledge else None
    hand = next((one for one in (shown.at_hand, shown.closed) if one and one.pouch == pouch), None)
    if hand is None:
        lines = tuple((line.label, line.seen) for line in known.lines) if known else ()
        surplus = known.surplus if known else ()
        seen, expected = (known.seen, known.expected) if known else (0, None)
        hand = AtHand(pouch, False, True, lines, surplus, seen, expected)  # noqa: FBT003 - fields
    return differences_pdf(
        Differences(
            pouch=pouch,
            office=_office(station, settings),
            station=settings.station,
            operator=_operator(shown),
            seal=(known.seal or "") if known else "",
            seen=hand.seen,
            expected=hand.expected,
            missing=[label for label, seen in hand.lines if not seen],
            surplus=hand.surplus,
            closed=shown.at_hand is not hand,
            at_us=station.journal.now_us(),
            evidence=_evidence(station, settings),
        )
    )


def _census(place: str, station: Station, settings: Settings, shown: Snapshot) -> bytes:
    """Of the census closed last. Raises `NoCensus`."""
    closed = shown.closed
    shelf = closed.shelf if closed and closed.pouch == place else None
    if closed is None or shelf is None or shelf.closed_us is None:
        raise NoCensus(place=place)
    strays = shelf.strays
    return census_pdf(
        ShelfResult(
            place=place,
            office=_office(station, settings),
            station=settings.station,
            operator=_operator(shown),
            seen=closed.seen,
            listed=len(closed.lines),
            absent=[label for label, seen in closed.lines if not seen],
            misplaced=[(one.label, one.place) for one in strays if one.place],
            placed=[one.label for one in strays if one.ours and not one.place],
            foreign=[one.label for one in strays if not one.ours],
            blind=shelf.blind,
            complete=not shelf.truncated,
            begun_us=shelf.begun_us,
            closed_us=shelf.closed_us,
            at_us=station.journal.now_us(),
            evidence=_evidence(station, settings),
        )
    )


def _reroute(dossier: str, station: Station, settings: Settings, shown: Snapshot) -> bytes:
    row = next((row for row in shown.rows if row.subject == dossier), None)
    to = station.knowledge.sent_to(dossier) if station.knowledge else None
    return reroute_pdf(
        Reroute(
            dossier=dossier,
            found_at=f"{_office(station, settings)} (trạm {settings.station})",
            to=to or "",
            pouch=(row.pouch or "") if row else "",
            operator=_operator(shown),
            at_us=row.at_us if row else station.journal.now_us(),
            evidence=_evidence(station, settings),
        )
    )


def _receipt(label: str, station: Station, settings: Settings, _shown: Snapshot) -> bytes:
    """Of a draft that lies here, for who is signed on.

    Raises `NobodySignedOn`, `NoSuchDraft`, `DraftsUnusable`.
    """
    if station.intake is None:
        raise NoSuchDraft(label=label)
    if station.session.operator is None:
        raise NobodySignedOn
    drafts = station.intake.drafts
    draft = drafts.read(label)
    registration = draft["registration"]
    procedure = next(
        (one for one in drafts.procedures() if one["code"] == registration["procedure"]), None
    )
    titles = {one["kind"]: one["title"] for one in procedure["pieces"]} if procedure else {}
    return provisional_pdf(
        Provisional(
            label=label,
            office=_office(station, settings),
            station=settings.station,
            operator=draft["operator"],
            applicant=registration["applicant"]["name"],
            procedure=procedure["title_vi"] if procedure else registration["procedure"],
            pieces=[
                (titles.get(one["kind"], one["kind"]), one["count"])
                for one in registration["pieces"]
            ],
            received_us=next(one.since_us for one in drafts.listed() if one.label == label),
            printed_us=station.journal.now_us(),
            evidence=_evidence(station, settings),
        )
    )


def _label(label: str, station: Station, settings: Settings, _shown: Snapshot) -> bytes:
    """The same number on a fresh sticker: a worn label is replaced by itself."""
    return labels_pdf([LabelText(label, office=_office(station, settings))])


PAPERS: Mapping[str, Paper] = {
    "differences": _differences,
    "reroute": _reroute,
    "label": _label,
    "census": _census,
    "receipt": _receipt,
}


def _office(station: Station, settings: Settings) -> str:
    return station.session.directory.names.get(settings.office, settings.office)


def _operator(shown: Snapshot) -> str:
    return shown.operator or ""


def _evidence(station: Station, settings: Settings) -> str:
    """The newest entry when it was printed: what came later is not in it."""
    return f"{settings.station}#{settings.epoch}.{station.journal.last_seq}"
