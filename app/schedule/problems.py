"""Refusals of the schedule."""

from collections.abc import Mapping, Sequence

from app.problems import FORBIDDEN, INVALID, FieldError, Problem, ProblemKind
from app.schedule.plan import Short, Shortfall
from app.schedule.windows import Fault

WINDOW_FIXED = ProblemKind(
    "window-fixed",
    "This window can no longer be changed",
    409,
    "Cancelled and moved windows stay as they are, and so does a window that has begun: give a reason for it instead.",
)
SHORTFALL = ProblemKind(
    "shortfall",
    "The schedule cannot be met",
    409,
    "Every block that cannot be met is listed, with the constraint that keeps it from being met and how many windows "
    "are short. Nothing was dropped: give it more room, teams or hours, or fewer hotspots, and draw again.",
)
SCHEDULE_FIXED = ProblemKind(
    "schedule-fixed",
    "This schedule is past that",
    409,
    "Days that have begun, schedules that were given up and windows that are published stay as they are.",
)
SCHEDULE_CLASH = ProblemKind(
    "schedule-clash",
    "Another schedule is in the way",
    409,
    "One published schedule plans a hotspot at a time: give up the rest of the other, and draw this one again.",
)
SEED_NOT_YET = ProblemKind(
    "seed-not-yet",
    "Not before its days are over",
    409,
    "The seed would tell where police will be. Ask again from the day in the detail on.",
)
KINDS = (WINDOW_FIXED, SHORTFALL, SCHEDULE_FIXED, SCHEDULE_CLASH, SEED_NOT_YET)
_SHORT_OF = {
    "blackout": "no day is left free",
    "hours": "no start is left in its hours",
    "teams": "no team may be sent",
    "capacity": "the area's days are full",
    "team": "no team has time",
}


def window_fixed(why: str) -> Problem:
    return Problem(WINDOW_FIXED, why)


def impossible(faults: Sequence[Fault]) -> Problem:
    """422 with a pointer for each fault of a plan."""
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError(f"/{fault.field}", fault.code, fault.detail) for fault in faults],
    )


def schedule_fixed(why: str) -> Problem:
    return Problem(SCHEDULE_FIXED, why)


def schedule_clash(why: str) -> Problem:
    return Problem(SCHEDULE_CLASH, why)


def seed_not_yet(why: str) -> Problem:
    return Problem(SEED_NOT_YET, why)


def cannot_be_met(shortfall: Shortfall, codes: Mapping[str, str]) -> Problem:
    """409 with every block that is not met: `/hotspots/<id>/<first day of the block>`, the constraint, and words:
    whether there can be no plan, with the days and numbers that show it, or only none was found."""
    blocks = shortfall.blocks
    errors = [
        FieldError(
            f"/hotspots/{one.hotspot_id}/{one.block.isoformat()}",
            one.constraint,
            f"{codes.get(one.hotspot_id, one.hotspot_id)}, block from {one.block.isoformat()}: {_why(one, codes)}",
        )
        for one in blocks
    ]
    certain = sum(one.certain for one in blocks)
    if not certain:
        found = f"No place was found for {_windows(len(blocks))}. There may be one: the search was given up."
        return Problem(SHORTFALL, found, errors)
    told = f"{_windows(certain)} cannot be planned, whatever is moved."
    if len(blocks) > certain:
        told += f" No place was found for {len(blocks) - certain} more."
    return Problem(SHORTFALL, told, errors)


def _windows(number: int) -> str:
    return "1 window" if number == 1 else f"{number} windows"


def _why(one: Short, codes: Mapping[str, str]) -> str:
    if not one.certain:
        return "no team was found that has time"
    said = f"{_SHORT_OF[one.constraint]}; {one.short} short"
    if one.proof is None:
        return said
    areas = _codes(one.proof.areas, codes)
    teams = f" with {_codes(one.proof.teams, codes)}" if one.proof.teams else ""
    return (
        f"{said} ({one.proof.due} windows of {areas} are due from {one.proof.first_day.isoformat()} to "
        f"{one.proof.last_day.isoformat()}, at most {one.proof.most} can be planned{teams})"
    )


def _codes(ids: Sequence[str], codes: Mapping[str, str]) -> str:
    return ", ".join(codes.get(each, each) for each in ids)


def another_team() -> Problem:
    """403: a supervisor gives windows to people of the window's team only."""
    return Problem(
        FORBIDDEN,
        "Another team is for its commander or a planner to decide.",
        denial="windows.assign:another-team",
    )


def own_answer_only() -> Problem:
    """An answer that nobody may bring for somebody else, not even kept aside."""
    return Problem(
        FORBIDDEN, "Only whoever is tasked says this, signed in as themselves.", denial="windows.answered"
    )


def too_many(parameter: str, detail: str) -> Problem:
    """422 when more is asked for than one answer holds."""
    return Problem(
        INVALID, "Some values are not valid.", [FieldError(f"#query/{parameter}", "too-many", detail)]
    )


def wrong_period(detail: str) -> Problem:
    """422 for a period that is none, or holds more than one answer may."""
    return Problem(INVALID, "Some values are not valid.", [FieldError("#query/from", "period", detail)])
