"""What the printed tasking sheet shows of the sheet as told: times and days in words, outlines drawn."""

from typing import Any

from shapely.geometry import shape

from app.schedule.briefing_schemas import SheetWindow, TaskingSheet
from app.schedule.local_times import changes_clocks, day_bounds, in_words, short, stamp
from app.schedule.sketch import sketch


def sheet_values(sheet: TaskingSheet) -> dict[str, object]:
    """The values of `tasking_sheet.html`."""
    return {
        "sheet": sheet,
        "day": in_words(sheet.day),
        "clocks_change": changes_clocks(sheet.day),
        "until": stamp(sheet.disclosed_until),
        # How many there are later would tell a crew which days its hotspot has a patrol.
        "goes_on": sheet.disclosed_until < day_bounds(sheet.day)[1],
        "generated": stamp(sheet.generated_at),
        "windows": [_shown(window) for window in sheet.windows],
    }


def _shown(window: SheetWindow) -> dict[str, Any]:
    review_on = window.briefing.review_on if window.briefing else None
    return {
        "told": window,
        "drawn": sketch(shape(window.outline)) if window.outline is not None else None,
        "review_on": short(review_on) if review_on is not None else None,
    }
