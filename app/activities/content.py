"""An activity as rows and as the body of its PUT: the same words in both, so that each field is named once.

What was recorded can be read, changed and sent back as it is; a revision keeps it in the same form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.activities.codes import ActivityKind
from app.activities.models import (
    Activity,
    Arrest,
    Intelligence,
    IntelligenceItem,
    OtherOutcome,
    Referral,
    StopSearch,
)
from app.activities.schemas import BODIES, AnyActivity
from app.database.model import Table

DETAILS: Mapping[ActivityKind, type[Table]] = {
    ActivityKind.STOP_SEARCH: StopSearch,
    ActivityKind.ARREST: Arrest,
    ActivityKind.INTELLIGENCE: Intelligence,
    ActivityKind.REFERRAL: Referral,
    ActivityKind.OUTCOME: OtherOutcome,
}
# Which field says what came of it.
_OUTCOME_FIELD = {
    ActivityKind.STOP_SEARCH: "outcome_code",
    ActivityKind.ARREST: "disposal",
    ActivityKind.REFERRAL: "referral_type",
    ActivityKind.OUTCOME: "outcome_type",
}
_SHARED = ("reference", "late_reason", "video_used", "video_reason_code", "video_reference")
_ITEM = tuple(name for name in IntelligenceItem.model_fields if name not in ("activity_id", "position"))
_COLUMNS = {
    kind: tuple(name for name in table.model_fields if name != "activity_id")
    for kind, table in DETAILS.items()
}


@dataclass(frozen=True, slots=True)
class Rows:
    """What a body says as columns: of what all activities share, of its own kind, and of its items."""

    shared: dict[str, Any]
    detail: dict[str, Any]
    items: list[dict[str, Any]]


def rows_of(body: AnyActivity) -> Rows:
    """The columns of a body; whose it is, when and where are for whoever records it."""
    kind = body.kind_of
    shared = {name: getattr(body, name, None) for name in _SHARED}
    detail = {name: getattr(body, name, None) for name in _COLUMNS[kind]}
    items = [{name: getattr(item, name) for name in _ITEM} for item in getattr(body, "items", ())]
    if kind is ActivityKind.INTELLIGENCE:
        category = getattr(body, "category", None)
        if category is not None:
            items = [{**dict.fromkeys(_ITEM), "category": category}]
        shared["outcome_code"] = items[0]["category"] if items else None
        detail["grading_scheme"] = detail["grading_scheme"] or "3x5x2"
    else:
        shared["outcome_code"] = getattr(body, _OUTCOME_FIELD[kind])
    if kind is ActivityKind.REFERRAL:
        detail["first_status"] = detail["status"]
    return Rows(shared, detail, items)


def body_of(activity: Activity, detail: Table, items: Sequence[IntelligenceItem]) -> AnyActivity:
    """The body of the PUT that would record an activity as it stands, without who captured it and why it changed."""
    model = BODIES[activity.kind, activity.level]
    values: dict[str, Any] = {
        **{
            name: getattr(activity, name) for name in (*_SHARED, "kind", "level", "patrol_id", "outcome_code")
        },
        **{name: getattr(detail, name) for name in _COLUMNS[ActivityKind(activity.kind)]},
        "occurred_at": activity.occurred_said_at,
        "recorded_at": activity.recorded_said_at,
        "position": _position(activity),
        "items": [{name: getattr(item, name) for name in _ITEM} for item in items],
        "category": activity.outcome_code,
    }
    if isinstance(detail, Referral):
        values["status"] = detail.first_status
    said = {name: value for name, value in values.items() if name in model.model_fields and value is not None}
    return model.model_validate(said)


def as_json(body: AnyActivity) -> dict[str, Any]:
    """A body as it is kept and told: without what was not said."""
    told = body.model_dump(mode="json", exclude_none=True, exclude={"captured_by", "amendment_reason"})
    assert isinstance(told, dict)  # noqa: S101 - a model dumps to an object
    return told


def _position(activity: Activity) -> dict[str, float] | None:
    if activity.longitude is None or activity.latitude is None:
        return None
    found = {"lat": activity.latitude, "lon": activity.longitude}
    if activity.accuracy_m is not None:
        found["accuracy_m"] = activity.accuracy_m
    return found
