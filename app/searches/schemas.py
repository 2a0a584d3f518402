"""Monitoring of searches on the wire."""

from app.areas.schemas import ReportKey
from app.rest.wire import ResponseModel, Time


class SearchCounts(ResponseModel):
    """Searches and what is known of them; null: fewer than five, or left out so that such a number cannot be worked
    out. The answers to each question add up to `searches`: found (the outcome is linked to the object), the outcome,
    clothing, video, what was told beforehand (GOWISELY), self-defined ethnicity. What a record does not say is not
    known, and never no. `found_percent` is of those of which it is known whether the object was found,
    `positive_percent` of those whose outcome is known."""

    searches: int | None
    found: int | None
    not_found: int | None
    found_not_known: int | None
    found_percent: float | None
    arrests: int | None
    other_positive: int | None
    not_positive: int | None
    outcome_not_known: int | None
    positive_percent: float | None
    outer_clothing_at_most: int | None
    more_than_outer: int | None
    intimate_parts_exposed: int | None
    clothing_not_known: int | None
    video_used: int | None
    video_not_used: int | None
    video_not_known: int | None
    told_everything: int | None
    not_told_everything: int | None
    told_not_known: int | None
    ethnicity_stated: int | None
    ethnicity_not_stated: int | None
    ethnicity_not_recorded: int | None


class SearchRow(SearchCounts):
    """A row, and its share of all searches in percent where both are told."""

    key: ReportKey
    share_percent: float | None


class SearchMonitoring(ResponseModel):
    """Searches of whole months added up. Each search stands in one row, so that rows add up to `totals`."""

    group_by: str
    first_month: str
    last_month: str
    from_at: Time
    to_at: Time
    rows: list[SearchRow]
    totals: SearchCounts
    fewest_told: int
    notes: list[str]
    generated_at: Time
