"""What of a refused fact may be kept: the fields we know, bounded. Pure.

A field we do not know may hold anything, a name for one, so it is never kept; nor is a structure where we know none.
Text where a code, an id or a time belongs is kept only as long as one of those can be.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_MOST_TEXT = 4000
_MOST_CODE = 64
_NOTHING: Any = object()
Schema = Mapping[str, Any]


def known_part(value: Any, schema: Schema) -> dict[str, Any]:
    """The fields of a JSON object that its JSON schema (with `$defs`) knows; everything else is left out.

    Of `{"mode": "HOVER", "suspect": "…"}` under a schema that knows `mode` as a code: `{"mode": "HOVER"}`.
    """
    found = _known(value, schema, schema.get("$defs", {}))
    return found if isinstance(found, dict) else {}


def _known(value: Any, schema: Schema, definitions: Schema) -> Any:
    ways = list(_ways(schema, definitions))
    if isinstance(value, dict):
        return _known_fields(value, ways, definitions)
    if isinstance(value, list):
        items = [way["items"] for way in ways if isinstance(way.get("items"), Mapping)]
        if not items:
            return _NOTHING
        kept = [_known(each, {"anyOf": items}, definitions) for each in value]
        return [each for each in kept if each is not _NOTHING]
    if all(way.get("type") in ("object", "array") for way in ways):
        return _NOTHING
    return value[: _longest(ways)] if isinstance(value, str) else value


def _known_fields(value: dict[str, Any], ways: list[Schema], definitions: Schema) -> Any:
    fields: dict[str, list[Schema]] = {}
    for way in ways:
        for name, field in way.get("properties", {}).items():
            fields.setdefault(name, []).append(field)
    if not fields:
        return _NOTHING
    kept = {
        name: _known(each, {"anyOf": fields[name]}, definitions)
        for name, each in value.items()
        if name in fields
    }
    return {name: each for name, each in kept.items() if each is not _NOTHING}


def _ways(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """A schema's alternatives, references followed."""
    if "$ref" in schema:
        yield from _ways(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
        return
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    for each in inner:
        yield from _ways(each, definitions)
    if not inner:
        yield schema


def _longest(ways: list[Schema]) -> int:
    free = any(
        way.get("type") == "string" and not {"enum", "const", "pattern", "format"} & way.keys()
        for way in ways
    )
    return _MOST_TEXT if free else _MOST_CODE
