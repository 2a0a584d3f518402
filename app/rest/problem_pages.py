"""`/problems/<code>`: what each refusal means and what to do about it, as a page for people."""

from collections.abc import Iterable
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.problems import ProblemKind, not_found


def problem_pages(kinds: Iterable[ProblemKind]) -> APIRouter:
    """The router that serves one page a kind; ValueError when two kinds share a code."""
    catalogue: dict[str, ProblemKind] = {}
    for kind in kinds:
        if catalogue.setdefault(kind.code, kind) is not kind:
            raise ValueError(f"two kinds of problem share the code {kind.code}")
    router = APIRouter(tags=["problems"])

    @router.get("/problems/{code}", response_class=HTMLResponse, summary="What a problem means")
    async def page(code: str) -> HTMLResponse:
        kind = catalogue.get(code)
        if kind is None:
            raise not_found()
        retry = (
            "The same request may succeed later: keep it and send it again."
            if kind.retryable
            else ("Sending the same request again will not help.")
        )
        return HTMLResponse(
            f"<!doctype html><html lang=en><title>{escape(kind.title)}</title><h1>{escape(kind.title)}</h1>"
            f"<p><code>{escape(kind.code)}</code>, status {kind.status}</p>"
            f"<p>{escape(kind.advice)}</p><p>{retry}</p></html>"
        )

    return router
