"""The forms by which people state of a label what no scan says, with what would come of it.

Corrections, attestations, disputes, losses and finds are shown as a preview before they are stated;
damage and reserves, which move nothing, are stated at once, with a photo.
"""

from asyncio import wrap_future
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.auth import may
from api.errors import Told
from api.house import House, house_of
from api.http_refusals import MalformedRequest
from api.pages.forms import answered, local_field, to
from api.pages.render import page
from api.routes.acts import ACTS, ActIn
from domain.model.custody_things import RETURNED
from domain.model.errors import NotFound
from domain.model.fact import Fact
from domain.model.instants import iso, parse_local
from domain.model.labels import Kind, parse_label
from domain.model.policy import Act, Actor
from domain.model.reasons import GIVEN_TO_ANOTHER, Reason, reasons_for
from domain.ports.photos import Photo, media_type
from domain.ports.vault import MOST_PHOTO_BYTES, MOST_TEXT_CHARS
from domain.use_cases.state_act import RIGHTS, Supposed, Wanted, version_of
from domain.use_cases.trace_dossier import Trace

router = APIRouter(prefix="/labels/{label}", include_in_schema=False)
# One form more than there are addresses of JSON: what else can be noted opens a discrepancy.
FORMS = ACTS | {"irregular": "ReservesNoted"}
STICKING = {"relabel", "piece"}  # labels on papers that somebody has; `api.pages.stickers`
WITH_PHOTO = frozenset({"damage", "reserves", "irregular"})
_PUT = "put_"  # the fields of a correction, as the fact is to read
_MOST_FIELDS = 24
# What can be put right of a fact, besides who scanned it, which label and when.
_AMENDABLE = {
    "Packed": ("pouch",),
    "Unpacked": ("pouch",),
    "Received": ("pouch",),
    "Sealed": ("seal", "to"),
    "Accepted": ("seal",),
    "Unsealed": ("seal",),
    "Released": ("counterpart",),
    "Tendered": ("counterpart",),
    "Attested": ("holder",),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with a form: its fields as they stood, and a picture or none."""

    fields: Mapping[str, str]
    upload: bytes | None = None

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class _Form:
    """One act on one label by one person."""

    request: Request
    slug: str
    label: str
    actor: Actor

    @property
    def fact(self) -> str:
        return FORMS[self.slug]

    def reasons(self, status: str) -> list[Reason]:
        """What can be chosen of a label that stands so."""
        offered = list(reasons_for(self.fact))
        if self.fact == "ReservesNoted":
            declares = self.slug == "irregular"
            offered = [one for one in offered if (one.raises is not None) == declares]
        return [one for one in offered if one.code != GIVEN_TO_ANOTHER or status == RETURNED]


def page_of(label: str) -> str:
    """Where a label's own page is."""
    return f"/{'pouches' if parse_label(label).kind is Kind.POUCH else 'dossiers'}/{label}"


def fitting(house: House, actor: Actor, trace: Trace) -> set[str]:
    """The last words of the addresses under which this person can say what fits the label now."""
    facts = house.state_act.fitting(trace, actor=actor)
    slugs = {slug for slug, fact in FORMS.items() if fact in facts}
    return slugs | STICKING if trace.chain and trace.chain[-1].to_us is None else slugs


def _opened(slug: str) -> Callable[..., Response]:
    def opened(
        request: Request,
        label: str,
        actor: Annotated[Actor, may(RIGHTS[FORMS[slug]])],
        target: Annotated[str, Query(max_length=160)] = "",
    ) -> Response:
        form = _Form(request, slug, str(parse_label(label)), actor)
        return _page(form, Sent({"target": target, "kind": "did_not_occur"}))

    return opened


def _sent(slug: str) -> Callable[..., Awaitable[Response]]:
    async def sent(
        request: Request, label: str, actor: Annotated[Actor, may(RIGHTS[FORMS[slug]])]
    ) -> Response:
        form = _Form(request, slug, str(parse_label(label)), actor)
        given = await _read(request)

        def again(refused: Told) -> Response:
            return _page(form, given, refused=refused)

        if slug in WITH_PHOTO or given["step"] == "state":
            done = to(f"{page_of(form.label)}#scans")
            return await answered(lambda: _stated(form, given), done=done, again=again)
        return await answered(
            lambda: _previewed(form, given),
            done=lambda supposed: _page(form, given, supposed=supposed),
            again=again,
        )

    return sent


for _slug in FORMS:
    router.add_api_route(f"/acts/{_slug}", _opened(_slug), methods=["GET"])
    router.add_api_route(f"/acts/{_slug}", _sent(_slug), methods=["POST"])


@router.get("/photos/{digest}")
def photo(
    request: Request, label: str, digest: str, actor: Annotated[Actor, may(Act.SEE_PHOTO)]
) -> Response:
    """A photo that a fact about the label refers to; to be looked at, never to be kept by a cache.

    Raises `NotFound` for any other.
    """
    state_act = house_of(request).state_act
    content = state_act.photo(str(parse_label(label)), digest, actor=actor)
    kind = media_type(content)
    name = f"anh-{digest[:12]}.{kind.rpartition('/')[2]}"
    said = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=kind, headers=said)


