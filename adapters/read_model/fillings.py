"""The history of each pouch in fillings, so that a movement refolds one and not years of a bag.

A fact that names a pouch is filed under the pouch, and under the filling in which it stands:
`POUCH@FROM`, the first `POUCH@0`. The fold finds where a history can be cut; a fact told late takes
away every cut that it may have moved. Used by the evidence, the closure and the refold.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from adapters.read_model.engine import add_rows, among, listed, unless_there
from adapters.read_model.tables import Tables
from domain.model.custody_state import Filling
from domain.model.instants import Micros
from domain.model.manifest import filling_from_json

AT = "@"
EVER: Micros = 2**63
Cuts = dict[str, list[Micros]]  # by pouch, in order


def name_of(pouch: str, cuts: Sequence[Micros], at_us: Micros) -> str:
    """The filling of the pouch in which an instant lies."""
    place = bisect_right(cuts, at_us)
    return f"{pouch}{AT}{cuts[place - 1] if place else 0}"


def named(filling: str) -> tuple[str, Micros]:
    """The pouch, and since when."""
    pouch, _, from_us = filling.partition(AT)
    return pouch, int(from_us)


class Fillings:
    """The fillings in one set of tables."""

    def __init__(self, tables: Tables) -> None:
        table, filed, member = tables.filling, tables.fact_label, tables.membership
        filling = table.c
        self._of_pouches = select(filling.pouch, filling.from_us).where(
            among(filling.pouch, "wanted")
        )
        self._from_on = select(filling.pouch, filling.from_us).where(
            filling.from_us >= bindparam("from_on")
        )
        self._states = select(filling.state).where(among(filling.name, "wanted"))
        self._add = insert(table)
        self._forget = delete(table).where(among(filling.name, "gone"))
        self._refile = (
            update(filed).where(among(filed.c.label, "gone")).values(label=bindparam("into"))
        )
        self._file_anew = (
            update(filed)
            .where(filed.c.label == bindparam("old"), among(filed.c.fact_id, "numbers"))
            .values(label=bindparam("into"))
        )
        self._filed = select(filed.c.label, filed.c.fact_id).where(among(filed.c.label, "wanted"))
        self._beside = select(member.c.label).where(among(member.c.pouch, "wanted"))
        self._part = delete(member).where(
            among(member.c.label, "wanted") | among(member.c.pouch, "wanted")
        )
        self._join = unless_there(member)

    def cuts(self, connection: Connection, pouches: Collection[str]) -> Cuts:
        """Where the histories of these pouches are cut."""
        found: Cuts = {pouch: [] for pouch in pouches}
        if pouches:
            for row in connection.execute(self._of_pouches, {"wanted": listed(pouches)}):
                found[row.pouch].append(row.from_us)
        for cuts in found.values():
            cuts.sort()
        return found

    def cut_since(self, connection: Connection, at_us: Micros) -> set[str]:
        """The pouches that have a cut at the instant or later."""
        return set(connection.execute(self._from_on, {"from_on": at_us}).scalars())

    def begun(self, connection: Connection, names: Iterable[str]) -> list[Filling]:
        """How the pouches stood when these fillings began; nothing of a first one."""
        later = [name for name in names if AT in name and not name.endswith(f"{AT}0")]
        if not later:
            return []
        wanted = {"wanted": listed(later)}
        states = connection.execute(self._states, wanted).scalars()
        return [filling_from_json(orjson.loads(state)) for state in states]

    def join(self, connection: Connection, cuts: Cuts, since: Mapping[str, Micros]) -> set[str]:
        """Take away every cut at the instant or later; answers the fillings that have grown."""
        grown = set()
        for pouch, since_us in since.items():
            place = bisect_left(cuts[pouch], since_us)
            gone = {f"{pouch}{AT}{from_us}" for from_us in cuts[pouch][place:]}
            if not gone:
                continue
            del cuts[pouch][place:]
            into = name_of(pouch, cuts[pouch], since_us)
            told = {"gone": listed(gone), "into": into}
            beside = self._members(connection, gone | {into}) - gone - {into}
            connection.execute(self._refile, told)
            connection.execute(self._forget, told)
            connection.execute(self._part, {"wanted": listed(gone)})
            self._add_pairs(connection, {(into, name) for name in beside})
            grown.add(into)
        return grown

    def part(
        self,
        connection: Connection,
        whole: str,
        found: Sequence[Filling],
        happened_us: Mapping[int, Micros],
    ) -> None:
        """Cut a filling where the fold found others in it; `happened_us` by number of its facts."""
        pouch, _ = named(whole)
        cuts = [one.from_us for one in found]
        numbers: dict[str, set[int]] = defaultdict(set)
        for _, number in connection.execute(self._filed, {"wanted": listed([whole])}):
            at_us = happened_us[number]
            numbers[name_of(pouch, cuts, at_us) if at_us >= cuts[0] else whole].add(number)
        beside = self._members(connection, [whole]) - {whole}
        theirs: dict[str, set[int]] = defaultdict(set)
        for label, number in connection.execute(self._filed, {"wanted": listed(beside)}):
            theirs[label].add(number)
        connection.execute(self._part, {"wanted": listed([whole])})
        for name, those in numbers.items():
            if name != whole:
                told = {"old": whole, "into": name, "numbers": listed(those)}
                connection.execute(self._file_anew, told)
            self._add_pairs(connection, {(name, one) for one in beside if theirs[one] & those})
        self.add(connection, found)

    def add(self, connection: Connection, begun: Sequence[Filling]) -> None:
        """Fillings that begin where there was no cut."""
        if begun:
            rows = [
                {
                    "name": f"{one.pouch}{AT}{one.from_us}",
                    "pouch": one.pouch,
                    "from_us": one.from_us,
                    "state": orjson.dumps(one).decode(),
                }
                for one in begun
            ]
            add_rows(connection, self._add, rows)

    def _members(self, connection: Connection, names: Collection[str]) -> set[str]:
        """What was ever named with any of these fillings."""
        return set(connection.execute(self._beside, {"wanted": listed(names)}).scalars())

    def _add_pairs(self, connection: Connection, pairs: Collection[tuple[str, str]]) -> None:
        rows = [{"label": name, "pouch": filling} for filling, name in pairs]
        rows += [{"label": filling, "pouch": name} for filling, name in pairs if AT in name]
        if rows:
            connection.execute(self._join, rows)
