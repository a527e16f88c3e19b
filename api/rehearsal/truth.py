"""What really happened: the script's own books, which no server ever sees.

Paper lies where a hand put it, whatever was scanned. The day's report is compared with this.
"""

from dataclasses import dataclass, field

VERIFIED, INFERRED = "verified", "inferred"


@dataclass
class Paper:
    """One dossier on the table of the play. `due` is what a clerk works out on a wall calendar."""

    name: str
    label: str
    holder: str | None  # None once the citizen has the result
    due: str  # ISO local time of the close it is due at
    standing: str
    basis: str | None = VERIFIED
    bag: str | None = None
    wrong: set[tuple[str, bool]] = field(default_factory=set)  # (discrepancy code, still open)


class Truth:
    """Where each paper really is. Names are the script's; labels appear only in the comparison."""

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}
        self.stops: dict[str, list[str]] = {}  # of each run, the offices the courier was at

    def taken_in(self, name: str, label: str, *, by: str, due: str) -> None:
        """A citizen hands the dossier over the counter."""
        self.papers[name] = Paper(name, label, by, due, "within")

    def put_in(self, bag: str, *names: str) -> None:
        """Hands put these papers into a bag, whatever the scanner was told."""
        for name in names:
            self.papers[name].bag = bag

    def handed(self, bag: str, to: str) -> None:
        """The bag changes hands; what is in it goes along unseen."""
        for paper in self.papers.values():
            if paper.bag == bag:
                paper.holder, paper.basis = to, INFERRED

    def seen(self, by: str, *names: str) -> None:
        """Somebody has each of these in hand and looks at its label."""
        for name in names:
            paper = self.papers[name]
            paper.holder, paper.basis, paper.bag = by, VERIFIED, None

    def driven(self, run: str, office: str) -> None:
        """The courier of this run stands at that office's door."""
        self.stops.setdefault(run, []).append(office)

    def given_back(self, name: str) -> None:
        """The citizen takes the result home."""
        paper = self.papers[name]
        paper.holder = paper.basis = paper.bag = None

    def went_wrong(self, name: str, *codes: str) -> None:
        """Somebody ought to be told of this, and it is not settled."""
        self.papers[name].wrong |= {(code, True) for code in codes}

    def set_right(self, name: str, code: str) -> None:
        """What was wrong has been put right."""
        wrong = self.papers[name].wrong
        wrong.discard((code, True))
        wrong.add((code, False))

    def stands(self, standing: str, *names: str) -> None:
        """How these dossiers stand against their due dates."""
        for name in names:
            self.papers[name].standing = standing
