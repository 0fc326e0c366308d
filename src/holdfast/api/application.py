"""The application: FastAPI over the table of routes, each of which asks the daemon's operations."""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import Body, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from .. import __version__
from ..errors import HoldfastError, UsageError
from ..operations import Takes
from .answers import Failure
from .errors import STATUSES, Answer, Rejected, broken, failure
from .gate import OPEN
from .ogmemory import Asked, Call, Text
from .routes import ROOT, ROUTES, Route
from .token import CHALLENGE, proof

__all__ = ["DEPTH", "VALUES", "application"]

DEPTH: Final = 32  # of arrays and objects in a body
VALUES: Final = 200_000  # in a body
_LARGE = 64 * 1024  # bytes of a body that is not read in the event loop
_NAME = 200  # characters of a name in a path

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>holdfast</title>
<h1>holdfast</h1>
<p>This is the memory of coding agents on this machine, open to programs of its user.
<p>There is no viewer yet. What can be asked is told by <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>
(OpenAPI 3.1), which like every call but <a href="/api/v1/health">/api/v1/health</a> needs the token:
<pre>Authorization: Bearer TOKEN</pre>
<p>The token is in the file <code>http.json</code> in holdfast's folder, <code>~/.holdfast</code> unless
<code>HOLDFAST_HOME</code> moved it. <code>holdfast serve --no-tcp</code> closes this door.
</html>
"""


def application(call: Call, *, token: str, project: str) -> FastAPI:
    """The application without its gate. call: how an operation is asked. project: of callers that name none."""
    app = FastAPI(
        title="holdfast", version=__version__, summary="The memory of coding agents", docs_url=None, redoc_url=None,
        openapi_url=f"{ROOT}/openapi.json", redirect_slashes=False,
        telemetry={
            "tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False,
        },
    )  # fmt: skip
    app.router.route_class = _Route
    for route in ROUTES:
        answered = _health(token) if route.name == "health" else _endpoint(route, call, project)
        app.add_api_route(
            ROOT + route.path, answered, methods=[route.method], name=route.name, operation_id=route.name,
            summary=_sentence(route.help), response_model=None, status_code=route.status, responses=_responses(route),
        )  # fmt: skip
    app.add_api_route("/", _page, include_in_schema=False, response_class=HTMLResponse)
    app.add_exception_handler(HoldfastError, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_exception_handler(Exception, _broken)
    _finish(app.openapi())
    return app


# -- requests --


class _Request(Request):
    """Reads a large body in a thread, and none that is built to hold us up."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            body = await self.body()
            self._json = await asyncio.to_thread(_read, body) if len(body) > _LARGE else _read(body)
        return self._json


