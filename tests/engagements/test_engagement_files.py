"""Files of engagements beside the usual: rows without a reference, full exports, other layouts, many parts."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from app.engagements import import_kinds
from app.engagements.importing import EngagementRow, identified
from app.imports.files import profiles_from
from app.imports.profiles import STANDARD
from app.imports.rows import validated
from app.imports.tables import read_csv
from tests.assurance.running import WarmServer
from tests.conftest import Api, named

EAST, NORTH = "-1.897", "52.482"
PLANNER, ADMIN, SERGEANT = "4131", "4134", "4111"
HEADER = (
    "reference,collar_number,occurred_at,engagement_type,people_reached,longitude,latitude,"
    "location_text,officers\n"
)


def row(reference: str, day: int = 1, people: int = 5, **said: str) -> str:
    cells = {
        "reference": reference, "collar_number": "4101", "occurred_at": f"2026-02-{day:02} 10:00",
        "engagement_type": "COMM_MEET", "people_reached": str(people), **said,
    }  # fmt: skip
    return ",".join(cells.get(name, "") for name in HEADER.strip().split(",")) + "\n"


def send(
    api: Api, *rows: str, header: str = HEADER, who: str = PLANNER, **params: str | bool
) -> httpx.Response:
    return api.client.post(
        "/v1/imports/engagements",
        content=(header + "".join(rows)).encode(),
        params=params,
        headers=api.as_officer(who, **{"Content-Type": "text/csv"}),
    )


def counts(answer: httpx.Response) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    return {name: count for name, count in answer.json()["counts"].items() if count}


def held(api: Api) -> dict[str, dict[str, Any]]:
    items = api.get(SERGEANT, "/v1/engagements", limit=200).json()["items"]
    return {one["reference"]: one for one in items}


def flags(engagement: dict[str, Any]) -> list[str]:
    return [flag["code"] for flag in engagement["flags"]]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three rows a part, as if files were large."""
    kind = import_kinds.ENGAGEMENTS
    before = kind.rows_at_once
    object.__setattr__(kind, "rows_at_once", 3)
    yield
    object.__setattr__(kind, "rows_at_once", before)


def test_parts_of_a_file_are_one_file(api: Api, small_parts: None) -> None:
    rows = [row(f"TR-{number}", number) for number in range(1, 9)]
    assert counts(send(api, *rows)) == {"rows": 8, "new": 8}
    assert counts(send(api, *reversed(rows))) == {"rows": 8, "unchanged": 8}
    changed = send(api, *rows[:-1], row("TR-8", 8, people=6))
    assert counts(changed) == {"rows": 8, "changed": 1, "unchanged": 7}
    assert [(one["key"], one["row"]) for one in changed.json()["changes"]] == [("TR-8", 8)]


def test_a_fault_in_the_last_part_leaves_nothing_of_the_first(api: Api, small_parts: None) -> None:
    rows = [row(f"TR-{number}", number) for number in range(1, 8)]
    refused = send(api, *rows, row("TR-1", 9))
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
        ("#/rows/8/reference", "repeated")
    ]
    assert held(api) == {}
    # And it can be sent again once it is mended.
    assert counts(send(api, *rows)) == {"rows": 7, "new": 7}


def test_a_row_is_placed_as_a_phones_record_is(api: Api) -> None:
    phone = {
        "occurred_at": "2026-02-01T10:00:00Z", "engagement_type": "COMM_MEET", "people_reached": 5,
        "position": {"lat": float(NORTH), "lon": float(EAST)}, "officers": ["4102", "9999"],
    }  # fmt: skip
    assert api.put("4101", f"/v1/engagements/{named('by phone')}", phone).status_code == 201
    # Three hours on, so that nobody takes it for the same.
    said = row("TR-1", officers="9999;4102;4101", longitude=EAST, latitude=NORTH).replace("10:00", "13:00")
    assert counts(send(api, said)) == {"rows": 1, "new": 1}
    of_file = held(api)["TR-1"]
    of_phone = api.get("4101", f"/v1/engagements/{named('by phone')}").json()
    for name in ("place", "officers", "team_id", "area_id", "flags", "counted_as", "people_reached"):
        assert of_file[name] == of_phone[name], name
    # Whoever leads, and the order of colleagues, make no difference.
    again = send(
        api,
        row("TR-1", officers="4102;9999", longitude=EAST, latitude=NORTH).replace("10:00", "13:00"),
        header=HEADER,
    )
    assert counts(again) == {"rows": 1, "unchanged": 1}


