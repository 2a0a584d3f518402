"""`beatcheck import police-uk --live`: fetches answers into a folder, with progress, before they are imported."""

import random
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Engine

from app.areas.held import forces
from app.areas.import_kinds import ForceNotChosen
from app.clock import london_day, utc_now
from app.database.session import reading
from app.policeuk.live import Time, fetch, opened
from app.settings import Settings


def fetched(settings: Settings, engine: Engine, force_code: str | None, folder: Path | None) -> Path:
    """The folder that holds a force's answers of today, everything fetched that was not there yet.

    Without a folder it is one for the force and the day below the import directory, so that the same command goes on
    where it was stopped. Raises ForceNotChosen and FetchStopped.
    """
    now = utc_now()
    police_force = _police_force(engine, force_code)
    place = folder or settings.import_directory / "police-uk" / police_force / str(london_day(now))
    clock = Time(time.monotonic, time.sleep, random.SystemRandom().random)
    with (
        Progress(console=Console(stderr=True)) as progress,
        opened(settings.police_uk_url, clock) as api,
    ):
        task = progress.add_task(f"fetching {police_force}", total=None)

        def told(done: int, total: int, last: str) -> None:
            progress.update(task, completed=done, total=total, description=f"fetching {last}")

        fetch(api, police_force, place, now, told)
    return place


def _police_force(engine: Engine, force_code: str | None) -> str:
    """What data.police.uk calls the force chosen."""
    with reading(engine) as session:
        held = {force.code: force.police_uk_id for force in forces(session)}
    if force_code is None and len(held) != 1:
        raise ForceNotChosen(f"choose a force: {', '.join(held)}")
    found = held.get(force_code if force_code is not None else next(iter(held)))
    if found is None:
        raise ForceNotChosen("there is no such force, or no file of areas has given it a police_uk_id")
    return found
