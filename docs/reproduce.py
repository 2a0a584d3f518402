# a command: it prints
"""Makes a stored assessment again from the stored facts, by the rules and outlines it pinned, and compares.

    BEATCHECK_DATABASE_URL=… python -m docs.reproduce PATROL_ID [--number N]

It reads the database directly, past the permissions and the audit log of the service: it is for whoever may hold a
copy of the database, such as an expert for a court. Exit code 1 when the two differ.
"""

import argparse
import json
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session

from app.areas.queries import boundary_outline
from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols import judging, queries
from app.patrols.models import AutoClosing, CheckOut, Patrol, PatrolAssessment
from app.patrols.queries import PatrolEnd
from app.settings import Settings
from app.tracks.facts import HotspotBoundary
from app.tracks.queries import policy_of_version


def made_again(session: Session, patrol: Patrol, stored: PatrolAssessment) -> dict[str, object]:
    """What `assess` says today of the facts that had arrived when the stored assessment was made."""
    end = _end_known(session, patrol, stored)
    evidence = judging.gather(session, patrol, end, stored.window_id, until=stored.computed_at)
    pinned = [
        HotspotBoundary(
            UUID(each["hotspot_id"]),
            UUID(each["boundary_id"]),
            boundary_outline(session, UUID(each["boundary_id"])),
        )
        for each in stored.result["hotspots"]
    ]
    policy = policy_of_version(session, patrol.force_id, stored.policy_version)
    if policy is None:
        raise SystemExit(
            "This release does not bring the policy of that assessment: use the release that made it."
        )
    evidence = replace(evidence, boundaries=pinned, policy=policy)
    return evidence.as_stored(evidence.assess())


def _end_known(session: Session, patrol: Patrol, stored: PatrolAssessment) -> PatrolEnd:
    """How the patrol had ended when the assessment was made: by its phone, or by policy until the phone spoke."""
    check_out = session.get(CheckOut, patrol.id)
    if check_out is not None and check_out.received_at <= stored.computed_at:
        return queries.ends_of(session, [patrol.id])[patrol.id]
    closing = session.get_one(AutoClosing, patrol.id)
    return PatrolEnd(closing.ended_at, None)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a stored assessment again.")
    parser.add_argument("patrol", type=UUID)
    parser.add_argument("--number", type=int, help="an older assessment; the standing one by default")
    chosen = parser.parse_args()
    engine = open_engine(Settings().database_url)
    with reading(engine) as session:
        patrol = session.get(Patrol, chosen.patrol)
        stored = queries.assessment_numbered(session, chosen.patrol, chosen.number)
        if patrol is None or stored is None:
            parser.error("no such patrol, or it has not been assessed")
        again = made_again(session, patrol, stored)
    engine.dispose()
    same = again == stored.result
    print(f"assessment {stored.number}, made {rfc3339(stored.computed_at)}, policy {stored.policy_version}")
    print(f"status {stored.status}; made again from the facts: {'the same' if same else 'DIFFERENT'}")
    if not same:
        print(json.dumps({"stored": stored.result, "again": again}, indent=1))
        raise SystemExit(1)


if __name__ == "__main__":
    main()
