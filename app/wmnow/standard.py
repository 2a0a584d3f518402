"""The mapping that is read by where a force has made none: every line of it is an assumption (`docs/wmnow.md`), since
no export of the tracker is published. Pure."""

from typing import Any

from app.wmnow.mapping import SEPARATORS, WMNOW, from_content

# Headings are compared as `app.imports.profiles` spells them: `Date & Time` is `date_time`.
_HEADERS: dict[str, tuple[str, ...]] = {
    "source_record_id": ("id", "record_id", "engagement_id", "tracker_id", "ref", "reference", "record_reference"),
    "source_version": ("version", "last_modified", "modified", "modified_at", "updated_at", "last_updated"),
    "occurred_at": (
        "date_time", "date_and_time", "datetime", "engagement_date_time", "engagement_date_and_time", "start",
        "started_at", "starts_at", "start_date_time",
    ),
    "occurred_on": ("date", "engagement_date", "date_of_engagement", "start_date"),
    "occurred_time": ("time", "engagement_time", "time_of_engagement", "start_time"),
    "ended_at": ("end", "ends_at", "finish", "end_date_time", "end_date_and_time"),
    "recorded_at": ("created", "created_at", "created_on", "date_created", "date_entered", "entered_at", "logged_at"),
    "collar_number": ("collar", "collar_no", "officer_collar", "officer_collar_number", "shoulder_number"),
    "team_ref": ("team", "team_name", "neighbourhood_team", "policing_team"),
    "lpa_ref": ("lpa", "local_policing_area", "npu", "borough", "district"),
    "sector_ref": ("sector", "sector_name"),
    "neighbourhood_ref": ("neighbourhood", "neighbourhood_name", "beat", "ward"),
    "longitude": ("lon", "long", "lng"),
    "latitude": ("lat",),
    "easting": ("eastings", "grid_easting"),
    "northing": ("northings", "grid_northing"),
    "location_text": ("location", "address", "venue", "place"),
    "postcode": ("post_code",),
    "engagement_type": ("type", "type_of_engagement", "activity_type"),
    "method": ("engagement_method", "method_of_engagement"),
    "priority_group": ("priority_groups", "priority_group_engaged"),
    "topics": ("topic", "issues", "issues_raised"),
    "groups_reached": ("minority_group", "minority_groups", "minority_group_reached", "minority_groups_reached"),
    "people_reached": ("people", "number_of_people", "no_of_people", "people_engaged", "attendees", "reach"),
    "planned": ("is_planned", "planned_engagement"),
    "published": ("is_published", "published_engagement", "advertised"),
    "deleted": ("is_deleted",),
    "patrol_ref": ("patrol", "patrol_id", "patrol_reference", "beatcheck_patrol"),
    "engagement_ref": ("beatcheck", "beatcheck_reference", "beatcheck_engagement"),
}  # fmt: skip
_LAYOUT = (
    ("Reference", "reference"), ("Date and time", "occurred_at"), ("End", "ended_at"), ("Created", "recorded_at"),
    ("Collar number", "collar_number"), ("LPA", "lpa"), ("Team", "team"), ("Neighbourhood", "neighbourhood"),
    ("Latitude", "latitude"), ("Longitude", "longitude"), ("Type of engagement", "engagement_type"),
    ("Method", "method"), ("Priority group", "priority_groups"), ("Topics", "topics"),
    ("Minority group reached", "groups_reached"), ("People reached", "people_reached"), ("Planned", "planned"),
    ("Published", "published"), ("Patrol reference", "patrol_ref"), ("Beatcheck reference", "engagement_ref"),
)  # fmt: skip
STANDARD_CONTENT: dict[str, Any] = {
    "headers": [{"field": of, "headings": list(headings)} for of, headings in _HEADERS.items()],
    "times": [],
    "separators": SEPARATORS,
    "words": [],
    "member_data": [],
    "layout": [{"heading": heading, "field": of} for heading, of in _LAYOUT],
}
STANDARD_VERSION = 1
STANDARD = from_content(WMNOW, STANDARD_VERSION, STANDARD_CONTENT)
