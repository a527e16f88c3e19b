"""The way in for what stations ask all day; used by the route of the scans."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send

from api.auth import StationMay
from api.gate import JSON


class Straight(APIRoute):
    """A route that takes the request, a station and a model, and answers with a dataclass.

    Looking at each request for all else that a route might want costs more than what this one does.
    It is described as any other is, and refuses a body outside its form alike, once it knows whose.
    Raises `TypeError` or `ValueError` of a route that wants other things.
    """

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Any]], **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        [station], [body] = self.dependant.dependencies, self.dependant.body_params
        may, form = station.call, body.field_info.annotation
        if not isinstance(may, StationMay):
            raise TypeError(path)
        if not (isinstance(form, type) and issubclass(form, BaseModel)):
            raise TypeError(path)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            code = await may(request)
            given = _read(form, await request.body())
            told = await endpoint(request, code, given)
            await Response(orjson.dumps(told), media_type=JSON)(scope, receive, send)

        self.app = app


def _read(form: type[BaseModel], body: bytes) -> BaseModel:
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(found) from None
