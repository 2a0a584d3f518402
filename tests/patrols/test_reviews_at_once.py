"""Decisions and late batches at the same moment: nobody waits for ever, and the last word counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.database.engine import open_engine
from app.database.session import transaction
from app.patrols import review_queries
from app.patrols.window_results import write_window_result
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from app.tracks.policy import Policy
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path
from tests.patrols.test_reviews_story import patrol
from tests.people import change

LEADS = {"patrol-1": "4101", "patrol-2": "4102"}


def test_bulk_decisions_and_late_batches_do_not_wait_for_each_other(api: Api) -> None:
    """Each patrol has the other's officer as crew, so that all of them want the same people and the same window."""
    for name, collar in LEADS.items():
        api.clock.at = START
        other = next(each for each in LEADS.values() if each != collar)
        patrol(api, (0, 20), (30, 10), name=name, collar=collar, crew=[{"collar_number": other}])
    window = str(named("WINDOW-1"))
    subjects = [{"window_id": window}, *({"patrol_id": str(named(name))} for name in LEADS)]

    def decide(number: int) -> int:
        ordered = subjects if number % 2 else subjects[::-1]
        items = [
            {"id": str(named(f"{number} {subject}")), **subject, "basis": 1, "decision": "ACCEPT"}
            for subject in ordered
        ]
        return api.post("4111" if number % 2 else "4121", "/v1/reviews", {"items": items}).status_code

    def upload(number: int) -> int:
        name = "patrol-1" if number % 2 else "patrol-2"
        fixes = batch(100 + number, 40 + number, 1)
        fixes["device_id"] = str(named(f"phone-{LEADS[name]}"))
        return api.put(LEADS[name], batch_path(f"late-{number}", name), fixes).status_code

    api.clock.at = START + timedelta(hours=4)
    with ThreadPoolExecutor(6) as pool:
        decided = [pool.submit(decide, number) for number in range(6)]
        uploaded = [pool.submit(upload, number) for number in range(6)]
    assert {each.result() for each in decided} == {200}
    assert {each.result() for each in uploaded} == {201}
    _is_what_its_patrols_and_reviews_say(api)


def _is_what_its_patrols_and_reviews_say(api: Api) -> None:
    engine = open_engine(api.url, 1)
    with transaction(engine) as session:
        before = review_queries.window_result(session, named("WINDOW-1"))
        assert before is not None
        stood = before.model_dump(exclude={"computed_at"})
        write_window_result(session, named("WINDOW-1"), Policy(), api.clock.at)
        again = review_queries.window_result(session, named("WINDOW-1"))
        assert again is not None
        assert again.model_dump(exclude={"computed_at"}) == stood
    engine.dispose()


def test_decisions_on_windows_and_patrols_crosswise_do_not_wait_for_each_other(api: Api) -> None:
    """Each decides on one window and on a patrol of the other."""
    change(api.url, lambda session: session.add(second_window()))
    for name, collar, window in (("patrol-1", "4101", "WINDOW-1"), ("patrol-2", "4102", "WINDOW-2")):
        api.clock.at = START
        patrol(api, (0, 20), (30, 10), name=name, collar=collar, window=window)

    def decide(number: int) -> int:
        window, name = ("WINDOW-1", "patrol-2") if number % 2 else ("WINDOW-2", "patrol-1")
        items = [
            {
                "id": str(named(f"{number} w")),
                "window_id": str(named(window)),
                "basis": 1,
                "decision": "STAND",
            },
            {"id": str(named(f"{number} p")), "patrol_id": str(named(name)), "basis": 1, "decision": "STAND"},
        ]
        return api.post("4111" if number % 2 else "4121", "/v1/reviews", {"items": items}).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(decide, number) for number in range(24)]
    assert {each.result() for each in answers} == {200}


def second_window() -> TaskingWindow:
    return TaskingWindow(
        id=named("WINDOW-2"),
        force_id=named("FORCE"),
        hotspot_id=named("TGP-1"),
        team_id=named("NORTH-1"),
        area_id=named("NORTH"),
        starts_at=START - timedelta(minutes=30),
        ends_at=START + timedelta(minutes=90),
        required_seconds=3600,
        state=WindowState.PUBLISHED,
        created_at=START - timedelta(days=9),
        published_at=START - timedelta(days=9),
    )
