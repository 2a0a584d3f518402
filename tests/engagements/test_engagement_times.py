"""When an engagement was: of a phone whose clock is wrong, and of a correction by one that is right."""

from tests.conftest import Api
from tests.engagements.test_engagement_story import PATH, SURGERY


def test_a_correction_is_judged_by_the_time_it_keeps(api: Api) -> None:
    # Seven hours fast, and it says so; corrected in the office by a clock that is right.
    fast = {"Sent-At": "2026-03-03T01:30:00Z"}
    said = {**SURGERY, "occurred_at": "2026-03-03T00:00:00Z", "recorded_at": "2026-03-03T01:00:00Z"}
    first = api.put("4101", PATH, said, **fast).json()
    assert (first["occurred_at"], first["recorded_at"], first["flags"]) == (
        "2026-03-02T17:00:00Z", "2026-03-02T18:00:00Z", [],
    )  # fmt: skip
    for number, other in ((1, {}), (2, {"recorded_at": first["recorded_at"]})):
        body = {**said, **other, "minutes": 40 + number, "amendment_reason": "Shorter."}
        told = api.put("4101", PATH, body, **{"If-Match": f'"{number}"'})
        assert told.status_code == 200, told.text
        assert (told.json()["occurred_at"], told.json()["flags"]) == (first["occurred_at"], [])
    assert told.json()["recorded_at"] == first["recorded_at"]
