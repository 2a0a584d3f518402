"""What an officer corrects of an engagement that a file told: it stays so, and the record stays the file's."""

import httpx2 as httpx
from alembic import command
from sqlalchemy import text

from app.database.engine import open_engine
from app.database.session import transaction
from tests.conftest import Api
from tests.databases import Databases, migration_config
from tests.engagements.test_engagement_story import CORRECTED, HEADER, PATH, SURGERY, TOLD, correct
from tests.imports.test_routes import codes, send


def _told_by_file(api: Api) -> str:
    """One that a file told and its officer corrects: where it is."""
    assert send(api, "4131", "engagements", HEADER.encode() + TOLD).json()["counts"]["new"] == 1
    [told] = api.get("4111", "/v1/engagements").json()["items"]
    path = f"/v1/engagements/{told['id']}"
    said = {
        "occurred_at": "2026-03-02T17:00:00Z", "engagement_type": "BEAT_SURGERY", "method": "FACE", "planned": True,
        "people_reached": 41, "amendment_reason": "Two digits were the wrong way round.",
    }  # fmt: skip
    corrected = api.put("4101", path, said, **{"If-Match": '"1"'})
    assert corrected.status_code == 200, corrected.text
    assert (corrected.json()["source"], corrected.json()["reference"]) == ("import", "ENG-0042")
    return path


def _counts(answer: httpx.Response) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    return {name: count for name, count in answer.json()["counts"].items() if count}


def test_what_an_officer_corrects_of_a_file_stays_so_and_stays_the_files(api: Api) -> None:
    path = _told_by_file(api)
    other = b"TR-9,4101,2026-03-01 10:00,FAITH,FACE,yes,1,,no\n"
    same = send(api, "4131", "engagements", HEADER.encode() + TOLD + other)
    assert _counts(same) == {"rows": 2, "new": 1, "unchanged": 1, "warnings": 1}
    assert codes(same) == [(1, "corrected-here", "warning")]
    assert "people_reached" in same.json()["findings"][0]["detail"]
    assert api.get("4101", path).json()["people_reached"] == 41
    # What the file changes of the rest is taken: another version, and the officer's word stands in it.
    more = TOLD.replace(b",14,", b",15,").replace(b",FACE,", b",ONLINE,")
    changed = send(api, "4131", "engagements", HEADER.encode() + more)
    assert _counts(changed) == {"rows": 1, "changed": 1, "warnings": 1}
    assert changed.json()["changes"][0]["fields"] == ["method"]
    told = api.get("4101", path).json()
    assert (told["people_reached"], told["method"]["code"], told["revision"]) == (41, "ONLINE", 3)
    history = api.get("4101", f"{path}/history").json()["revisions"]
    assert [each["content"].get("people_reached") for each in history] == [14, 41, 41]
    # Once the file says the same there is nothing to tell; taken back there it is taken back.
    agreed = send(api, "4131", "engagements", HEADER.encode() + more.replace(b",15,", b",41,"))
    assert _counts(agreed) == {"rows": 1, "unchanged": 1}
    gone = send(api, "4131", "engagements", HEADER.encode() + more.replace(b",no", b",yes"))
    assert _counts(gone) == {"rows": 1, "ended": 1}
    listed = api.get("4111", "/v1/engagements").json()["items"]
    assert [each["reference"] for each in listed] == ["TR-9"]


def test_what_a_file_told_keeps_its_reference(api: Api) -> None:
    path = _told_by_file(api)
    moved = {**SURGERY, "reference": "ENG-0043", "amendment_reason": "A digit was wrong."}
    refused = api.put("4101", path, moved, **{"If-Match": '"2"'})
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/reference", "of-source")
    ]
    same = {**SURGERY, "amendment_reason": "The rest was missing."}
    assert api.put("4101", path, same, **{"If-Match": '"2"'}).status_code == 200


def test_what_a_correction_had_turned_into_a_phones_is_the_files_again(
    api: Api, databases: Databases
) -> None:
    path = _told_by_file(api)
    assert api.put("4101", PATH, {**SURGERY, "reference": "ENG-7"}).status_code == 201
    assert correct(api, 1, {**CORRECTED, "reference": "ENG-8"}).status_code == 200
    config = migration_config(api.url)
    command.downgrade(config, "20261125_wmnow")
    engine = open_engine(api.url)
    with transaction(engine) as session:
        # As a correction left it before.
        session.execute(text("UPDATE engagements SET source = 'phone' WHERE people_reached = 41"))
    command.upgrade(config, "head")
    databases.grant_again(api.url)
    engine.dispose()
    assert [api.get("4101", each).json()["source"] for each in (path, PATH)] == ["import", "phone"]
    same = send(api, "4131", "engagements", HEADER.encode() + TOLD + b"\n")
    assert _counts(same) == {"rows": 1, "unchanged": 1, "warnings": 1}
