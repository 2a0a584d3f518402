"""Many changes in one request, each standing or falling by itself: how an item that was refused is told."""

from app.problems import Problem
from app.rest.wire import ResponseModel

MOST_AT_ONCE = 200


class BulkFault(ResponseModel):
    """Why an item was refused: the code of a problem, and the faulty fields where it has some."""

    code: str
    detail: str
    pointers: list[str]


def fault_of(problem: Problem) -> BulkFault:
    """A refusal as the answer about many items tells it."""
    return BulkFault(
        code=problem.kind.code, detail=problem.detail, pointers=[error.pointer for error in problem.errors]
    )
