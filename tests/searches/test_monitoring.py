"""Monitoring of searches against counting in loops; what is left out, who is told of whom, and what a file says."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest

from app.clock import london_day, rfc3339
from tests.conftest import Api, Clock, named, seed, serving

TEAM = {"4101": "NORTH-1", "4102": "NORTH-1", "4103": "SOUTH-1"}
LPA = {"NORTH-1": "NORTH", "SOUTH-1": "SOUTH"}
GROUP = {"W1": "WHITE", "B2": "BLACK", "A2": "ASIAN", "M1": "MIXED", "NS": "NOT_STATED", None: "NOT_KNOWN"}
PERCEIVED = {"IC1": "WHITE", "IC3": "BLACK", "IC4": "ASIAN", "IC9": "NOT_KNOWN", None: "NOT_KNOWN"}
BANDS = {"U10": (0, 9), "10_17": (10, 17), "18_24": (18, 24), "25_34": (25, 34), "O34": (35, 120)}
POSITIVE = {"ARREST": "arrests", "COMMRES": "other_positive", "CAUTION": "other_positive", "NFA": "not_positive",
            "VERBAL_ADVICE": "not_positive", "VOL_ATTEND": "outcome_not_known", None: "outcome_not_known"}  # fmt: skip
EVERYTHING = ["G", "O", "W", "I", "S", "E", "L", "Y"]
ANSWERS = {
    "found": ("found", "not_found", "found_not_known"),
    "outcome": ("arrests", "other_positive", "not_positive", "outcome_not_known"),
    "clothing": ("outer_clothing_at_most", "more_than_outer", "intimate_parts_exposed", "clothing_not_known"),
    "video": ("video_used", "video_not_used", "video_not_known"),
    "told": ("told_everything", "not_told_everything", "told_not_known"),
    "ethnicity": ("ethnicity_stated", "ethnicity_not_stated", "ethnicity_not_recorded"),
}
MONTHS = {"first_month": "2026-01", "last_month": "2026-03"}


def made_up(random: Random) -> tuple[str, dict[str, Any]]:
    who = random.choices(list(TEAM), [5, 3, 2])[0]
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(60 * 24 * 60))
    outcome = random.choices([*POSITIVE, "NOT_SEARCHED"], [3, 1, 1, 9, 2, 1, 1, 2])[0]
    body: dict[str, Any] = {"kind": "STOP_SEARCH", "occurred_at": rfc3339(at), "outcome_code": outcome}
    if random.random() < 0.2:
        return who, {**body, "level": "reference", "reference": "R/1"}
    body |= {
        "level": "record",
        "video_used": random.choice([True, True, False, None]),
        "legislation_code": random.choice(["PACE1", "PACE1", "MDA23"]),
        "object_code": random.choices(["DRUGS", "WEAPON", "STOLEN"], [6, 3, 1])[0],
        "outcome_linked_to_object": random.choice(["YES", "NO", "NO", "UNKNOWN", None]),
        "self_defined_ethnicity": random.choices(list(GROUP), [8, 4, 4, 1, 3, 1])[0],
        "officer_defined_ethnicity": random.choice(list(PERCEIVED)),
        "gender": random.choices(["MALE", "FEMALE", None], [9, 2, 1])[0],
        "age": random.choice([15, 17, 18, 22, 24, 25, 40, None]),
        "clothing_removed": random.choices(["NONE", "OUTER", "MORE_THAN_OUTER", "INTIMATE_PARTS_EXPOSED", None],
                                           [6, 6, 2, 1, 1])[0],
        "gowisely": random.choice([EVERYTHING, EVERYTHING, ["G", "O"]]),
        "search_type": "PERSON",
    }  # fmt: skip
    return who, {name: value for name, value in body.items() if value is not None}


Made = list[tuple[str, dict[str, Any]]]


NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def searches() -> Made:
    random = Random(11)
    return [made_up(random) for _ in range(150)]


def quarter_of_searches(url: str) -> None:
    seed(url)
    with serving(url, Clock(NOW)) as api:
        for number, (who, body) in enumerate(searches()):
            answer = api.put(who, f"/v1/activities/{named(f'search {number}')}", body)
            assert answer.status_code == 201, answer.text
        gone = f"/v1/activities/{named('gone')}"
        assert api.put("4101", gone, searches()[0][1]).status_code == 201
        assert api.put("4101", f"{gone}/void", {"reason": "Twice."}).status_code == 201


@pytest.fixture
def filled() -> Callable[[str], None]:
    return quarter_of_searches


@pytest.fixture
def quarter(api: Api) -> Made:
    api.clock.at = NOW
    return [pair for pair in searches() if pair[1].get("outcome_code") != "NOT_SEARCHED"]


def answers_of(body: dict[str, Any]) -> list[str]:
    clothing = {"NONE": "outer_clothing_at_most", "OUTER": "outer_clothing_at_most",
                "MORE_THAN_OUTER": "more_than_outer", "INTIMATE_PARTS_EXPOSED": "intimate_parts_exposed"}  # fmt: skip
    told = {True: "told_everything", False: "not_told_everything"}[body.get("gowisely") == EVERYTHING]
    said = body.get("self_defined_ethnicity")
    return [
        {"YES": "found", "NO": "not_found"}.get(body.get("outcome_linked_to_object", ""), "found_not_known"),
        POSITIVE[body.get("outcome_code")],
        clothing.get(body.get("clothing_removed", ""), "clothing_not_known"),
        {True: "video_used", False: "video_not_used", None: "video_not_known"}[body.get("video_used")],
        told if body["level"] == "record" else "told_not_known",
        "ethnicity_not_stated" if said == "NS" else "ethnicity_stated" if said else "ethnicity_not_recorded",
    ]


def key_of(by: str, who: str, body: dict[str, Any]) -> str:
    age = body.get("age")
    band = [code for code, (low, high) in BANDS.items() if age is not None and low <= age <= high]
    found: dict[str, str] = {
        "self_defined_ethnicity": GROUP[body.get("self_defined_ethnicity")],
        "officer_defined_ethnicity": PERCEIVED[body.get("officer_defined_ethnicity")],
        "age_band": band[0] if band else "NOT_KNOWN",
        "gender": body.get("gender", "NOT_KNOWN"),
        "object": body.get("object_code", "NOT_KNOWN"),
        "power": body.get("legislation_code", "NOT_KNOWN"),
        "outcome": body.get("outcome_code") or "NOT_KNOWN",
        "month": f"{london_day(datetime.fromisoformat(body['occurred_at'])):%Y-%m}",
        "team": TEAM[who],
        "lpa": LPA[TEAM[who]],
    }
    return found[by]


def ask(api: Api, who: str = "4131", **params: str) -> dict[str, Any]:
    answer = api.get(who, "/v1/searches/monitoring", **{**MONTHS, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


GROUPINGS = (
    "self_defined_ethnicity", "officer_defined_ethnicity", "age_band", "gender", "object", "power", "outcome", "month",
    "team", "lpa",
)  # fmt: skip


def test_every_grouping_is_what_loops_count(api: Api, quarter: Made) -> None:
    told_numbers = left_out = 0
    for by in GROUPINGS:
        told = ask(api, group_by=by)
        counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for who, body in quarter:
            counted[key_of(by, who, body)].update(["searches", *answers_of(body)])
        rows = {row["key"]["code"]: row for row in told["rows"]}
        assert set(counted) <= set(rows), by
        counted["all"] = sum(counted.values(), Counter())
        for code, row in [*rows.items(), ("all", told["totals"])]:
            for name in ("searches", *(answer for answers in ANSWERS.values() for answer in answers)):
                expected = counted[code][name]
                assert row[name] in (expected, None), (by, code, name)
                assert not 0 < expected < 5 or row[name] is None, (by, code, name)
                told_numbers += row[name] is not None
                left_out += row[name] is None
            found, missed = row["found"], row["not_found"]
            if found is None or missed is None or not found + missed:
                assert row["found_percent"] is None
            else:
                assert row["found_percent"] == round(100 * found / (found + missed), 1)
            parts = [row[name] for name in ("arrests", "other_positive", "not_positive")]
            if None in parts or not sum(parts):
                assert row["positive_percent"] is None
            else:
                assert row["positive_percent"] == round(100 * (parts[0] + parts[1]) / sum(parts), 1)
        assert told["totals"]["searches"] == len(quarter)
    # Hiding everything would be safe, too.
    assert told_numbers > 2 * left_out > 0


def test_nothing_left_out_follows_from_sums(api: Api, quarter: Made) -> None:
    for by in GROUPINGS:
        nothing_follows(ask(api, group_by=by), by)


def nothing_follows(told: dict[str, Any], by: str) -> None:
    """By elimination over every sum the table has: rows over each question, columns over rows, and the whole."""
    lines = [*told["rows"], told["totals"]]
    last = len(lines) - 1
    unknown: dict[tuple[int, str], int] = {}
    for number, line in enumerate(lines):
        for name in ("searches", *(answer for answers in ANSWERS.values() for answer in answers)):
            if line[name] is None:
                unknown[number, name] = len(unknown)
    equations = []
    for number in range(len(lines)):
        equations += [{(number, "searches"): -1, **dict.fromkeys([(number, a) for a in answers], 1)}
                      for answers in ANSWERS.values()]  # fmt: skip
    for name in ("searches", *(answer for answers in ANSWERS.values() for answer in answers)):
        equations.append({(last, name): -1, **{(number, name): 1 for number in range(last)}})
    matrix = [[float(each.get(cell, 0)) for cell in unknown] for each in equations]
    for cell, place in unknown.items():
        number, name = cell
        column_is_nought = name != "searches" and lines[last][name] == 0
        if not column_is_nought:
            assert not follows(matrix, place), (by, cell)


def follows(matrix: list[list[float]], place: int) -> bool:
    """Whether one unknown is fixed by the equations: by reduction with its column last."""
    order = [each for each in range(len(matrix[0])) if each != place] + [place]
    rows = [[row[each] for each in order] for row in matrix]
    done = 0
    for column in range(len(order)):
        pivot = next((row for row in rows[done:] if abs(row[column]) > 1e-9), None)
        if pivot is None:
            continue
        if column == len(order) - 1:
            return True
        rows.remove(pivot)
        rows.insert(done, [each / pivot[column] for each in pivot])
        for number, row in enumerate(rows):
            if number != done and abs(row[column]) > 1e-9:
                rows[number] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    return False


def test_each_is_told_of_their_own(api: Api, quarter: Made) -> None:
    north = [pair for pair in quarter if TEAM[pair[0]] == "NORTH-1"]
    for who in ("4111", "4121"):
        told = ask(api, who, group_by="team")
        assert [row["key"]["code"] for row in told["rows"]] == ["NORTH-1"]
        assert told["totals"]["searches"] == len(north)
    assert ask(api, "7101")["totals"]["searches"] == 0
    assert ask(api, team_id=str(named("NORTH-1")))["totals"]["searches"] == len(north)
    assert ask(api, area_id=str(named("NORTH")))["totals"]["searches"] == len(north)
    assert api.get("4101", "/v1/searches/monitoring").status_code == 403


def test_months_are_whole(api: Api, quarter: Made) -> None:
    january = [pair for pair in quarter if key_of("month", *pair) == "2026-01"]
    assert ask(api, last_month="2026-01")["totals"]["searches"] == len(january)
    told = api.get("4131", "/v1/searches/monitoring").json()
    assert (told["first_month"], told["last_month"]) == ("2025-04", "2026-03")
    assert told["totals"]["searches"] == len(quarter)
    for wrong in ({"first_month": "2026-13"}, {"first_month": "2026-04", "last_month": "2026-03"},
                  {"first_month": "2001-01"}):  # fmt: skip
        assert api.get("4131", "/v1/searches/monitoring", **wrong).status_code == 422


def test_the_file_says_the_same(api: Api, quarter: Made) -> None:
    told = ask(api, group_by="age_band")
    file = api.get("4131", "/v1/searches/monitoring", group_by="age_band", format="csv", **MONTHS)
    rows = list(csv.DictReader(StringIO(file.text.removeprefix("\ufeff"))))
    expected = [*told["rows"], told["totals"]]
    for name in ("searches", "arrests", "found_percent"):
        assert [row[name] for row in rows] == [
            "" if each[name] is None else str(each[name]) for each in expected
        ]
