"""A publication pack: what a force says of a neighbourhood on its website, as data, as HTML to paste and as text. Pure.

The names are those of data.police.uk (`issue`, `issue-date`, `action`, `action-date`, and those of events), and so are
the forms: texts are HTML there, times London's clock without a zone. All HTML is made here from plain text, escaped, of
headings, paragraphs, lists and one table: no script, no style, no class, no address, so that it takes the look of the
page it is pasted into. Numbers come suppressed (`public_summary`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from app.areas.priorities import Priority
from app.clock import LONDON
from app.policeuk.reading import Event

SMALL = "small number, not shown"


@dataclass(frozen=True, slots=True)
class Number:
    """One line of figures in words; None is left out so that nobody can be recognised."""

    label: str
    number: float | int | None


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack says; `first` and `last` are the days it is about."""

    force: str
    force_id: str | None
    name: str
    neighbourhood_id: str | None
    first: date
    last: date
    priorities: tuple[Priority, ...]
    figures: tuple[Number, ...]
    promises: tuple[tuple[str, str], ...]
    events: tuple[Event, ...]
    notes: tuple[str, ...]


def content_of(pack: Pack) -> dict[str, Any]:
    """A pack in its three forms, as it is stored."""
    return {"data": as_data(pack), "html": as_html(pack), "text": as_text(pack)}


def content_sha256(content: dict[str, Any]) -> str:
    """The hash by which whoever approves a pack says which content they read."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def as_data(pack: Pack) -> dict[str, Any]:
    """A pack under the API's own names."""
    return {
        "force": {"id": pack.force_id, "name": pack.force},
        "neighbourhood": {"id": pack.neighbourhood_id, "name": pack.name},
        "period": {"from": pack.first.isoformat(), "to": pack.last.isoformat()},
        "priorities": [
            {
                "issue": _paragraphs(each.issue),
                "issue-date": _naive(each.issue_at),
                "action": _paragraphs(each.action) if each.action is not None else None,
                "action-date": _naive(each.action_at),
            }
            for each in pack.priorities
        ],
        "figures": [{"label": each.label, "number": each.number} for each in pack.figures],
        "you_said_we_did": [{"you_said": said, "we_did": done} for said, done in pack.promises],
        "events": [
            {
                "title": each.title,
                "type": each.kind,
                "description": _paragraphs(each.description) if each.description is not None else None,
                "address": each.address,
                "start_date": _naive(each.starts_at),
                "end_date": _naive(each.ends_at),
            }
            for each in pack.events
        ],
        "notes": list(pack.notes),
    }


def _naive(at: datetime | None) -> str | None:
    """An instant as the API writes it: 2026-07-14T17:00Z is `2026-07-14T18:00:00`."""
    return None if at is None else f"{at.astimezone(LONDON):%Y-%m-%dT%H:%M:%S}"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _when(event: Event) -> str:
    start = event.starts_at.astimezone(LONDON)
    told = f"{start:%A} {_day(start.date())}, {start:%H:%M}"
    if event.ends_at is None:
        return told
    end = event.ends_at.astimezone(LONDON)
    return (
        f"{told} to {end:%H:%M}"
        if end.date() == start.date()
        else f"{told} to {_day(end.date())}, {end:%H:%M}"
    )


def _dated(words: str, at: datetime | None) -> str:
    return words if at is None else f"{words} ({_day(at.astimezone(LONDON).date())})"


def _told(number: float | int | None) -> str:
    return SMALL if number is None else str(number)


def as_html(pack: Pack) -> str:
    """A fragment to paste: it begins with a heading of the second rank, as the page has the first."""
    parts = [
        f"<h2>Policing in {escape(pack.name)}</h2>",
        f"<p>{_day(pack.first)} to {_day(pack.last)}</p>",
        "<h3>Our priorities</h3>",
    ]
    for each in pack.priorities:
        parts.append(f"<h4>{escape(_dated('What you told us', each.issue_at))}</h4>{_paragraphs(each.issue)}")
        if each.action is not None:
            heading = escape(_dated("What we have done", each.action_at))
            parts.append(f"<p><strong>{heading}</strong></p>{_paragraphs(each.action)}")
    if not pack.priorities:
        parts.append("<p>No priority is set at present.</p>")
    parts.append("<h3>What we did</h3><table><tbody>")
    parts += [
        f'<tr><th scope="row">{escape(each.label)}</th><td>{escape(_told(each.number))}</td></tr>'
        for each in pack.figures
    ]
    parts.append("</tbody></table>")
    if pack.promises:
        parts.append("<h3>You said, we did</h3><ul>")
        parts += [
            f"<li>You said: {escape(said)}<br>We did: {escape(done)}</li>" for said, done in pack.promises
        ]
        parts.append("</ul>")
    parts.append("<h3>Meet us</h3>")
    parts.append(_events_html(pack.events) if pack.events else "<p>No event is announced at present.</p>")
    parts += [f"<p><small>{escape(note)}</small></p>" for note in pack.notes]
    return "\n".join(parts) + "\n"


def _events_html(events: Sequence[Event]) -> str:
    lines = []
    for each in events:
        where = f"<br>{escape(each.address).replace(chr(10), '<br>')}" if each.address is not None else ""
        about = _paragraphs(each.description) if each.description is not None else ""
        lines.append(f"<li><strong>{escape(each.title)}</strong><br>{escape(_when(each))}{where}{about}</li>")
    return "<ul>\n" + "\n".join(lines) + "\n</ul>"


def as_text(pack: Pack) -> str:
    """The same to paste into a letter or a document."""
    lines = [f"Policing in {pack.name}", f"{_day(pack.first)} to {_day(pack.last)}", "", "OUR PRIORITIES"]
    for each in pack.priorities:
        lines += ["", f"{_dated('What you told us', each.issue_at)}:", each.issue]
        if each.action is not None:
            lines += [f"{_dated('What we have done', each.action_at)}:", each.action]
    if not pack.priorities:
        lines += ["", "No priority is set at present."]
    lines += ["", "WHAT WE DID", "", *(f"- {each.label}: {_told(each.number)}" for each in pack.figures)]
    if pack.promises:
        lines += ["", "YOU SAID, WE DID"]
        for said, done in pack.promises:
            lines += ["", f"You said: {said}", f"We did: {done}"]
    lines += ["", "MEET US"]
    for event in pack.events:
        lines += [
            "",
            event.title,
            _when(event),
            *(each for each in (event.address, event.description) if each),
        ]
    if not pack.events:
        lines += ["", "No event is announced at present."]
    return "\n".join([*lines, "", *pack.notes]) + "\n"
