"""What people state of a label as JSON: corrections, attestations, disputes, damage, losses, ends.

Each has its address and its right. With `preview` nothing is stored: the answer says what the chain
would become.
"""

from asyncio import wrap_future
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api.auth import may
from api.house import house_of
from api.routes import interface
from domain.model.labels import parse_label
from domain.model.policy import Actor
from domain.ports.vault import MOST_TEXT_CHARS
from domain.use_cases.state_act import RIGHTS, Wanted, version_of

router = interface("acts", prefix="/labels/{label}")
# The last word of an act's address, here and on the pages.
ACTS = {
    "correct": "Corrected",
    "attest": "Attested",
    "dispute": "Disputed",
    "lost": "DeclaredLost",
    "found": "Found",
    "damage": "Damaged",
    "reserves": "ReservesNoted",
    "withdraw": "Withdrawn",
    "stop": "Stopped",
    "refuse": "RefusedAtIntake",
    "rate": "Rated",
}
Value = Annotated[str, Field(max_length=160)]


class ActIn(BaseModel):
    """A coded reason (`other` with a text), and what the act is about.

    `target`, `kind` and `set` are a correction's (`facts.md` §3), `holder`, `when` and `place` an
    attestation's. `version` is the one before the reader's eyes; on another one it is refused.
    """

    reason: Annotated[str, Field(max_length=64)] = ""
    text: Annotated[str, Field(max_length=MOST_TEXT_CHARS)] = ""
    target: Value | None = None
    kind: Value | None = None
    set: Annotated[dict[Value, Value], Field(max_length=8)] | None = None
    holder: Value | None = None
    when: Value | None = None
    place: Value | None = None
    version: Annotated[int | None, Field(ge=0)] = None
    preview: bool = False

    def wanted(self, fact: str, label: str) -> Wanted:
        """As the use case takes it."""
        names = {
            "Corrected": ("target", "kind", "set"),
            "Attested": ("holder", "when", "place"),
            "Found": ("place",),
        }.get(fact, ())
        context = {name: getattr(self, name) for name in names}
        return Wanted(
            fact=fact,
            label=label,
            reason=self.reason,
            text=self.text,
            context={name: value for name, value in context.items() if value is not None},
        )


class ActOut(BaseModel):
    """The fold of the label with the fact in it; `key` is null where it is a preview.

    `version` is the one to send with the act, or with the next one.
    """

    key: str | None
    version: int
    folded: dict[str, Any]


def _route(fact: str) -> Callable[..., Awaitable[ActOut]]:
    async def state(
        request: Request, label: str, actor: Annotated[Actor, may(RIGHTS[fact])], given: ActIn
    ) -> ActOut:
        house = house_of(request)
        wanted = given.wanted(fact, str(parse_label(label)))
        if given.preview:
            supposed = await run_in_threadpool(house.state_act.preview, wanted, actor=actor)
            folded = supposed.after.folded.to_json()
            return ActOut(key=None, version=supposed.version, folded=folded)
        key = await wrap_future(
            house.write(lambda: house.state_act(wanted, actor=actor, version=given.version))
        )
        trace = await run_in_threadpool(house.trace, wanted.label)
        return ActOut(key=key, version=version_of(trace), folded=trace.folded.to_json())

    return state


for _slug, _fact in ACTS.items():
    router.add_api_route(
        f"/{_slug}", _route(_fact), methods=["POST"], name=_slug, summary=f"State {_fact}."
    )
