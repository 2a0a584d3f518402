"""The dose on the wire: what each hotspot got on each day."""

from datetime import date
from uuid import UUID

from app.compliance.dose import Allocation
from app.database.types import safe_text
from app.rest.wire import ResponseModel, Time
from app.schedule.windows import WindowStatus

PurposeText = safe_text(200, 3)


class DoseRow(ResponseModel):
    """One hotspot on one London day. `allocation` is what the published schedule drew: `control` days could have been
    drawn, `excluded` ones could not, `none` were in no schedule, and `pending` ones are told when their block of days
    is over. `window_starts_at` and `window_status` are of the first of `windows` that start on the day. Seconds,
    because rows are made to be added up: `officer_seconds` are verified and of each officer, `patrol_seconds` are by
    the clock with anybody verified inside. `visits` began on the day and lasted long enough to count (five minutes
    unless the force's policy says otherwise), those that overlap once; the longest of them, 0 without any. `officers`
    were verified or declared there. `unscheduled_patrols` were verified there and count for no window of the hotspot.
    `provisional`: fixes that come late may still change it, or it is pending."""

    hotspot_id: UUID
    hotspot_code: str
    day: date
    allocation: Allocation
    windows: int
    window_starts_at: Time | None
    window_status: WindowStatus | None
    officer_seconds: int
    patrol_seconds: int
    visits: int
    longest_visit_seconds: int
    officers: int
    unscheduled_patrols: int
    provisional: bool


class DosePage(ResponseModel):
    """Rows by hotspot code, then day, with and without patrols. Only days that have passed are told: `days_to` is the
    last asked for or yesterday, and there are no rows when `days_from` is later. `rows` counts all of them."""

    days_from: date
    days_to: date
    rows: int
    items: list[DoseRow]
    notes: list[str]
    rule_versions: list[str]
    generated_at: Time
    next_cursor: str | None