class _Route(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handled(request: Request) -> Response:
            return await handler(_Request(request.scope, request.receive))

        return handled


def _read(body: bytes) -> Any:
    """The JSON of a body. Raises UsageError."""
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UsageError("the body is not JSON") from None
    level, values = [found], 0
    for _ in range(DEPTH):
        level = [each for value in level if isinstance(value, dict | list) for each in _inside(value)]
        values += len(level)
        if not level:
            return found
        if values > VALUES:
            raise UsageError("the body has too many values", why=f"at most {VALUES}")
    raise UsageError("the body is too deep", why=f"at most {DEPTH} arrays and objects in one another")


def _inside(value: dict[str, Any] | list[Any]) -> Any:
    return value.values() if isinstance(value, dict) else value


# -- endpoints --


def _endpoint(route: Route, call: Call, project: str) -> Callable[..., Awaitable[Response]]:
    """The function behind a route, with the signature that FastAPI reads."""
    empty = inspect.Parameter.empty
    parameters = [_parameter(name, Annotated[str, Path(max_length=_NAME)], empty) for name in route.in_path]
    model = route.body
    if model is None and route.reads:
        parameters += [
            _parameter(name, Annotated[_kind(takes), _bounds(takes, Query)], empty if takes.needed else None)
            for name, takes in route.takes().items()
        ]
    elif model is None and route.method in ("POST", "PATCH"):
        model = _model(route)
    if model is not None:
        parameters.append(_parameter("body", Annotated[model, Body()], empty))
    if route.run is not None:
        parameters.append(_parameter("request", Request, empty))
    long = "limit" in route.takes()  # such an answer may be large: it is written in a thread

    async def endpoint(**given: Any) -> Response:
        body = given.pop("body", None)
        if route.run is not None:
            headers = given.pop("request").headers
            return Answer(await route.run(Asked(call, body, given, headers, project)), route.status)
        told = given if body is None else {**given, **body.model_dump(exclude_unset=True)}
        answer = await call(route.operation, _placed(route, {**told, **route.fixed}))
        return await asyncio.to_thread(Answer, answer, route.status) if long else Answer(answer, route.status)

    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _placed(route: Route, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments with the project that is meant. Raises UsageError when a write does not say."""
    told = {name: value for name, value in arguments.items() if value is not None}
    if not route.place or told.get("project") or told.get("cwd"):
        return told
    if route.place == "reads":
        return {**told, "all_projects": True}
    raise UsageError("which project?", why="the call names none", fix="give `project`, or `cwd`: a folder of it")


def _kind(takes: Takes) -> Any:
    kinds: dict[type, Any] = {str: Text, list: list[Text]}
    kind: Any = Literal[takes.among] if takes.among else kinds.get(takes.type, takes.type)
    return kind if takes.needed else kind | None


def _bounds(takes: Takes, field: Callable[..., Any]) -> Any:
    return field(description=takes.help, ge=takes.least, le=takes.most, max_length=takes.long)


def _model(route: Route) -> type[BaseModel]:
    """The body of a write, out of the arguments that its operation takes."""
    fields: dict[str, Any] = {
        name: (Annotated[_kind(takes), _bounds(takes, Field)], ... if takes.needed else None)
        for name, takes in route.takes().items()
    }
    name = f"{route.name.title().replace('_', '')}Body"
    return create_model(name, __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _health(token: str) -> Callable[..., Awaitable[Response]]:
    async def health(
        challenge: Annotated[str | None, Query(pattern=f"^{CHALLENGE}$", description="hex; asks for a proof")] = None,
    ) -> Response:
        return Answer({"status": "ok", **({"proof": proof(token, challenge)} if challenge else {})})

    return health


async def _page() -> HTMLResponse:
    return HTMLResponse(_PAGE)


# -- what is published --


def _responses(route: Route) -> dict[int | str, dict[str, Any]]:
    codes = {"usage", "not_found", "forbidden", "error", "unavailable"}
    if ROOT + route.path not in OPEN:
        codes.add("unauthorized")
    if not route.reads:
        codes |= {"refused", "too_large", "media_type", "timeout"}
    told: dict[int | str, dict[str, Any]] = {route.status: {"model": route.answer, "description": "done"}}
    for code, (status, meaning) in STATUSES.items():
        if code in codes:
            told[status] = {"model": Failure, "description": meaning}
    told["default"] = {"model": Failure}  # else FastAPI adds a 422 that never comes; taken away below
    return told


def _finish(schema: dict[str, Any]) -> None:
    """Say in the published schema that every call but the open ones needs the token, and which answers come."""
    schema["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "the token in http.json"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "the same token"},
    }
    schema["security"] = [{"token": []}, {"key": []}]
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            del operation["responses"]["default"]
            if path in OPEN:
                operation["security"] = []


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


# -- failures --


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, HoldfastError)
    return failure(error)


async def _broken(_: Request, __: Exception) -> Response:
    """The gate has the failure logged; what it says may be anything."""
    return failure(broken())


async def _invalid(_: Request, error: Exception) -> Response:
    """Which part of a call is wrong, and how; never what it said."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    names = [str(each) for each in first["loc"][1:]]
    name = ".".join(names)[:_NAME] or "the body"
    what, why = {
        "missing": (f"{name} is missing", ""),
        "extra_forbidden": (f"there is no field {name}", ""),
    }.get(first["type"], (f"{name} is wrong", str(first["msg"])[:_NAME]))
    return failure(UsageError(what, why=why, fix=f"see {ROOT}/openapi.json"))


async def _unrouted(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, HoldfastError):  # what reading the body ended with
        return failure(error.__cause__)
    if error.status_code == STATUSES["method"][0]:
        answer = failure(Rejected("method", "this route has no such method", fix=f"see {ROOT}/openapi.json"))
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == STATUSES["not_found"][0]:
        return failure(Rejected("not_found", "there is no such route", fix=f"see {ROOT}/openapi.json"))
    return failure(UsageError("the call was not understood", fix=f"see {ROOT}/openapi.json"))
