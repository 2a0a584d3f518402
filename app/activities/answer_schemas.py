"""What is answered about activities."""

from datetime import date
from typing import Literal
from uuid import UUID

from app.activities.schemas import ActivityBody
from app.rest.wire import ResponseModel, Time


class ActivityCode(ResponseModel):
    """One code of the content in plain words; `field` is where it stands there. Unknown: no list holds it."""

    field: str
    list: str
    code: str
    label: str
    unknown: bool


class ActivityFlagResponse(ResponseModel):
    """What somebody should know; it accuses nobody, and the activity counts. `check_needed`: somebody should look."""

    code: str
    label: str
    in_words: str
    check_needed: bool


class ActivityHotspot(ResponseModel):
    id: UUID
    name: str


class ActivityPlace(ResponseModel):
    """Where it was: as the phone said, or as the patrol's track has it at that time (`source`).

    Where positions were erased, or the track does not say, the hotspots alone may be known.
    """

    lat: float | None
    lon: float | None
    accuracy_m: float | None
    source: Literal["phone", "track"]
    hotspots: list[ActivityHotspot]


class ReferralFollowUpResponse(ResponseModel):
    """What became of a referral, as somebody heard it."""

    id: UUID
    status: str
    label: str
    heard_at: Time
    reference: str | None
    officer_id: UUID
    collar_number: str
    received_at: Time


class LinkedActivity(ResponseModel):
    """An activity this one belongs with: the arrest a search led to, a search an arrest came from."""

    id: UUID
    kind: Literal["STOP_SEARCH", "ARREST"]


class ActivityAmended(ResponseModel):
    """Who made the revision that stands, when and why."""

    at: Time
    by: UUID
    reason: str


class ActivityVoided(ResponseModel):
    """That it was a mistake: it stays, and counts nowhere."""

    at: Time
    by: UUID
    reason: str


class ActivityResponse(ResponseModel):
    """One activity. `content` is what was recorded, as it stands: it can be changed and sent back as an amendment.

    `occurred_at` is on the server's clock. `wanted_level` is how much the force asks for of this kind.
    """

    id: UUID
    revision: int
    kind: str
    level: str
    wanted_level: str
    occurred_at: Time
    recorded_at: Time
    received_at: Time
    officer_id: UUID
    collar_number: str
    officer_kind: str
    rank_held: str | None
    team_id: UUID | None
    area_id: UUID | None
    patrol_id: UUID | None
    outcome_code: str | None
    place: ActivityPlace | None
    content: ActivityBody
    codes: list[ActivityCode]
    flags: list[ActivityFlagResponse]
    check_needed: bool
    links: list[LinkedActivity]
    status: str | None
    follow_ups: list[ReferralFollowUpResponse]
    copy_entitlement_expires_on: date | None
    amended: ActivityAmended | None
    voided: ActivityVoided | None
    erased_at: Time | None


class ActivityPage(ResponseModel):
    """`on_voided_patrols`: how many of them hang on a patrol that was taken back since; they count all the same."""

    activities: list[ActivityResponse]
    on_voided_patrols: int
    next_cursor: str | None


class ActivityRevision(ResponseModel):
    """What an activity said, from when until when, and why that was said in place of what stood before."""

    revision: int
    content: ActivityBody
    made_by: UUID
    collar_number: str
    made_at: Time
    reason: str | None
    superseded_at: Time | None


class ActivityHistory(ResponseModel):
    """Every revision, the first one first; the last is what stands."""

    id: UUID
    revisions: list[ActivityRevision]
    voided: ActivityVoided | None


class ActivityRuleResponse(ResponseModel):
    """How much a force wants of a kind from a day on; none of its own: a reference is enough."""

    kind: str
    kind_label: str
    level: str
    level_label: str
    valid_from: date | None


class ActivityRules(ResponseModel):
    rules: list[ActivityRuleResponse]
