"""Refuses query parameters an address does not know, and known ones given twice.

A filter spelt wrongly would otherwise be left out in silence, and show more people than were asked for.
"""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.problems import INVALID, FieldError, Problem


def _names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _names(inner)


async def known_parameters(request: Request) -> None:
    """The dependency of every address under `/v1`: 422 for a parameter that is unknown or repeated."""
    if not request.query_params:
        return
    route = request.scope["route"]
    known = sorted(set(_names(route.dependant))) if isinstance(route, APIRoute) else []
    given = [name for name, _ in request.query_params.multi_items()]
    faults = [
        FieldError(f"#query/{name}", "repeated", "is given twice") for name in known if given.count(name) > 1
    ]
    if set(given) - set(known):
        # The unknown name is the caller's own text: say what is known instead.
        told = f"holds one we do not know; known here: {', '.join(known) or 'none'}"
        faults.append(FieldError("#query", "unknown", told))
    if faults:
        raise Problem(INVALID, "Some values are not valid.", faults)
