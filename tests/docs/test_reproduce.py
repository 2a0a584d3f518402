"""A stored assessment is made again from the stored facts, word for word, with all that was kept to tell it."""

from datetime import timedelta

from app.clock import rfc3339
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols import queries
from app.patrols.models import Patrol
from docs.reproduce import made_again
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path


def test_the_facts_give_the_same_again(api: Api) -> None:
    """For a window and without one, the later judgement and the earlier."""
    api.clock.forward(minutes=120)
    for name, window in (("tasked", "WINDOW-1"), ("free", None)):
        assert api.put("4101", patrol_path(name), check_in(window)).status_code == 201
        out = batch(1, 20, 3, lon=-1.8905)
        for number, fixes in enumerate((batch(0, 0, 20), out)):
            assert api.put("4101", batch_path(f"{name}{number}", name), fixes).status_code == 201
        ended = {"checked_out_at": rfc3339(START + timedelta(minutes=33))}
        assert api.put("4101", f"{patrol_path(name)}/check-out", ended).status_code == 201
        api.clock.forward(minutes=1)
        assert api.put("4101", batch_path(f"{name}2", name), batch(2, 23, 10)).status_code == 201
    engine = open_engine(api.url)
    with reading(engine) as session:
        for name in ("tasked", "free"):
            patrol = session.get_one(Patrol, named(name))
            for number in (1, 2):
                stored = queries.assessment_numbered(session, patrol.id, number)
                assert stored is not None
                assert made_again(session, patrol, stored) == stored.result
                assert bool(stored.result["outside"]) is (name == "tasked")
    engine.dispose()
