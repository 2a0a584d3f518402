"""What the printed tasking sheet shows of the sheet as told: times and days in words, outlines drawn."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shapely.geometry import shape

from app.clock import london_day
from app.schedule.briefing_schemas import SheetWindow, TaskingSheet
from app.schedule.local_times import changes_clocks, day_bounds, in_words, short, stamp
from app.schedule.sketch import sketch


def sheet_values(sheet: TaskingSheet) -> dict[str, object]:
    """The values of `tasking_sheet.html`."""
    numbers = {each.id: number for number, each in enumerate(sheet.priorities, 1)}
    return {
        "sheet": sheet,
        "day": in_words(sheet.day),
        "clocks_change": changes_clocks(sheet.day),
        "until": stamp(sheet.disclosed_until),
        # How many there are later would tell a crew which days its hotspot has a patrol.
        "goes_on": sheet.disclosed_until < day_bounds(sheet.day)[1],
        "generated": stamp(sheet.generated_at),
        "windows": [_shown(window, numbers) for window in sheet.windows],
        "priorities": [
            {
                "number": numbers[each.id],
                "told": each,
                "since": short(london_day(each.issue_at)) if each.issue_at else None,
                "done_on": short(london_day(each.action_at)) if each.action_at else None,
            }
            for each in sheet.priorities
        ],
    }


def _shown(window: SheetWindow, numbers: Mapping[UUID, int]) -> dict[str, Any]:
    """A window as it is printed; priorities stand at the end of the sheet, under numbers."""
    review_on = window.briefing.review_on if window.briefing else None
    return {
        "priorities": [numbers[each] for each in window.priority_ids],
        "told": window,
        "drawn": sketch(shape(window.outline)) if window.outline is not None else None,
        "review_on": short(review_on) if review_on is not None else None,
    }
