"""The words in which results are told: code lists of a day and names of hotspots, read once for many results."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.areas.queries import hotspot_names
from app.patrols.models import PatrolAssessment
from app.patrols.telling import Words
from app.reference.queries import labels_of

_LISTS = ("patrol_statuses", "status_sentences", "grades", "fix_labels", "flags", "flag_sentences")
NONE = Words({}, {}, {}, {}, {}, {}, {})


def words_for(session: Session, force_id: UUID, day: date, results: Iterable[PatrolAssessment]) -> Words:
    """What it takes to tell some results of one force: two queries, or one when no hotspot is to be named."""
    lists = labels_of(session, force_id, list(_LISTS), day)
    named = {each["hotspot_id"] for row in results for each in row.result["hotspots"]}
    return Words(
        statuses=lists["patrol_statuses"],
        statuses_explained=lists["status_sentences"],
        grades=lists["grades"],
        fix_labels=lists["fix_labels"],
        # A flag without a sentence of its own is told by its label.
        flags={**lists["flags"], **lists["flag_sentences"]},
        flag_names=lists["flags"],
        hotspots=hotspot_names(session, {UUID(each) for each in named}),
    )
