"""What the tracker's rows and our engagements come to beside each other, and what must be known to read it. Pure.

Nothing is merged: a total says how many come from each system, and only what a person linked counts once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from app.clock import rfc3339
from app.identity.permissions import Permission
from app.wmnow.likeness import LONGEST_COMPARED

PERCENTS = (50, 90, 95)
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the tracker and engagements of ours. `imported` are held, deleted ones among them. `changed`, `missing`,
    `id_derived`, `unknown`, `nobody` (no officer of ours is known by it) and `linked` are of those that stand.
    `rejected` are not held at all; of `outdated` an older word is held, because the newest could not be taken."""

    imported: int = 0
    deleted: int = 0
    changed: int = 0
    missing: int = 0
    id_derived: int = 0
    unknown: int = 0
    nobody: int = 0
    linked: int = 0
    rejected: int = 0
    outdated: int = 0
    ours: int = 0
    ours_linked: int = 0
    hotspot_contacts: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def source_rows(self) -> int:
        """All that the tracker sent: what is held and what could not be taken."""
        return self.imported + self.rejected

    @property
    def tracker(self) -> int:
        """What stands in the tracker."""
        return self.imported - self.deleted

    @property
    def unchanged(self) -> int:
        return self.tracker - self.changed

    @property
    def only_tracker(self) -> int:
        return self.tracker - self.linked

    @property
    def only_ours(self) -> int:
        return self.ours - self.ours_linked

    @property
    def total(self) -> int:
        """Both systems, linked pairs once: 7 of ours and 5 of the tracker's, 2 of them linked, are 10."""
        return self.ours + self.tracker - self.linked


def together(parts: Iterable[Mapping[K, Counts]]) -> dict[K, Counts]:
    """Counts of the same keys added up.

    >>> found = together([{"a": Counts(ours=2)}, {"a": Counts(imported=3, linked=1)}])
    >>> found["a"].total
    4
    """
    found: defaultdict[K, Counts] = defaultdict(Counts)
    for part in parts:
        for key, each in part.items():
            found[key] += each
    return dict(found)


@dataclass(frozen=True, slots=True)
class Lag:
    """From when it happened to when it was typed, in whole minutes (floored), over `records` that say both. Percentiles
    (`PERCENTS`) are by nearest rank, None of nothing. `typed_before` say that they were typed before it happened and
    are in no percentile."""

    records: int = 0
    typed_before: int = 0
    p50: int | None = None
    p90: int | None = None
    p95: int | None = None


NOTES = (
    (
        "Rows stand in the week in which the engagement happened, in London, whenever they were sent; the first "
        "and the last week are cut where the period is."
    ),
    (
        "Source rows are those imported and those rejected. A row that was rejected and taken later counts as "
        "imported; one that was rejected again and again counts once. Outdated: an older "
        "version is held, because the newest could not be taken."
    ),
    (
        "Unchanged, changed and deleted add up to imported. Standing in the tracker is imported less deleted; "
        "missing in source, ids of our making and unknown words are counted of those. Missing: the latest full "
        "export of that time did not have it; it is not deleted."
    ),
    (
        "Total = ours + the tracker's - linked. A linked pair counts once, where and when our engagement stands. "
        "Only what a person linked is linked: two that nobody has looked at count as two."
    ),
    (
        "Lag is the time from the engagement to when it was typed into the tracker: half, nine in ten and "
        "nineteen in twenty were typed within it. Records that do not say when they were typed, or say that it "
        "was before, are left out of it."
    ),
    "Contacts on hotspot patrols stand beside and are in no total: the tracker has no such thing.",
    "Without LPA: no team, place or officer that the row names is known here, or none of an LPA.",
)
OF_TEAMS = (
    "You see your own teams. Rejected rows have no team, so neither they nor source rows are told to you."
)
OF_AREAS = (
    "You see what lies in your areas. Rejected rows that name no area are told to those who see the force."
)


def links(
    may: Callable[[Permission], bool], from_at: datetime, to_at: datetime, of: str, of_id: UUID | None
) -> dict[str, str]:
    """Where a row leads whoever holds the permissions, `of` being `area_id` or `team_id`: nowhere, where there is no
    such id to ask by. What may be the same is not asked for of more than is compared at once.

    >>> from datetime import UTC
    >>> first, last = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    >>> list(links(lambda it: it is Permission.WMNOW_READ, first, last, "team_id", UUID(int=1)))
    ['records', 'deleted', 'missing']
    """
    if of_id is None:
        return {}
    asked = {"from": rfc3339(from_at), "to": rfc3339(to_at), of: str(of_id)}
    found: dict[str, str] = {}
    if may(Permission.WMNOW_READ):
        found["records"] = f"/v1/wmnow/records?{urlencode(asked)}"
        found["deleted"] = f"/v1/wmnow/records?{urlencode({**asked, 'deleted': 'true'})}"
        found["missing"] = f"/v1/wmnow/records?{urlencode({**asked, 'missing': 'true'})}"
    if may(Permission.ENGAGEMENTS_READ):
        found["engagements"] = f"/v1/engagements?{urlencode(asked)}"
    if may(Permission.WMNOW_DECIDE) and to_at - from_at <= LONGEST_COMPARED:
        found["suggestions"] = f"/v1/wmnow/suggestions?{urlencode(asked)}"
    return found
