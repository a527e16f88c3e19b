"""Publishing timetables and excepting single runs; used by administrators and supervisors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.model.decision import moment
from domain.model.errors import NotFound
from domain.model.labels import Kind, Label
from domain.model.planned_runs import EXTRA
from domain.model.policy import Act, Actor, demand
from domain.model.sheet import RowProblem
from domain.model.timetable import Timetable, UnknownStop, timetable_id
from domain.model.timetable_sheet import Change, StopRow, lay_timetables, with_card
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, first
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.reserve_labels import NumberSource
from domain.use_cases.run_plans import RunPlans


@dataclass(frozen=True, slots=True, kw_only=True)
class RunException:
    """One run of one date: `kind` cancelled, changed or extra.

    `stops` as `read_trip` reads them, None for a cancelled run; `courier` None where nobody is
    named.
    """

    date: str
    slot: str
    kind: str
    reason: str
    stops: list[dict[str, Any]] | None = None
    courier: str | None = None


class MaintainTimetables:
    """Runs on the writer thread."""

    def __init__(
        self,
        *,
        log: EventLog,
        reference: Reference,
        numbers: NumberSource,
        plans: RunPlans,
        clock: Clock,
    ) -> None:
        self._log = log
        self._reference = reference
        self._numbers = numbers
        self._plans = plans
        self._clock = clock

    def publish(
        self,
        rows: Sequence[StopRow],
        problems: Iterable[RowProblem] = (),
        *,
        actor: Actor | None,
        dry_run: bool = False,
    ) -> list[Change]:
        """New routes, versions and exceptions, all in one save or none; `dry_run` only says which.

        Raises `NotAllowed` and `SheetRefused`, which names every row that stands in the way.
        """
        demand(actor, Act.PUBLISH_TIMETABLE)
        ids = {timetable_id(row.route) for row in rows}
        standing = {each.code: each for each in self._log.load(Timetable, ids).values()}
        changes = lay_timetables(
            rows,
            problems,
            over=standing,
            offices=self._reference.offices().keys(),
            card=_Specimens() if dry_run else self._card,
            timestamp=moment(self._clock.now_us()),
        )
        if changes and not dry_run:
            self._log.save(*standing.values())
            self._plans.forget_newest()
        return changes

    def except_run(self, route: str, given: RunException, *, actor: Actor | None) -> None:
        """Cancel or change a run of one date, or add one.

        Raises `NotAllowed`, `NotFound`, `UnknownStop`, and what `Timetable.except_run` raises.
        """
        demand(actor, Act.EXCEPT_RUN)
        timetable = self._timetable(route)
        run = None
        if given.stops is not None:
            self._check_offices(given.stops)
            run = {"slot": given.slot, "courier": given.courier, "stops": given.stops}
            known = given.slot in timetable.route.cards.values()
            if known or given.kind == EXTRA:
                run = with_card(run, timetable, lambda: self._card(timetable.office))
        timetable.except_run(
            date=given.date,
            slot=given.slot,
            kind=given.kind,
            run=run,
            reason=given.reason,
            timestamp=moment(self._clock.now_us()),
        )
        self._save(timetable)

    def restore_run(
        self, route: str, *, date: str, slot: str, reason: str, actor: Actor | None
    ) -> None:
        """Lift an exception; raises `NotAllowed`, and what `Timetable.restore_run` raises."""
        demand(actor, Act.EXCEPT_RUN)
        timetable = self._timetable(route)
        timetable.restore_run(
            date=date, slot=slot, reason=reason, timestamp=moment(self._clock.now_us())
        )
        self._save(timetable)

    def _timetable(self, route: str) -> Timetable:
        found = first(self._log.load(Timetable, [timetable_id(route)]))
        if found is None:
            raise NotFound(what="route", code=route[:64])
        return found

    def _save(self, timetable: Timetable) -> None:
        self._log.save(timetable)
        self._plans.forget_newest()

    def _check_offices(self, stops: Sequence[dict[str, Any]]) -> None:
        offices = self._reference.offices()
        for stop in stops:
            if (office := stop.get("office")) not in offices:
                raise UnknownStop(office=str(office)[:64])

    def _card(self, office: str) -> str:
        """The label of a new card, numbered by the office."""
        issuer = self._reference.offices()[office].issuer
        return self._numbers.take(Kind.RUN, issuer, now_us=self._clock.now_us())


class _Specimens:
    """Labels that stand for those that would be taken, so that a dry run takes none."""

    def __init__(self) -> None:
        self._serial = 0

    def __call__(self, _office: str) -> str:
        self._serial += 1
        return str(Label(Kind.RUN, 0, 0, self._serial))
