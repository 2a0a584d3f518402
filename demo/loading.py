"""Loads the demonstration force through the import mechanism, exactly as `beatcheck import` does."""

from collections.abc import Container
from datetime import datetime, timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config

from app.areas.import_kinds import import_from_console
from app.clock import from_ms, london_day
from app.database.engine import open_engine
from app.imports.files import read_file
from app.imports.mechanism import ImportOptions, ReadAs
from app.routes import IMPORT_KINDS
from demo.evening import Window, windows_csv
from demo.force import DATA, offences_csv

ROOT = Path(__file__).resolve().parent.parent
# Each file needs those before it.
FILES = {
    "areas": "areas.geojson",
    "teams": "teams.csv",
    "hotspots": "hotspots.geojson",
    "officers": "officers.csv",
    "schemes": "schemes.csv",
    "hours": "hours.csv",
}


class NotLoaded(Exception):
    """A file of the demonstration was refused; the message names the first fault."""


def migrate(database_url: str) -> None:
    """Brings the database to this version's tables."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


def load_force(
    database_url: str,
    issuer: str,
    windows: tuple[Window, ...],
    now: datetime,
    directory: Path,
    without: Container[str] = (),
) -> None:
    """Imports areas, teams, hotspots, officers, schemes, offences, hours of others and windows; what is there already
    stays as it is, and what `without` names is left out.

    `issuer` is the `iss` of the tokens that the demonstration's people sign in with; `directory` is where files are
    unpacked. Raises NotLoaded.
    """
    contents = {kind: (DATA / file).read_bytes() for kind, file in FILES.items() if kind not in without}
    contents["offences"] = offences_csv(london_day(now)).encode()
    contents["tasking-windows"] = windows_csv(windows).encode()
    kinds = {kind.name: kind for kind in IMPORT_KINDS}
    engine = open_engine(database_url)
    try:
        for name, content in contents.items():
            options = ImportOptions(default_issuer=issuer) if name == "officers" else ImportOptions()
            reading = ReadAs(options)
            source = read_file(content, directory)
            # The evening that is played is over; its windows were published before it began.
            at = min(now, _day_before(windows)) if name == "tasking-windows" and windows else now
            report = import_from_console(engine, kinds[name], source, reading, None, at, dry_run=False).report
            if report.counts.errors:
                fault = report.findings[0]
                raise NotLoaded(f"{name}: row {fault.row}, {fault.column}: {fault.detail}")
    finally:
        engine.dispose()


def _day_before(windows: tuple[Window, ...]) -> datetime:
    return from_ms(min(window.starts_ms for window in windows)) - timedelta(days=1)