def test_rows_without_a_reference_are_known_by_what_they_say(api: Api) -> None:
    alike = row("", location_text="Town Hall")
    other = row("", location_text="Library")
    first = send(api, alike, alike, other)
    assert counts(first) == {"rows": 3, "new": 3, "warnings": 1}
    assert [(one["row"], one["code"]) for one in first.json()["findings"]] == [(None, "id-derived")]
    assert [flags(one) for one in held(api).values()] == [["id_derived"]] * 3
    # However it is spelt, and in whatever order; one person more corrects, another time is another row.
    again = send(api, other, alike.replace("Town Hall", " town  HALL"), alike.replace(",5,", ",6,"))
    assert counts(again) == {"rows": 3, "changed": 1, "unchanged": 2, "warnings": 1}
    assert all(flags(one) == ["id_derived"] for one in held(api).values())
    assert counts(send(api, alike.replace("10:00", "10:01"))) == {"rows": 1, "new": 1, "warnings": 1}
    assert len(held(api)) == 4


def test_seconds_do_not_tell_rows_apart() -> None:
    said = "collar_number,occurred_at,engagement_type\n4101,2026-02-01T10:00:{},FAITH\n"
    found = [
        identified(validated(read_csv(said.format(second).encode()), EngagementRow, STANDARD)[0], {})[
            0
        ].reference
        for second in ("00Z", "59Z")
    ]
    assert found[0] == found[1]


def test_what_a_full_export_no_longer_has_is_marked_and_counts_on(api: Api) -> None:
    assert counts(send(api, *(row(f"TR-{number}", number) for number in (1, 2, 3, 4)))) == {
        "rows": 4,
        "new": 4,
    }
    # TR-4 is later than anything in the file: it says nothing about it.
    full = [row("TR-1", 1), row("TR-3", 3)]
    tried = send(api, *full, complete_list=True, dry_run=True)
    assert counts(tried) == {"rows": 2, "unchanged": 2, "missing": 1}
    assert [(one["action"], one["key"]) for one in tried.json()["changes"]] == [("missing", "TR-2")]
    assert flags(held(api)["TR-2"]) == []
    assert counts(send(api, *full, complete_list=True))["missing"] == 1
    assert {key: flags(one) for key, one in held(api).items()} == {
        "TR-1": [], "TR-2": ["missing_in_source"], "TR-3": [], "TR-4": [],
    }  # fmt: skip
    # Its row in any later file takes the mark off; without the option nothing is missing.
    assert counts(send(api, row("TR-2", 2))) == {"rows": 1, "unchanged": 1}
    assert flags(held(api)["TR-2"]) == []


def test_columns_about_members_are_dropped_and_told(api: Api) -> None:
    header = HEADER.strip() + ",Member name,E-mail,Q3 answer,Venue address\n"
    tried = send(api, row("TR-1").strip() + ",Jo Bloggs,jo@example.org,Yes,Town Hall\n", header=header)
    found = [(one["code"], one["detail"]) for one in tried.json()["findings"]]
    assert [code for code, _ in found] == ["member-data-dropped"] * 3 + ["column-unknown"]
    assert "Column 10" in found[0][1]
    assert not any(word in tried.text for word in ("Bloggs", "example.org", "Town Hall", "Member name"))


def test_every_finding_as_a_file(api: Api) -> None:
    rows = [row("TR-1", occurred_at="31/02/2026 10:00"), row("TR-2", collar_number="0" * 17), row("TR-3")]
    tried = send(api, *rows, dry_run=True, format="csv")
    assert tried.headers["content-type"].startswith("text/csv")
    lines = tried.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "row,column,code,severity,detail,value"
    assert lines[1].startswith("1,occurred_at,value,error,")
    assert lines[1].endswith(",31/02/2026 10:00")
    # A collar number is somebody's.
    assert lines[2].startswith("2,collar_number,value,error,")
    assert lines[2].endswith(",")
    assert len(lines) == 3


