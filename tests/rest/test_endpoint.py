"""What an endpoint wants is told apart: what its request answers, and what the framework finds."""

from inspect import Parameter
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from app.rest.endpoint import asking_of


async def _by_request(request: Request) -> str:
    return request.method


async def _by_more(request: Request, limit: Annotated[int, Query()] = 1) -> int:
    return limit


def _in_a_thread(request: Request) -> str:
    return request.method


ByRequest = Annotated[str, Depends(_by_request)]
ByMore = Annotated[int, Depends(_by_more)]
InAThread = Annotated[str, Depends(_in_a_thread)]


def test_only_what_the_request_alone_answers_is_asked_by_the_route() -> None:
    def endpoint(place: str, method: ByRequest, limit: ByMore, other: InAThread, size: int = 3) -> None: ...

    asking = asking_of(endpoint)
    assert asking.asks == {"method": _by_request}
    found = asking.found.parameters
    assert [*found] == ["place", "limit", "other", "size", asking.request]
    assert (found["limit"].annotation, found["other"].annotation) == (ByMore, InAThread)
    assert (found["size"].default, found["place"].default) == (3, Parameter.empty)
    assert not asking.wants_request


def test_an_endpoint_that_wants_its_request_is_given_it_under_its_own_name() -> None:
    def endpoint(call: Request, first: ByRequest, second: ByRequest) -> dict[str, Any]:
        return {}

    asking = asking_of(endpoint)
    assert [*asking.asks] == ["first", "second"]
    assert (asking.request, asking.wants_request, [*asking.found.parameters]) == ("call", True, ["call"])
    assert asking.found.return_annotation == dict[str, Any]
