"""Shares of a whole, exact and with their base: used by every report that prints a percentage.

A share never stands alone: it carries what is counted, of how many, of what, and how it was
rounded. A table whose parts are more than the whole is refused, with the row that shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.model.errors import Refusal

PLACES = 2  # of a percentage, as a rule
MOST_PLACES = 4  # one dossier of a million is then still seen
Rounding = Literal["half_up", "largest_remainder"]
Unit = Literal["percent", "points"]


class PartExceedsWhole(Refusal):
    """More in a part than in the whole; values: row (`sum`: all parts together), part, whole."""

    code = "PART_EXCEEDS_WHOLE"


@dataclass(frozen=True, slots=True)
class Share:
    """`numerator` of `denominator`; `base` names what the denominator counts.

    `units` are of the last place: 4409 with two places is 44.09 percent.
    """

    numerator: int
    denominator: int
    base: str
    units: int
    places: int
    rounding: Rounding

    @property
    def percent(self) -> str:
        """With a decimal point and all its places."""
        return _decimal(self.units, self.places)


@dataclass(frozen=True, slots=True)
class Change:
    """From one period to another: of a count in percent of what it was, of a share in points.

    `difference` is signed, as text with its places; None where the first was nothing.
    """

    before: str
    now: str
    difference: str | None
    unit: Unit


def share(numerator: int, denominator: int, *, base: str, places: int = PLACES) -> Share | None:
    """Rounded half up; None of nothing. Raises `PartExceedsWhole`."""
    if not 0 <= numerator <= denominator:
        raise PartExceedsWhole(row=base, part=numerator, whole=denominator)
    if denominator == 0:
        return None
    units = _half_up(numerator * 100 * 10**places, denominator)
    return Share(numerator, denominator, base, units, places, "half_up")


def partition(parts: Mapping[str, int], *, base: str) -> dict[str, Share]:
    """Shares of parts that make up a whole: exactly 100 together, the largest remainders up.

    As many places as the smallest part needs to be seen; empty where there is nothing to share.
    Raises `PartExceedsWhole`.
    """
    whole = sum(parts.values())
    demand_parts(parts, whole)
    if whole == 0:
        return {}
    for places in range(PLACES, MOST_PLACES + 1):
        units = _apportioned(parts, 100 * 10**places)
        if all(units[name] or not count for name, count in parts.items()):
            break
    return {
        name: Share(count, whole, base, units[name], places, "largest_remainder")
        for name, count in parts.items()
    }


def demand_parts(parts: Mapping[str, int], whole: int) -> None:
    """Refuse a table with a part that is negative or more than the whole, or all parts together.

    Raises `PartExceedsWhole`.
    """
    for row, part in (*parts.items(), ("sum", sum(parts.values()))):
        if not 0 <= part <= whole:
            raise PartExceedsWhole(row=row, part=part, whole=whole)


def changed(before: int, now: int) -> Change:
    """Of a count: in percent of what it was."""
    grown = _half_up((now - before) * 100 * 10**PLACES, before) if before else None
    return Change(str(before), str(now), _signed(grown), "percent")


def moved(before: Share | None, now: Share | None) -> Change:
    """Of a share: in percentage points, from the exact fractions."""
    points = None
    if before is not None and now is not None:
        top = now.numerator * before.denominator - before.numerator * now.denominator
        points = _half_up(top * 100 * 10**PLACES, now.denominator * before.denominator)
    told = ["–" if each is None else each.percent for each in (before, now)]
    return Change(told[0], told[1], _signed(points), "points")


def _half_up(top: int, bottom: int) -> int:
    """The nearest whole number, halves away from zero."""
    rounded = (2 * abs(top) + bottom) // (2 * bottom)
    return rounded if top >= 0 else -rounded


def _apportioned(parts: Mapping[str, int], units: int) -> dict[str, int]:
    names = sorted(parts)
    return dict(zip(names, largest_remainder(units, [parts[name] for name in names]), strict=True))


def largest_remainder(whole: int, weights: Sequence[int]) -> list[int]:
    """The whole in parts proportional to the weights, exactly; their sum is positive.

    Parts are rounded down, then those with the largest remainders get one more each until nothing
    is left; of two alike the earlier.
    """
    total = sum(weights)
    parts = [whole * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda n: (-(whole * weights[n] % total), n))
    for number in order[: whole - sum(parts)]:
        parts[number] += 1
    return parts


def _signed(units: int | None) -> str | None:
    return None if units is None else ("+" if units > 0 else "") + _decimal(units, PLACES)


def _decimal(units: int, places: int) -> str:
    whole, rest = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{places}d}"
