"""Pages that print: HTML from templates, escaped by default, with nothing fetched from anywhere.

Templates lie beside the slice that fills them, as `app/<slice>/templates/<name>.html`, and extend `page.html`. Styles
and drawings (SVG) are inline; there is no script, so that the policy a page is sent with can forbid everything else.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.clock import LONDON

_APP = Path(__file__).resolve().parents[1]
# A page is self-contained: styles stand in it, pictures are drawn in it, forms and frames have no place.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}


def _time(at: datetime) -> str:
    """The time of day on London's clocks: `19:00`."""
    return f"{at.astimezone(LONDON):%H:%M}"


def _day(at: datetime) -> str:
    """The day on London's clocks: `Mon 2 Mar 2026`."""
    local = at.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b %Y}"


@cache
def _environment() -> Environment:
    folders = [_APP / "rest" / "templates", *sorted(_APP.glob("*/templates"))]
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(time=_time, day=_day)
    return made


def rendered(template: str, values: Mapping[str, object]) -> str:
    """A template filled in. Every value is escaped; one that the template names and is not given is an error."""
    return _environment().get_template(template).render(values)


def page(template: str, values: Mapping[str, object]) -> Response:
    """A filled-in page as an answer that is stored nowhere."""
    return as_page(rendered(template, values))


def as_page(html: str) -> Response:
    """HTML that was made before, under the same policy and stored nowhere either."""
    headers = {"Content-Security-Policy": POLICY, **_NOT_KEPT}
    return Response(html, media_type="text/html", headers=headers)


def drawing(template: str, values: Mapping[str, object]) -> Response:
    """A filled-in drawing (SVG) by itself, stored nowhere; drawn with attributes alone, it needs no styles allowed."""
    return Response(rendered(template, values), media_type="image/svg+xml", headers=_NOT_KEPT)
