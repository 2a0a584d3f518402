"""Whether the windows of the large force were kept, and what supervisors said of those that were not; decided by the
application's own pure functions."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.patrols.reviewing import Decision, Evidence, Reviewed, outcome
from app.tracks.decision import Status, WindowCredit, decide_window
from app.tracks.intervals import Intervals, clip
from app.tracks.policy import Policy
from benchmarks.bulk import Bulk
from benchmarks.large_patrols import HELD_FOR, Made
from benchmarks.large_places import Force
from benchmarks.large_plan import REQUIRED_SECONDS, Window

_REQUIRED_MS = REQUIRED_SECONDS * 1000
_REASONS = ("ARREST_MADE", "EMERGENCY_RESPONSE", "ABSTRACTED", "NO_STAFF", "SEVERE_WEATHER")
_REVIEWED = 0.6
_SERGEANT_ORDER = 30


@dataclass(frozen=True, slots=True)
class _Review:
    """A decision on a window and those on its patrols that follow from it."""

    id: UUID
    decision: Decision
    reason_code: str | None
    adjusted_ms: int | None
    basis_status: str


def decide_windows(
    bulk: Bulk, force: Force, chance: random.Random, windows: Sequence[Window], patrols: Sequence[Made],
    policy: Policy, now: datetime,
) -> Mapping[UUID, Mapping[UUID, Intervals]]:  # fmt: skip
    """Writes results and reviews of the windows of one day; what was accepted of single patrols, by hotspot."""
    made_for: dict[UUID, list[Made]] = {window.id: [] for window in windows}
    for made in sorted(patrols, key=lambda made: str(made.id)):
        if made.window is not None and not made.voided:
            made_for[made.window.id].append(made)
    for window in windows:
        if window.moved_to is not None:
            made_for[window.moved_to] = sorted(
                {made.id: made for made in (*made_for[window.moved_to], *made_for[window.id])}.values(),
                key=lambda made: str(made.id),
            )
    accepted: dict[UUID, Mapping[UUID, Intervals]] = {}
    for window in windows:
        if window.ends_at + timedelta(hours=1) <= now or any(
            not made.is_open for made in made_for[window.id]
        ):
            accepted.update(_decide(bulk, force, chance, window, made_for[window.id], policy, now))
    return accepted


def _decide(
    bulk: Bulk, force: Force, chance: random.Random, window: Window, patrols: Sequence[Made],
    policy: Policy, now: datetime,
) -> Mapping[UUID, Mapping[UUID, Intervals]]:  # fmt: skip
    evidence = _evidence(window, patrols, {}, policy)
    review = _review(chance, window, evidence, now)
    if not patrols and review is None:
        return {}  # nobody has been there and nobody has said anything: no row, as in the application
    accepted: dict[UUID, Mapping[UUID, Intervals]] = {}
    if review is not None:
        if review.decision is Decision.ACCEPT and review.basis_status == evidence.status:
            for made in patrols:
                probable = clip(made.hotspots[0].probable, *window.span) if made.hotspots else ()
                if probable and not made.is_open:
                    accepted[made.id] = {window.spot.id: probable}
            evidence = _evidence(window, patrols, accepted, policy)
        _write_reviews(bulk, force, chance, window, evidence, review, accepted)
    _write_result(bulk, window, patrols, evidence, review, policy)
    return accepted


def _evidence(
    window: Window, patrols: Sequence[Made], accepted: Mapping[UUID, Mapping[UUID, Intervals]], policy: Policy
) -> Evidence:
    credits = [
        WindowCredit(
            made.officer, made.hotspots[0].verified, made.hotspots[0].probable, made.unverified,
            made.hotspots[0].verified, accepted=accepted.get(made.id, {}).get(window.spot.id, ()),
            check_needed=made.flagged,
        )
        if not made.is_open
        else WindowCredit(made.officer, (), (), (), (), in_progress=True)
        for made in patrols
    ]  # fmt: skip
    found = decide_window(
        credits, starts_ms=window.span[0], ends_ms=window.span[1], required_ms=_REQUIRED_MS,
        one_officer_alone=policy.one_officer_alone,
    )  # fmt: skip
    asks = found.check_needed if found.status is Status.COMPLIANT else any(made.flagged for made in patrols)
    return Evidence(
        1 if patrols else 0, found.status, _REQUIRED_MS, found.verified_ms, found.accepted_ms, found.review_ms,
        found.at_most_ms, asks,
    )  # fmt: skip


def _review(chance: random.Random, window: Window, evidence: Evidence, now: datetime) -> _Review | None:
    if evidence.status in (Status.COMPLIANT, Status.IN_PROGRESS) or chance.random() > _REVIEWED:
        return None
    if window.ends_at + timedelta(days=2) > now:
        return None
    decision = chance.choices(
        (Decision.REASON, Decision.ACCEPT, Decision.STAND, Decision.ADJUST), (50, 30, 12, 8)
    )[0]
    adjusted = chance.choice((_REQUIRED_MS, _REQUIRED_MS * 3 // 4)) if decision is Decision.ADJUST else None
    reason = chance.choice(_REASONS) if decision is Decision.REASON else None
    # The evidence has come to another status since, now and then.
    stood = "unverified" if chance.random() < 0.03 else evidence.status.value
    return _Review(UUID(int=chance.getrandbits(128), version=4), decision, reason, adjusted, stood)


def _write_reviews(
    bulk: Bulk, force: Force, chance: random.Random, window: Window, evidence: Evidence, review: _Review,
    accepted: Mapping[UUID, Mapping[UUID, Intervals]],
) -> None:  # fmt: skip
    by, at = force.supervisors[window.crew.id], window.ends_at + timedelta(hours=chance.randrange(6, 40))

    def row(review_id: UUID, **values: Any) -> dict[str, Any]:
        return {
            "id": review_id, "content_hash": chance.randbytes(32), "captured_by": by, "uploaded_by": by,
            "received_at": at, "force_id": force.id, "number": 1, "decision": review.decision.value,
            "rank_order": _SERGEANT_ORDER, "reason_code": review.reason_code, "adjusted_ms": review.adjusted_ms,
            "basis_review_ms": evidence.review_ms, **values,
        }  # fmt: skip

    bulk.add(
        "reviews",
        row(review.id, window_id=window.id, basis=evidence.number, basis_status=review.basis_status),
    )
    for patrol_id in accepted:
        bulk.add("reviews", row(
            UUID(int=chance.getrandbits(128), version=4), patrol_id=patrol_id, basis=1, basis_status="review",
            of_window_review=review.id,
        ))  # fmt: skip


def _write_result(
    bulk: Bulk, window: Window, patrols: Sequence[Made], evidence: Evidence, review: _Review | None,
    policy: Policy,
) -> None:  # fmt: skip
    said = None
    if review is not None:
        said = Reviewed(
            review.decision, evidence.number, review.basis_status, evidence.review_ms, review.adjusted_ms
        )
    decided = outcome(evidence, said)
    ended = [made.ended_at for made in patrols if not made.is_open]
    present = {
        made.officer for made in patrols if made.hotspots and clip(made.hotspots[0].verified, *window.span)
    }
    bulk.add("window_results", {
        "window_id": window.id, "number": evidence.number, "status": str(decided.status),
        "computed_status": evidence.status.value, "required_ms": evidence.required_ms,
        "verified_ms": evidence.verified_ms, "accepted_ms": evidence.accepted_ms, "review_ms": evidence.review_ms,
        "at_most_ms": evidence.at_most_ms, "credited_ms": decided.credited_ms,
        "computed_check_needed": evidence.check_needed, "check_needed": decided.check_needed,
        "review_id": review.id if review else None, "decision": review.decision.value if review else None,
        "reason_code": review.reason_code if review else None, "needs_confirmation": decided.needs_confirmation,
        "officer_count": len(present), "patrol_ids": json.dumps([str(made.id) for made in patrols]),
        "asking": json.dumps([f"{made.id} late_fill" for made in patrols if made.flagged]),
        "team_id": window.crew.id, "area_id": window.spot.area_id,
        "computed_at": max(ended, default=window.ends_at + timedelta(hours=6)),
        "told_from": max(ended) + HELD_FOR if ended and policy.officer_first_minutes else None,
    })  # fmt: skip