class _InMemory(MultiPartParser):
    """A photo is spelt out on no disk before the vault has it."""

    spool_max_size = MOST_PHOTO_BYTES + 1


async def _read(request: Request) -> Sent:
    """Raises `MalformedRequest`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_fields=_MOST_FIELDS) as form:
            return Sent({name: value for name, value in form.items() if isinstance(value, str)})
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=_MOST_FIELDS)
    try:
        sent = await parser.parse()
    except MultiPartException:
        raise MalformedRequest(fields="body") from None
    upload = sent.get("photo")
    try:
        return Sent(
            {name: value for name, value in sent.items() if isinstance(value, str)},
            await upload.read() or None if isinstance(upload, UploadFile) else None,
        )
    finally:
        await sent.close()


async def _previewed(form: _Form, given: Sent) -> Supposed:
    """Raises what `_wanted` and `StateAct.preview` raise."""
    wanted, _ = await run_in_threadpool(_wanted, form, given, None)
    preview = house_of(form.request).state_act.preview
    return await run_in_threadpool(preview, wanted, actor=form.actor)


async def _stated(form: _Form, given: Sent) -> None:
    """Raises what `_wanted`, `Photos.checked` and `StateAct` raise."""
    house, photo = house_of(form.request), None
    if given.upload is not None and form.slug in WITH_PHOTO:
        with form.request.app.state.metrics.decoding():
            photo = await run_in_threadpool(house.photos.checked, given.upload)
    wanted, version = await run_in_threadpool(_wanted, form, given, photo)
    await wrap_future(
        house.write(lambda: house.state_act(wanted, actor=form.actor, version=version))
    )


def _wanted(form: _Form, given: Sent, photo: Photo | None) -> tuple[Wanted, int | None]:
    """Raises `MalformedRequest`, `NotFound`, `BadLabel`, `BadInstant`."""
    fields: dict[str, Any] = {
        name: value for name, value in given.fields.items() if value and name != "when"
    }
    if given["when"]:
        fields["when"] = _instant(given["when"])
    if form.slug == "correct" and given["kind"] == "was_wrong":
        fields["set"] = _put(_target(form, given["target"]), given)
    try:
        said = ActIn.model_validate(fields)
    except ValidationError as error:
        places = [".".join(map(str, found["loc"])) for found in error.errors()]
        raise MalformedRequest(fields=", ".join(places)) from None
    return replace(said.wanted(form.fact, form.label), photo=photo), said.version


def _instant(text: str) -> str:
    """The browser's local time as ISO 8601; raises `BadInstant`."""
    return iso(parse_local(text))


def _put(target: Fact, given: Sent) -> dict[str, str]:
    """The fields that read otherwise than they stand."""
    put = {}
    for name, stands in amendable(target).items():
        value = given[_PUT + name].strip()
        if name in {"subject", "pouch"} and value:
            value = str(parse_label(value))
        if value and value != stands:
            put[name] = _instant(value) if name == "at" else value
    return put


def amendable(target: Fact) -> dict[str, str]:
    """What a form offers to put right, as it stands: codes, labels, a local time."""
    stands = {
        "office": target.office,
        "at": local_field(target.at_us),
        "subject": target.subject,
        "operator": target.operator,
    }
    names = _AMENDABLE.get(target.fact, ())
    return stands | {name: str(target.context.get(name, "")) for name in names}


def _target(form: _Form, key: str) -> Fact:
    """The fact to be corrected; raises `NotFound`."""
    for timed in house_of(form.request).trace(form.label).facts:
        if timed.fact.key == key:
            return timed.fact
    raise NotFound(what="fact", code=key)


def _page(
    form: _Form, given: Sent, *, supposed: Supposed | None = None, refused: Told | None = None
) -> Response:
    """The form, what it would come to, or the form again and why it was refused."""
    house = house_of(form.request)
    trace = house.state_act.standing(form.label)
    target = _target(form, given["target"]) if form.slug == "correct" else None
    return page(
        form.request,
        "act.html",
        slug=form.slug,
        fact=form.fact,
        label=form.label,
        back=page_of(form.label),
        given=given,
        trace=trace,
        version=version_of(trace) if supposed is None else supposed.version,
        target=target,
        stands=amendable(target) if target else {},
        supposed=supposed,
        refused=refused,
        reasons=form.reasons(trace.status),
        parties=house.state_act.parties(),
        with_photo=form.slug in WITH_PHOTO,
        most_text_chars=MOST_TEXT_CHARS,
        most_photo_mib=MOST_PHOTO_BYTES >> 20,
        now_field=local_field(house.clock.now_us()),
    )
