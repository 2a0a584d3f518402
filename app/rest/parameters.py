"""Refuses query parameters an address does not know, known ones given twice, and control characters in addresses.

A filter spelt wrongly would otherwise be left out in silence, and show more people than were asked for. A NUL would
reach PostgreSQL, which refuses it late and as our mistake.

In which format an answer is wanted is asked here, too: by `format`, else by the Accept header.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.problems import INVALID, FieldError, Problem, not_found

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def _names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _names(inner)


def check_parameters(request: Request) -> None:
    """Passes an address that we know with its parameters: 422 for an unknown or repeated one, 404 for no path of ours.

    No address of ours holds a control character.
    """
    if any(_CONTROL.search(value) for value in request.path_params.values()):
        raise not_found()
    if not request.query_params:
        return
    route = request.scope["route"]
    known = sorted(set(_names(route.dependant))) if isinstance(route, APIRoute) else []
    items = request.query_params.multi_items()
    given = [name for name, _ in items]
    faults = [
        FieldError(f"#query/{name}", "repeated", "is given twice") for name in known if given.count(name) > 1
    ]
    faults += [
        FieldError(f"#query/{name}", "control", "holds a control character")
        for name, value in items
        if name in known and _CONTROL.search(value)
    ]
    if set(given) - set(known):
        # The unknown name is the caller's own text: say what is known instead.
        told = f"holds one we do not know; known here: {', '.join(known) or 'none'}"
        faults.append(FieldError("#query", "unknown", told))
    if faults:
        raise Problem(INVALID, "Some values are not valid.", faults)


_Accept = Annotated[str, Header(max_length=500)]
_WHICH = "Goes before the Accept header."


async def _as_csv(
    wanted: Annotated[Literal["json", "csv"] | None, Query(alias="format", description=_WHICH)] = None,
    accept: _Accept = "",
) -> bool:
    return wanted == "csv" or (wanted is None and "text/csv" in accept)


async def _format(
    wanted: Annotated[
        Literal["json", "csv", "html"] | None, Query(alias="format", description=_WHICH)
    ] = None,
    accept: _Accept = "",
) -> str:
    by_header = next((name for name in ("html", "csv") if f"text/{name}" in accept), "json")
    return wanted or by_header


AsCsv = Annotated[bool, Depends(_as_csv)]
# `json`, `csv` or `html`: a browser that opens the address gets the page.
Format = Annotated[str, Depends(_format)]
CSV = {"text/csv": {"schema": {"type": "string"}}}
EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}
CSV_OR_PAGE = {**CSV, "text/html": {"schema": {"type": "string"}}}


def wrong_period() -> Problem:
    """A period that ends before it begins, or is none."""
    fault = FieldError("#query/from", "not-before-to", "must be earlier than to")
    return Problem(INVALID, "Some values are not valid.", [fault])


def too_many_periods(most: int) -> Problem:
    """More weeks, months or quarters than any answer tells of."""
    fault = FieldError("#query/from", "too-many", f"asks for more than {most} weeks, months or quarters")
    return Problem(INVALID, "Some values are not valid.", [fault])


def file_headers(name: str) -> dict[str, str]:
    """What makes a browser save a table; `name` is without its ending."""
    return {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Vary": "Accept, Authorization",
    }


def csv_file(name: str, table: str) -> Response:
    """A table as a file to save."""
    return Response(table, media_type="text/csv", headers=file_headers(name))
