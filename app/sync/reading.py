"""Reads the items of a request one by one: a bad one is told apart, with its faults, and the others go on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from app.problems import INVALID, TOO_LARGE, FieldError, Problem
from app.rest.body import MAX_COLONS, field_errors
from app.rest.wire import parse_id
from app.sync.kinds import KINDS, Item, Kind, order_of
from app.sync.schemas import SyncItem

_ITEM = TypeAdapter(SyncItem)
_CONTENT = "/content"


@dataclass(frozen=True, slots=True)
class Read:
    """One item as read: `asked` when it is an item at all, `item` when its content is valid too, else the problem.

    `kind_name` and `fact_id` are what it says of itself, where that much could be read.
    """

    index: int
    kind_name: str | None
    fact_id: UUID | None
    kind: Kind | None = None
    asked: SyncItem | None = None
    item: Item | None = None
    problem: Problem | None = None


def read_items(values: Sequence[Any]) -> list[Read]:
    """All items of a request, in the order they are to be recorded; those that could not be read come last."""
    found = [_read(index, value) for index, value in enumerate(values)]
    good = [each for each in found if each.item is not None]
    bad = [each for each in found if each.item is None]
    return [*sorted(good, key=_place), *bad]


def _place(read: Read) -> tuple[int, int, str, UUID, int]:
    if read.kind is None or read.asked is None:
        raise TypeError("only what was read has a place")
    return order_of(read.kind, read.asked, read.index)


def _read(index: int, value: Any) -> Read:
    told = Read(index, *_called(value))
    try:
        asked = _ITEM.validate_python(value)
    except ValidationError as error:
        return replace(told, problem=_invalid(error))
    kind = KINDS.get(asked.kind)
    if kind is None:
        fault = FieldError("/kind", "unknown", f"must be one of {', '.join(KINDS)}")
        return replace(told, problem=Problem(INVALID, "Some values are not valid.", [fault]))
    told = replace(told, kind=kind, asked=asked)
    raw = to_json(asked.content)
    if raw.count(b":") > MAX_COLONS:
        return replace(told, problem=Problem(TOO_LARGE, f"An item may hold {MAX_COLONS} keys."))
    try:
        body = kind.validated(raw)
    except ValidationError as error:
        return replace(told, problem=_invalid(error, ("content",)))
    return replace(
        told, item=Item(asked.id, asked.patrol_id, asked.window_id, asked.parent_id, asked.if_match, body)
    )


def _called(value: Any) -> tuple[str | None, UUID | None]:
    """What an item calls itself, told back only when it is one of our kinds and a proper id: never what was typed."""
    if not isinstance(value, dict):
        return None, None
    kind = value.get("kind")
    try:
        fact_id = parse_id(value.get("id"))
    except ValueError:
        fact_id = None
    return (kind if isinstance(kind, str) and kind in KINDS else None), fact_id


def _invalid(error: ValidationError, prefix: tuple[str, ...] = ()) -> Problem:
    faults = field_errors(error.errors(include_input=False, include_url=False), prefix)
    return Problem(INVALID, "Some values are not valid.", faults)


def within_item(problem: Problem) -> Problem:
    """A use case's refusal as the item has it: `/mode` of a body is `/content/mode`, a header is a field beside it."""
    faults = [replace(fault, pointer=_place_within(fault.pointer)) for fault in problem.errors]
    return Problem(problem.kind, problem.detail, faults, denial=problem.denial)


def _place_within(pointer: str) -> str:
    if pointer == "#header/If-Match":
        return "/if_match"
    return pointer if pointer in ("/patrol_id", "/window_id", "/parent_id") else _CONTENT + pointer
