"""Finishes the OpenAPI document: request bodies read by `body(Model)`, and one kind of error answer for all."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.rest.problem_documents import MEDIA_TYPE, ProblemDocument

_REF = "#/components/schemas/{model}"
# Messages of a tracker are signed, not signed in.
_OPEN_PATHS = ("/livez", "/readyz", "/problems/{code}", "/v1/time", "/v1/wmnow/webhooks/{force_code}")


def _asked(dependant: Dependant) -> Iterator[Any]:
    """Whatever is asked for a request: by the framework, and by the route itself (`rest.endpoint`)."""
    yield dependant.call
    yield from getattr(dependant.call, "asks", ())
    for inner in dependant.dependencies:
        yield from _asked(inner)


def finished_openapi(app: FastAPI) -> dict[str, Any]:
    """The published contract. FastAPI's own 422 schema is replaced by ours, because ours never echoes the input."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    bodies: dict[tuple[str | None, str], type[BaseModel]] = {}
    headers: dict[tuple[str | None, str], list[dict[str, Any]]] = {}
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if dependant is None:
            continue
        for asked in _asked(dependant):
            for method in context.methods or ():
                if hasattr(asked, "body_model"):
                    bodies[context.path_format, method.lower()] = asked.body_model
                if hasattr(asked, "header"):
                    headers.setdefault((context.path_format, method.lower()), []).append(asked.header)
    named: dict[str, type[BaseModel]] = {}
    for model in bodies.values():
        if named.setdefault(model.__name__, model) is not model:
            raise ValueError(f"two bodies are called {model.__name__}: the contract tells them by name")
    wanted = [(model, "validation") for model in named.values()]
    _, definitions = models_json_schema([*wanted, (ProblemDocument, "serialization")], ref_template=_REF)  # type: ignore[list-item]
    schemas.update(definitions.get("$defs", {}))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _finish(operation, path, bodies.get((path, method)), headers.get((path, method), []))
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _finish(
    operation: dict[str, Any], path: str, model: type[BaseModel] | None, headers: list[dict[str, Any]]
) -> None:
    problem = {"content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemDocument")}}}}
    responses = operation["responses"]
    responses.pop("422", None)
    responses.setdefault("4XX", {"description": "Refused, with the reason", **problem})
    responses.setdefault("5XX", {"description": "Not now: keep it and send it again", **problem})
    if path not in _OPEN_PATHS:
        operation["security"] = [{"bearer": []}]
    if model is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}},
        }
    if headers:
        operation["parameters"] = [*operation.get("parameters", []), *headers]
