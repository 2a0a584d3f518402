"""What an endpoint wants to be told of its request, and who finds it out.

What the request alone answers (its body, its caller, its clock, a session) is asked by the route itself. The framework
spends some forty calls on each dependency, whatever it does: for a phone that was as much as recording its fact.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature, iscoroutinefunction, signature
from typing import Any

from fastapi import Request
from fastapi.params import Depends

Ask = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Asking:
    """An endpoint's parameters. `asks` are those that the request answers, in their order, each with how; `found` are
    those that the framework finds, the request among them under `request`; `wants_request` says that the endpoint
    wants that, too."""

    asks: Mapping[str, Ask]
    found: Signature
    request: str
    wants_request: bool


def asking_of(endpoint: Callable[..., Any]) -> Asking:
    """What an endpoint wants, by its signature."""
    wanted = signature(endpoint, eval_str=True)
    asks = {name: ask for name, one in wanted.parameters.items() if (ask := _ask(one)) is not None}
    others = [
        one.replace(kind=Parameter.KEYWORD_ONLY)
        for name, one in wanted.parameters.items()
        if name not in asks
    ]
    own = next((one.name for one in others if one.annotation is Request), None)
    if own is None:
        others.append(Parameter("asked_request", Parameter.KEYWORD_ONLY, annotation=Request))
    return Asking(asks, wanted.replace(parameters=others), own or "asked_request", own is not None)


def _ask(parameter: Parameter) -> Ask | None:
    """How a parameter is asked of the request; None where more than the request is needed."""
    for said in getattr(parameter.annotation, "__metadata__", ()):
        ask = said.dependency if isinstance(said, Depends) else None
        if ask is not None and iscoroutinefunction(ask):
            wanted = signature(ask, eval_str=True).parameters.values()
            if [one.annotation for one in wanted] == [Request]:
                return ask
    return None


def header(name: str, description: str, max_length: int | None = None) -> dict[str, Any]:
    """A header that a route asks for itself, as `rest.openapi` tells of it."""
    text = {"type": "string"} if max_length is None else {"type": "string", "maxLength": max_length}
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"anyOf": [text, {"type": "null"}], "description": description, "title": name},
        "description": description,
    }
