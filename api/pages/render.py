"""Turns a template and its values into a page: language, instants, names; used by all pages."""

import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from api.auth import signed_in
from api.errors import Told, told
from api.house import house_of
from api.pages import words
from api.pages.assets import asset_path
from api.pages.names import NAMELESS, Names, names
from api.report_sheet import before, difference, number, percent_of, span
from domain.model.errors import Refusal
from domain.model.identifiers import COURIER, is_courier
from domain.model.instants import DAY_US, MINUTE_US, Micros, iso, local
from domain.model.labels import grouped, is_label
from domain.model.policy import Act, allowed
from domain.model.reasons import Reason

LANGUAGE_COOKIE = "giaonhan_lang"
_YEAR_S = 365 * 86_400
_TEMPLATES = Path(__file__).parent / "templates"
_RUN = re.compile(r"\A([^/]+)/([0-9]{4})-([0-9]{2})-([0-9]{2})/([^/]+)\Z")


def page(
    request: Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    refused: Told | None = None,
    named: Names | None = None,
    **values: Any,
) -> HTMLResponse:
    """The page in the reader's language: `?lang=en` chooses one and is remembered.

    One that tells why something was refused is answered with the refusal's own status. `named`
    spares the look at what things are called now.
    """
    language = language_of(request)
    house = house_of(request)
    actor = getattr(request.state, "actor", None)
    text = (
        _environment()
        .get_template(template)
        .render(
            values,
            refused=refused,
            language=language,
            names=named or names(house, language),
            path=request.url.path,
            query=dict(request.query_params),
            now_us=house.clock.now_us(),
            demo=house.demo,
            actor=actor,
        )
    )
    response = HTMLResponse(text, status if refused is None else refused.status)
    if "lang" in request.query_params:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, samesite="lax")
    return response


def refusal_page(request: Request, refusal: Refusal) -> HTMLResponse:
    """What was refused, in both languages, with its code and a way back.

    An address that leads nowhere, or a body the gate turned away, met no route that asked who it
    is: a person who is signed in keeps the menu there too. While the database is away nobody is
    known, and no name is needed.
    """
    try:
        if told(refusal).status != HTTPStatus.SERVICE_UNAVAILABLE:
            if not hasattr(request.state, "actor"):
                request.state.actor = signed_in(request)
            return page(request, "refusal.html", refused=told(refusal), code=refusal.code)
    except Refusal as away:
        refusal = away
    return page(request, "refusal.html", refused=told(refusal), code=refusal.code, named=NAMELESS)


def language_of(request: Request) -> str:
    """The one asked for, or remembered, or Vietnamese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return asked if asked in words.LANGUAGES else words.LANGUAGES[0]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"_": _translated, "asset": asset_path, "link": _link, "may": _may}
    environment.filters |= {
        "moment": moment,
        "age": _age,
        "clock": lambda instant_us: local(instant_us).strftime("%H:%M"),
        "date": lambda instant_us: local(instant_us).strftime("%d/%m/%Y"),
        "day": lambda instant_us: local(instant_us).strftime("%d/%m"),
        "iso": lambda instant_us: local(instant_us).isoformat(timespec="seconds"),
        "grouped": _grouped,
        "party": _party,
        "exact": iso,
        "heir": _heir,
        "ended_us": _ended_us,
        "named": _named,
        "title": _title,
        "amount": pass_context(lambda context, count: number(count, _place(context))),
        "share_of": pass_context(lambda context, share: percent_of(share, _place(context))),
        "difference": pass_context(lambda context, change: difference(change, _place(context))),
        "was": pass_context(lambda context, change: before(change, _place(context))),
        "span": span,
        "reason": _reason,
    }
    return environment


def _place(context: Context) -> int:
    """Where the reader's language stands in `Words` of a report."""
    return words.LANGUAGES.index(context["language"])


def _grouped(subject: str) -> str:
    """A label in its groups; of a run the card that stands for it every day, and the day."""
    if is_label(subject):
        return grouped(subject)
    return _RUN.sub(r"\1/\5 (\4/\3/\2)", subject)


def moment(instant_us: Micros) -> str:
    """`02/03/2026 08:00`, in Asia/Ho_Chi_Minh."""
    return local(instant_us).strftime("%d/%m/%Y %H:%M")


@pass_context
def _age(context: Context, since_us: Micros) -> str:
    """How long ago, in its largest whole unit: `3 ngày`."""
    passed_us = max(0, context["now_us"] - since_us)
    for unit_us, word in ((DAY_US, "days"), (60 * MINUTE_US, "hours")):
        if passed_us >= unit_us:
            return f"{passed_us // unit_us} {words.translator(context['language'])(word)}"
    return f"{passed_us // MINUTE_US} {words.translator(context['language'])('minutes')}"


@pass_context
def _translated(context: Context, english: str) -> str:
    return words.translator(context["language"])(english)


@pass_context
def _named(context: Context, code: str) -> str:
    """A code of the domain in words."""
    return words.translator(context["language"])(words.name_of_code(code))


@pass_context
def _party(context: Context, party: str) -> str:
    """An office by its name, a courier as `bưu tá C1`."""
    if is_courier(party):
        return f"{words.translator(context['language'])('courier')} {party.removeprefix(COURIER)}"
    return str(context["names"].offices.get(party, party))


@pass_context
def _heir(context: Context, party: str) -> str:
    """Who carries on its work now, by code."""
    return cast("Names", context["names"]).succession.heir(party)


@pass_context
def _ended_us(context: Context, party: str) -> Micros | None:
    """When another office took over its work, None while it goes on."""
    return cast("Names", context["names"]).ended_us.get(party)


@pass_context
def _title(context: Context, procedure: str) -> str:
    """A procedure by its title."""
    return str(context["names"].procedures.get(procedure, procedure))


@pass_context
def _reason(context: Context, reason: Reason) -> str:
    """A coded reason in words."""
    return reason.vi if context["language"] == "vi" else reason.en


@pass_context
def _may(context: Context, act: str) -> bool:
    """Whether the reader may do it; a link to a closed door helps nobody."""
    return allowed(context["actor"], Act(act))


@pass_context
def _link(context: Context, **changed: object) -> str:
    """The page's own address with some parameters changed; None takes one out."""
    query = {**context["query"], **changed}
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{context['path']}?{urlencode(kept)}" if kept else str(context["path"])
