"""What sergeants of the demonstration decide on Mondays."""

from datetime import date, datetime, timedelta

from app.clock import london_day, rfc3339, start_of_london_day, to_ms
from demo.clients.facts import JsonObject
from demo.ids import named_uuid7
from demo.quarter_stage import Played, Stage, refused_of
from demo.quarter_stories import Happening, chance, happening


def decide(stage: Stage, sergeant: str, day: date, played: Played) -> None:
    """What a sergeant decides on a Monday about the week before: the reasons proposed, and what the evidence leaves."""
    from_at = rfc3339(start_of_london_day(day - timedelta(days=7)))
    to_at = rfc3339(start_of_london_day(day))
    due = stage.ask(sergeant, "GET", f"/v1/reviews/due?from={from_at}&to={to_at}&limit=100")
    found = due["items"]
    if not isinstance(found, list):
        raise TypeError("the service answered something else than a list")
    items = [item for row in found if (item := _decision(row, to_ms(stage.clock()))) is not None]
    if items:
        answer = stage.ask(sergeant, "POST", "/v1/reviews", {"items": items})
        played.refused += refused_of("decision", answer)
        played.decisions += len(items)


def _decision(due: JsonObject, at_ms: int) -> JsonObject | None:
    """The decision on one thing that waits; None for what the sergeant leaves for a second look."""
    if due["kind"] != "window" or not due["may_decide"]:
        return None
    made: JsonObject = {
        "id": str(named_uuid7(at_ms, f"decision {due['id']} {due['basis']}")),
        "window_id": due["id"],
        "basis": due["basis"],
    }
    if due["latest_review"] is not None:
        made["replaces"] = due["latest_review"]
    proposed = due["proposed_reasons"]
    name = f"{due['hotspot_code']} {london_day(datetime.fromisoformat(str(due['starts_at'])))}"
    if isinstance(proposed, list) and proposed:
        return made | {
            "decision": "REASON",
            "reason_code": proposed[0]["reason_code"],
            "note": "As the officer says.",
        }
    if happening(name) is Happening.NO_STAFF:
        return made | {"decision": "REASON", "reason_code": "NO_STAFF", "note": "Two on custody, two sick."}
    if due["status"] == "review":
        return made | {"decision": "ACCEPT", "note": "Seen there; the gap is the underpass."}
    return made | {"decision": "STAND", "note": "Looked at; no reason found."} if chance(name) < 0.7 else None
