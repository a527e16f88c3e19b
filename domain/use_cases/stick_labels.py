"""Giving a dossier another sticker, and its papers labels of their own; used by counters.

The old label stays an alias: `domain/model/stickers.py`. A label that somebody has scanned already
names another thing, so a dossier gets none of those.
"""

from dataclasses import dataclass

from domain.model.decision import moment
from domain.model.discrepancy import BadReason
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import AlreadyExists, BadLabel, NotAllowed, NotFound
from domain.model.fact import labels_named
from domain.model.labels import Kind, parse_label
from domain.model.office import Office, office_id
from domain.model.policy import Act, Actor, Role, demand
from domain.model.procedure import Terms
from domain.model.reasons import reasons_for
from domain.model.stickers import Binding, Stickers, binding_id, stickers_id
from domain.model.succession import Succession
from domain.ports.clock import Clock
from domain.ports.documents import DossierLabel
from domain.ports.stores import EventLog, StreamConflict, first
from domain.ports.views import Views
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.record_scans import DeskStation
from domain.use_cases.reserve_labels import NumberSource, named_already


@dataclass(frozen=True, slots=True)
class _Case:
    """A registered dossier, its stickers, and who sticks one."""

    dossier: Dossier
    stickers: Stickers
    actor: Actor


class StickLabels:
    """`relabel` and `label_piece` run on the writer thread, `sticker` and `version` on any.

    They raise `NotAllowed`, `NotFound`, `BadLabel`, `AlreadyExists`, `TooManyStickers`. On another
    `version` than that of the form before the eyes the same act is not done twice, and any other
    raises `StreamConflict`.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        desk: DeskStation,
        numbers: NumberSource,
        views: Views,
        reference: Reference,
        clock: Clock,
    ) -> None:
        self._log = log
        self._desk = desk
        self._numbers = numbers
        self._views = views
        self._reference = reference
        self._clock = clock

    def version(self, label: str) -> int:
        """The version of the dossier's stickers, for a form."""
        return self._stickers(self._views.first_label(label)).version

    def relabel(
        self,
        label: str,
        *,
        new: str | None,
        reason: str,
        actor: Actor | None,
        version: int | None = None,
    ) -> str:
        """The label it wears from now on: `new`, or the next of the actor's office.

        Raises `BadReason` too.
        """
        case = self._case(label, actor, Act.RELABEL_DOSSIER)
        if reason not in {one.code for one in reasons_for("Relabelled")}:
            raise BadReason(reason=reason[:64])
        if done := _done(case.stickers, version, Kind.DOSSIER, new, reason):
            return done
        sticker = self._label(Kind.DOSSIER, new, case.actor)
        self._demand_unused(sticker)
        now_us = self._clock.now_us()
        case.stickers.replace(label=sticker, reason=reason, timestamp=moment(now_us))
        self._save(case, "Relabelled", sticker, {"successor": sticker, "reason": reason})
        return sticker

    def label_piece(
        self,
        label: str,
        *,
        piece: str | None,
        kind: str,
        actor: Actor | None,
        version: int | None = None,
    ) -> str:
        """The label of the paper: `piece`, or the next of the actor's office; one has one dossier.

        `kind` is one of the papers its procedure asks for. The same again is the same.
        """
        case = self._case(label, actor, Act.LABEL_PIECE)
        if kind not in dict(self._terms(case.dossier).pieces):
            raise NotFound(what="piece", code=kind[:64])
        if done := _done(case.stickers, version, Kind.PIECE, piece, kind):
            return done
        sticker = self._label(Kind.PIECE, piece, case.actor)
        if case.stickers.pieces.get(sticker) == kind:
            return sticker
        bound = self._views.dossier_of_piece(sticker) is not None  # also before there were bindings
        if bound or named_already(self._log, [sticker]):
            raise AlreadyExists(what="label", code=sticker)
        timestamp = moment(self._clock.now_us())
        case.stickers.label_piece(label=sticker, kind=kind, timestamp=timestamp)
        self._save(case, "Labelled", sticker, {"pieces": [sticker]})
        return sticker

    def sticker(self, label: str, *, actor: Actor | None) -> DossierLabel:
        """What stands on the sticker of a registered dossier, or of a paper of one."""
        demand(actor, Act.PRINT_LABEL)
        of = self._views.dossier_of_piece(label) or self._views.first_label(label)
        dossier = first(self._log.load(Dossier, [dossier_id(of)]))
        if dossier is None:
            raise NotFound(what="label", code=label)
        kinds = {one.label: one.piece for one in self._views.stickers(of)}
        kind, terms = kinds.get(label), self._terms(dossier)
        return DossierLabel(
            label=label,
            official_code=dossier.official_code,
            procedure=dict(terms.pieces).get(kind, kind) if kind else terms.title_vi,
            office=self._reference.offices()[dossier.office].name_vi,
        )

    def _terms(self, dossier: Dossier) -> Terms:
        versions = self._reference.procedures()[dossier.procedure].versions
        return versions[dossier.procedure_version - 1]

    def _case(self, label: str, actor: Actor | None, act: Act) -> _Case:
        """Whoever has it, registered it or supervises may stick a label on it."""
        demand(actor, act)
        of = self._views.first_label(label)
        dossier = first(self._log.load(Dossier, [dossier_id(of)]))
        if dossier is None or actor is None:
            raise NotFound(what="dossier", code=label)
        row = self._views.dossier(of, now_us=self._clock.now_us()).row
        mine = Succession(self._reference.offices()).carried_on_by(actor.office)
        concerned = not mine.isdisjoint({dossier.office, row.holder})
        if not concerned and Role.SUPERVISOR not in actor.roles:
            raise NotAllowed(act=str(act))
        return _Case(dossier, self._stickers(of), actor)

    def _stickers(self, of: str) -> Stickers:
        return first(self._log.load(Stickers, [stickers_id(of)])) or Stickers(
            id=stickers_id(of), timestamp=moment(self._clock.now_us()), dossier=of
        )

    def _label(self, kind: Kind, given: str | None, actor: Actor) -> str:
        if given is not None:
            label = parse_label(given)
            if label.kind is not kind:
                raise BadLabel(text=str(label), why="another kind")
            return str(label)
        office = first(self._log.load(Office, [office_id(actor.office)]))
        if office is None:
            raise NotFound(what="office", code=actor.office)
        return self._numbers.take(kind, office.issuer, now_us=self._clock.now_us())

    def _demand_unused(self, label: str) -> None:
        worn = self._views.first_label(label) != label
        around = self._views.facts_around([label])  # with what bears on every label
        scanned = any(label in labels_named(timed.fact) for timed in around)
        if worn or scanned or named_already(self._log, [label]):
            raise AlreadyExists(what="label", code=label)

    def _save(self, case: _Case, fact: str, sticker: str, context: dict[str, object]) -> None:
        actor, dossier = case.actor, case.dossier.label
        binding = Binding(
            id=binding_id(sticker),
            timestamp=moment(self._clock.now_us()),
            label=sticker,
            dossier=dossier,
        )
        entry = self._desk.state(fact, dossier, context, operator=actor.person, office=actor.office)
        self._log.save(case.stickers, binding, entries=[entry])


def _done(
    stickers: Stickers, version: int | None, kind: Kind, given: str | None, why: str
) -> str | None:
    """The label by which this was done since that version; raises `StreamConflict`."""
    if version in {None, stickers.version}:
        return None
    wanted = None if given is None else str(parse_label(given))
    for label, said in stickers.given[max(0, (version or 0) - 1) :]:
        if (parse_label(label).kind, said) == (kind, why) and wanted in {None, label}:
            return label
    raise StreamConflict
