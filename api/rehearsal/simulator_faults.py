"""What can go wrong in a simulated centre, how often, and what it may do to the answer."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from random import Random  # noqa: TID251 - a stream of its own from the run's one seed


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    `chance` per opportunity. `tells`: discrepancy codes, one of which a run with this kind alone
    raises; empty where it is harmless: once everything has arrived, the fold must equal the truth
    all the same, and nothing may be told but that scans came late.
    """

    name: str
    chance: float
    meaning: str
    tells: frozenset[str] = frozenset()

    @property
    def harmless(self) -> bool:
        """Whether it must leave no mark on the answer."""
        return not self.tells


_HARMLESS = (
    ("loss", 0.12, "gói tin hoặc trả lời bị mất / a request or its answer never arrives"),
    ("duplication", 0.10, "đến hai lần / a request arrives twice, at once or hours later"),
    ("reordering", 0.06, "đến không theo thứ tự / taken in another order, or the end first"),
    ("delay", 0.08, "đến khi bên gửi đã bỏ / a request arrives after its sender gave it up"),
    ("partition", 0.03, "mất mạng nhiều giờ, nhiều ngày / no network for hours or days"),
    ("server-crash", 0.03, "máy chủ sập trước khi trả lời / dies between save and answer"),
    ("station-crash", 0.02, "trạm mất điện / power cut: the unsynced tail is lost, or no tone"),
    ("undone", 0.02, "quét nhầm rồi hoàn tác / a wrong label, undone within a minute"),
    ("corrected", 0.02, "đính chính / a wrong scan, struck out or put right some minutes later"),
    ("attested", 0.50, "khai lại / nobody scans an acceptance, it is declared hours later"),
    (
        "revoked-by-mistake",
        0.006,
        "thu hồi nhầm / a trusted station is revoked, what it sent meanwhile is let in",
    ),
    ("merge", 0.10, "hợp nhất cơ quan giữa đường / an office is succeeded in mid-transit"),
)
# The last column: what is told of it.
_HARMFUL = (
    ("old-image", 0.006, "khôi phục đĩa cũ / a disk restored from an old copy", "EQUIVOCATION"),
    ("clock-skew", 0.01, "đồng hồ sai / minutes to years off", "CLOCK_SKEW BACKDATED"),
    ("mis-pack", 0.25, "xếp nhầm túi / scanned for one pouch, in another", "MISSING WRONG_POUCH"),
    ("missing", 0.08, "quét mà không xếp / scanned as packed, and is not", "MISSING WRONG_POUCH"),
    ("surplus", 0.08, "xếp mà không quét / in a pouch without a scan", "SURPLUS"),
    ("swapped-labels", 0.20, "dán nhầm nhãn / wear each other's label", "MISSING SURPLUS"),
    ("refusing", 0.15, "từ chối nhận / a clerk refuses a pouch", "REFUSED"),
    (
        "tendered",
        0.10,
        "không chịu quét / a clerk takes a pouch, scans hours later",
        "NOT_ACCEPTED",
    ),
    (
        "cheating",
        0.15,
        "quét khống / scanned without having it",
        "NOT_RELEASED WRONG_POUCH SURPLUS",
    ),
    (
        "missed-run",
        0.08,
        "bưu tá không đến / the courier does not come",
        "NOT_ACCEPTED RUN_MISSED",
    ),
    ("late-run", 0.15, "chuyến thư trễ / a run leaves late", "RUN_LATE"),
    ("missed-stop", 0.08, "bỏ điểm dừng / a stop is left out, said or not", "RUN_PARTIAL"),
    (
        "revoked",
        0.006,
        "thu hồi trạm / a station is revoked, and enrolled anew a day later",
        "NOT_RELEASED NOT_ACCEPTED MISSING WRONG_POUCH MANIFEST_MISSING RECEIPT_NOT_CLOSED SURPLUS",
    ),
)
KINDS = {name: Kind(name, chance, meaning) for name, chance, meaning in _HARMLESS} | {
    name: Kind(name, chance, meaning, frozenset(tells.split()))
    for name, chance, meaning, tells in _HARMFUL
}
_SELECTIONS = ("none", "harmless", "all", "any")


class NoSuchFaultError(ValueError):
    """No kind has that name."""


def chosen_faults(word: str, *, seed: int) -> frozenset[str]:
    """`all`, `none`, `mixed` (each seed draws its own) or names with commas between."""
    harmless = frozenset(kind.name for kind in KINDS.values() if kind.harmless)
    match word:
        case "none":
            return frozenset()
        case "all":
            return frozenset(KINDS)
        case "mixed":
            dice = Random(f"{seed}/selection")
            pool = {"none": (), "harmless": harmless}.get(dice.choice(_SELECTIONS), KINDS)
            # A kind that is left out lets the others go further: half of them is the best draw.
            return frozenset(name for name in sorted(pool) if dice.random() < 0.5)
        case _:
            names = frozenset(name.strip() for name in word.split(","))
            if unknown := sorted(names - KINDS.keys()):
                raise NoSuchFaultError(f"{', '.join(unknown)}; known: {', '.join(KINDS)}")
            return names


class Faults:
    """The dice of one run; counts what has fired."""

    def __init__(self, chosen: Collection[str], *, seed: int) -> None:
        self.dice = Random(f"{seed}/faults")
        self.fired: Counter[str] = Counter()
        self._chances = {name: KINDS[name].chance for name in KINDS if name in chosen}

    def strikes(self, name: str) -> bool:
        """Whether this kind of fault happens at this opportunity; then it is counted."""
        chance = self._chances.get(name, 0.0)
        if not chance or self.dice.random() >= chance:
            return False
        self.fired[name] += 1
        return True

    def possible(self, name: str) -> bool:
        """Whether this kind may strike in this run."""
        return name in self._chances

    def cease(self) -> None:
        """Nothing goes wrong from now on."""
        self._chances = {}

    @property
    def harmless(self) -> bool:
        """Whether all that has fired must leave no mark on the answer."""
        return all(KINDS[name].harmless for name in self.fired)