PROFILES = [
    {
        "name": "tracker",
        "version": version,
        "aliases": {"reference": ["Engagement ID"], "collar_number": ["Officer"], "occurred_at": ["When"],
                    "engagement_type": ["Activity"], "priority_groups": ["Who"]},
        "formats": {"occurred_at": [form]},
        "codes": {"engagement_type": {"Public meeting": "COMM_MEET"}, "priority_groups": {"over 65s": "OLDER_65"}},
    }
    for version, form in ((1, "mm/dd/yyyy HH:MM"), (2, "dd.mm.yyyy HH:MM"))
]  # fmt: skip
THEIRS = "Engagement ID;Officer;When;Activity;Who\n"


def test_a_mapping_profile_reads_another_layout(api: Api, tmp_path: Path) -> None:
    path = tmp_path / "profiles.json"
    path.write_text(json.dumps(PROFILES))
    api.client.app.state.import_profiles = profiles_from(path)  # type: ignore[attr-defined]
    said = 'T-1;4101;04.02.2026 17:30;public MEETING;"Over 65s;RESIDENTS"\n'
    done = send(api, said, header=THEIRS, profile="tracker")
    assert counts(done) == {"rows": 1, "new": 1}
    assert done.json()["profile"].startswith("tracker/2-")
    one = held(api)["T-1"]
    assert (one["occurred_at"], one["engagement_type"]["code"]) == ("2026-02-04T17:30:00Z", "COMM_MEET")
    assert [each["code"] for each in one["priority_groups"]] == ["OLDER_65", "RESIDENTS"]
    # The same bytes again are no import; under another version of the profile they are one.
    assert send(api, said, header=THEIRS, profile="tracker/2").json()["repeated"] is True
    refused = send(api, said, header=THEIRS, profile="tracker/1", dry_run=True)
    assert [(each["row"], each["column"]) for each in refused.json()["findings"]] == [(1, "occurred_at")]
    american = send(
        api, said.replace("04.02.2026", "02/04/2026"), header=THEIRS, profile="tracker/1", dry_run=True
    )
    assert counts(american) == {"rows": 1, "unchanged": 1}
    unknown = send(api, said, header=THEIRS, profile="other")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#query/profile")


def test_a_run_killed_anywhere_leaves_nothing_and_is_started_again(
    api: Api, warm: WarmServer, tmp_path: Path
) -> None:
    rows = [row(f"TR-{number}", number) for number in range(1, 9)]
    path = tmp_path / "engagements.csv"
    path.write_text(HEADER + "".join(rows))
    # After the first part, in the middle, and when all is written and nothing is durable.
    for parts in (1, 2, 3):
        killed = warm.command(
            [api.url, str(path), "3", str(parts)],
            {},
            tmp_path / "log",
            module="tests.engagements.killed_import",
        )
        assert killed.wait() == -signal.SIGKILL
        assert held(api) == {}
        assert api.get(PLANNER, "/v1/imports").json()["items"] == []
    assert counts(send(api, *rows)) == {"rows": 8, "new": 8}
    assert counts(send(api, *reversed(rows))) == {"rows": 8, "unchanged": 8}


def test_a_kind_that_takes_two_persons(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = api.client.app
    changed = app.state.settings.model_copy(update={"two_person_imports": ("engagements",)})
    monkeypatch.setattr(app.state, "settings", changed)
    faulty = send(api, row("TR-1", occurred_at="never"), propose=True)
    assert faulty.json()["proposed"] is False
    alone = send(api, row("TR-1"))
    assert (alone.status_code, alone.json()["code"]) == (409, "second-person-needed")
    proposed = send(api, row("TR-1"), propose=True).json()
    assert (proposed["proposed"], proposed["applied"], proposed["counts"]["new"]) == (True, False, 1)
    # Not by whoever proposed it, nor another file, nor the file read another way, nor a week later.
    assert send(api, row("TR-1")).status_code == 409
    assert send(api, row("TR-2"), who=ADMIN).status_code == 409
    assert send(api, row("TR-1"), who=ADMIN, complete_list=True).status_code == 409
    assert held(api) == {}
    done = send(api, row("TR-1"), who=ADMIN).json()
    assert (done["applied"], done["proposed_by"]) == (True, str(named(PLANNER)))
    assert send(api, row("TR-3"), propose=True).json()["proposed"] is True
    api.clock.forward(days=8)
    assert send(api, row("TR-3"), who=ADMIN).status_code == 409
