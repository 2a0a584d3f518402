"""Several phones at once, and who looked: one answer stands, every look is logged."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import pytest
from sqlmodel import col, select

from app.audit.models import Action, AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from tests.activities.test_flags_story import imported, recorded, search
from tests.activities.test_record_story import flags, on_patrol, path
from tests.conftest import Api, named

__all__ = ["on_patrol"]
SIX = range(6)


def at_once(call: Callable[[int], httpx.Response]) -> list[int]:
    with ThreadPoolExecutor(len(SIX)) as pool:
        return sorted(answer.status_code for answer in pool.map(call, SIX))


def test_of_corrections_and_of_voids_at_once_one_stands(on_patrol: Api) -> None:
    api, body = on_patrol, search()
    assert at_once(lambda _: api.put("4101", path(), body)) == [200] * 5 + [201]

    def corrected(reference: str, revision: int) -> httpx.Response:
        again = {**body, "reference": reference, "amendment_reason": "Its number."}
        return api.put("4101", path(), again, **{"If-Match": f'"{revision}"'})

    assert at_once(lambda number: corrected(f"SS/{number}", 1)) == [200] + [412] * 5
    assert at_once(lambda _: corrected("SS/SAME", 2)) == [200] * 6
    voids = at_once(lambda number: api.put("4101", f"{path()}/void", {"reason": f"Mistake {number}."}))
    assert voids == [200] * 5 + [201]
    told = api.get("4101", f"{path()}/history").json()
    assert [row["revision"] for row in told["revisions"]] == [1, 2, 3]
    # The first version, sent once more, is told how it stands.
    late = api.put("4101", path(), body)
    assert (late.status_code, late.json()["revision"]) == (200, 3)
    assert late.json()["voided"]["reason"] == told["voided"]["reason"]


@pytest.mark.parametrize(
    ("operation", "where"),
    [
        ("activity:list", "/v1/activities"),
        ("activity:read", path()),
        ("activity:history", f"{path()}/history"),
    ],
)
def test_rule_16_every_read_of_what_was_done_to_people_is_logged_without_asking_why(
    on_patrol: Api, operation: str, where: str
) -> None:
    api = on_patrol
    recorded(api, search(patrol="patrol-1"))
    assert api.get("4111", where).status_code == 200
    engine = open_engine(api.url, 1)
    with reading(engine) as session:
        rows = select(AuditEvent).where(col(AuditEvent.operation) == operation)
        (event,) = session.exec(rows).all()
    engine.dispose()
    assert (event.action, event.actor_id, event.reason) == (Action.CONSULT, named("4111"), None)
    assert event.subjects == {
        "activity": [str(named("activity-1"))],
        "officer": [str(named("4101"))],
        "patrol": [str(named("patrol-1"))],
    }


def test_a_code_that_ended_since_was_known_on_its_day(on_patrol: Api) -> None:
    api = on_patrol
    imported(
        api,
        "reference",
        "list,code,label,valid_from,valid_to\nsearch_objects,LASER,Laser pen,2026-03-02,2026-03-03\n",
    )
    first = recorded(api, search(object_code="LASER"))
    api.clock.forward(days=2)
    told = api.get("4111", path()).json()
    assert (flags(first), flags(told)) == ([], [])
    assert [code["code"] for code in told["codes"] if code["unknown"]] == []
    # What was of a day on which no list held it is unknown, and stays so.
    after = search(object_code="LASER", occurred_at="2026-03-04T19:00:00Z", recorded_at=None)
    told = recorded(api, after, name="after")
    assert "unknown_code" in flags(told)
    assert [code["code"] for code in told["codes"] if code["unknown"]] == ["LASER"]
