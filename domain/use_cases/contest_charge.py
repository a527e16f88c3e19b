"""Objecting to minutes charged to one's own party, and deciding on it; for routes and pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.model.contest import (
    WITHOUT_PARTY,
    Contest,
    ContestNotOpen,
    OwnContest,
    contest_id,
    raise_contest,
)
from domain.model.decision import moment
from domain.model.discrepancy import Said
from domain.model.errors import NotAllowed, NotFound
from domain.model.identifiers import is_courier
from domain.model.legs import POST, Account
from domain.model.policy import Act, Actor, Role, allowed, demand
from domain.model.responsibility import Charged
from domain.model.succession import Succession
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, StreamConflict, first
from domain.ports.vault import Vault
from domain.use_cases.account_for_time import AccountForTime
from domain.use_cases.keeping import keeping
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.settle_discrepancy import Words

Deed = Literal["raised", "upheld", "dismissed"]


@dataclass(frozen=True, slots=True)
class _Doing:
    """Who does what, in which words, on which version before the eyes."""

    act: Deed
    words: Words
    actor: Actor
    version: int | None


class ContestCharge:
    """The three acts run on the writer thread, `texts` on any.

    Each act takes the version that its person had before the eyes (0: none yet, None: whatever it
    is). On another one it raises `StreamConflict`, unless that very act is the newest already: the
    same form sent twice is one act.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        vault: Vault,
        account_for_time: AccountForTime,
        reference: Reference,
        clock: Clock,
    ) -> None:
        self._log = log
        self._vault = vault
        self._account_for_time = account_for_time
        self._reference = reference
        self._clock = clock

    def raise_(
        self,
        label: str,
        charge: Charged,
        words: Words,
        *,
        actor: Actor | None,
        version: int | None = None,
    ) -> None:
        """Object to a charge of one's own party.

        Raises `NotAllowed`, `NotFound` for a charge that evidence does not have, what
        `Contest.raise_again` raises, and what the stores refuse.
        """
        demand(actor, Act.CONTEST_CHARGE)
        if actor is None or not self._of(actor, charge.account):
            raise NotAllowed(act=str(Act.CONTEST_CHARGE))
        if charge not in self._account_for_time(label).contestable:
            raise NotFound(what="charge", code=f"{charge.leg} {charge.account.code}"[:200])

        def decide(contest: Contest | None, said: Said, timestamp: datetime) -> Contest:
            if contest is None:
                first_label = self._account_for_time.first_label(label)
                return raise_contest(first_label, charge, said, timestamp=timestamp)
            contest.raise_again(said, timestamp=timestamp)
            return contest

        self._do((label, charge), _Doing("raised", words, actor, version), decide)

    def uphold(
        self,
        label: str,
        charge: Charged,
        words: Words,
        *,
        to: Account,
        actor: Actor | None,
        version: int | None = None,
    ) -> None:
        """Charge another.

        Raises `NotFound` for a party nobody knows, `OwnContest`, and as `Contest.uphold`.
        """
        self._demand_known(to)
        self._decide(
            (label, charge),
            ("upheld", words, version),
            actor,
            lambda contest, said, at: contest.uphold(said, to=to, timestamp=at),
        )

    def dismiss(
        self,
        label: str,
        charge: Charged,
        words: Words,
        *,
        actor: Actor | None,
        version: int | None = None,
    ) -> None:
        """Let the charge stand; raises `OwnContest`, and as `Contest.dismiss`."""
        self._decide(
            (label, charge),
            ("dismissed", words, version),
            actor,
            lambda contest, said, at: contest.dismiss(said, timestamp=at),
        )

    def decides(self, actor: Actor, charge: Charged) -> bool:
        """Whether the actor may decide, and is of another party than the account's."""
        return allowed(actor, Act.DECIDE_CONTEST) and not self.speaks_for(actor, charge)

    def speaks_for(self, actor: Actor, charge: Charged) -> bool:
        """Whether the account is the actor's own party's; every courier speaks for the post."""
        return self._of(actor, charge.account)

    def texts(
        self, contests: Mapping[Charged, Contest], *, actor: Actor | None
    ) -> Mapping[str, str]:
        """What was written in those that this actor may read, by the ids in their histories.

        A charge is read about by whoever speaks for its account, or sees discrepancies.
        """
        if actor is None:
            return {}
        reads = allowed(actor, Act.VIEW_DISCREPANCIES)
        ids = {
            text
            for charge, contest in contests.items()
            if reads or self.speaks_for(actor, charge)
            for text in contest.texts
        }
        return self._vault.texts(ids)

    def _decide(
        self,
        contested: tuple[str, Charged],
        doing: tuple[Deed, Words, int | None],
        actor: Actor | None,
        act: Callable[[Contest, Said, datetime], None],
    ) -> None:
        if actor is None or not allowed(actor, Act.DECIDE_CONTEST):
            raise NotAllowed(act=str(Act.DECIDE_CONTEST))
        if not self.decides(actor, contested[1]):
            raise OwnContest(party=contested[1].account.code or contested[1].account.kind)

        def decide(contest: Contest | None, said: Said, timestamp: datetime) -> Contest:
            if contest is None:
                raise ContestNotOpen(leg=contested[1].leg, party=contested[1].account.code)
            act(contest, said, timestamp)
            return contest

        deed, words, version = doing
        self._do(contested, _Doing(deed, words, actor, version), decide)

    def _do(
        self,
        contested: tuple[str, Charged],
        doing: _Doing,
        decide: Callable[[Contest | None, Said, datetime], Contest],
    ) -> None:
        """Decide and save, the words in the vault; nothing if it was done already."""
        label, charge = contested
        actor, owner = doing.actor, contest_id(self._account_for_time.first_label(label), charge)
        contest = first(self._log.load(Contest, [owner]))
        standing = 0 if contest is None else contest.version
        if doing.version is not None and doing.version != standing:
            if contest is None or not _is_newest(contest, doing):
                raise StreamConflict
            return
        with keeping(self._vault) as kept:
            if text := doing.words.text.strip():
                kept.append(self._vault.put_text(text, owner=owner))
            said = Said(actor.person, actor.office, doing.words.reason, kept[0] if kept else None)
            self._log.save(decide(contest, said, moment(self._clock.now_us())))

    def _of(self, actor: Actor, account: Account) -> bool:
        """Whether the account is that of the actor's party; every courier speaks for the post."""
        if account.kind == POST:
            return Role.COURIER in actor.roles
        mine = Succession(self._reference.offices()).carried_on_by(actor.office)
        return account.code in mine

    def _demand_known(self, to: Account) -> None:
        match to.kind:
            case "office":
                known = to.code in self._reference.offices()
            case "courier":
                people = self._reference.people().values()
                known = is_courier(to.code) and any(one.party == to.code for one in people)
            case _:
                known = to.kind in WITHOUT_PARTY and not to.code
        if not known:
            raise NotFound(what="account", code=f"{to.kind} {to.code}"[:200])


def _is_newest(contest: Contest, doing: _Doing) -> bool:
    newest = contest.history[-1]
    said = doing.act, doing.actor.person, doing.words.reason
    return (newest.act, newest.by, newest.reason) == said
