"""`beatcheck draw-schedule`, `publish-schedule`, `show-schedule`, `reveal-schedule` and
`verify-schedule`.

Exit codes: 0 done; 1 the schedule cannot be met, or a proof does not hold; 2 refused, nothing was changed.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlmodel import Session

from app.areas import held
from app.audit.models import Action
from app.audit.service import changed
from app.clock import LONDON, london_day, utc_now
from app.console.common import read_settings
from app.database.engine import open_engine
from app.database.session import transaction
from app.identity.queries import officer_by_collar
from app.problems import Problem
from app.schedule import schedule_answers as answers, schedule_queries as queries
from app.schedule.drawing import By, make_draft
from app.schedule.models import Schedule
from app.schedule.publishing import publish, reveal
from app.schedule.schedule_schemas import DrawRequest, PublishScheduleRequest, RevealRequest, ScheduleDetail
from app.schedule.verification import ProofNotReadable, verify

NOT_MET, REFUSED = 1, 2

_Force = Annotated[str | None, typer.Option(help="Code of the force; needed when there are several.")]
_Operator = Annotated[str | None, typer.Option(help="Collar number of who asks, for the log.")]
_Id = Annotated[UUID, typer.Argument(help="Id of the schedule.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


class NotGiven(Exception):
    """What was asked for cannot be looked up; the reason is in the message."""


def register(main: typer.Typer) -> None:
    """Hangs this family of commands on `beatcheck`."""
    for command, name in (
        (draw_schedule, "draw-schedule"),
        (publish_schedule, "publish-schedule"),
        (show_schedule, "show-schedule"),
        (reveal_schedule, "reveal-schedule"),
        (verify_schedule, "verify-schedule"),
    ):
        main.command(name)(command)


def draw_schedule(
    name: Annotated[str, typer.Option(help="What planners call it.")],
    first_day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])],
    last_day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Itself included.")],
    rules: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="JSON: the rest of what PUT /v1/schedules/{id} takes."
        ),
    ] = None,
    area: Annotated[str | None, typer.Option(help="Code of an area: its hotspots and those below.")] = None,
    force: _Force = None,
    operator: _Operator = None,
    as_json: _Json = False,
) -> None:
    """Draw a draft at random from a new secret seed, and print its report. Nothing counts until it is published."""
    schedule_id = uuid4()
    with _refusing(), _session() as session:
        by = _by(session, force, operator)
        told = {"name": name, "first_day": first_day.date(), "last_day": last_day.date(), **_rules(rules)}
        if area is not None:
            known = {code: area_id for area_id, code in held.area_codes(session, by.force_id).items()}
            if area not in known:
                raise NotGiven(f"there is no area {area}")
            told["area_id"] = known[area]
        request = DrawRequest.model_validate_json(json.dumps(told, default=str))
        make_draft(session, by, schedule_id, request, utc_now())
        found = answers.detail(session, queries.schedule_here(session, schedule_id))
    _print(found, as_json=as_json)


def publish_schedule(
    schedule_id: _Id,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; all when left out.")
    ] = None,
    leave_out_begun: Annotated[bool, typer.Option(help="Leave out days that have begun.")] = False,
    force: _Force = None,
    operator: _Operator = None,
) -> None:
    """Make the windows of a schedule count, until a day; run again with a later day to go on."""
    with _refusing(), _session() as session:
        by = _by(session, force, operator)
        schedule = _schedule(session, by, schedule_id)
        request = PublishScheduleRequest(
            until=until.date() if until else None, leave_out_begun=leave_out_begun
        )
        done = publish(session, by, schedule, request, utc_now())
    typer.echo(f"{done.windows_made} windows made, published until {done.published_until}")
    for left in done.left_out:
        typer.echo(f"left out: {left.hotspot_id} on {left.day}: {left.why}")
    for clash in done.clashes:
        typer.echo(f"team {clash.team_id} in two places: windows {clash.window_id} and {clash.other_id}")


def show_schedule(
    schedule_id: _Id,
    force: _Force = None,
    operator: _Operator = None,
    as_json: _Json = False,
) -> None:
    """Print a schedule's report. The look is logged."""
    with _refusing(), _session() as session:
        by = _by(session, force, operator)
        schedule = _schedule(session, by, schedule_id)
        found = answers.detail(session, schedule)
        subjects = {"schedule": [schedule_id]}
        changed(
            session,
            "schedules.read",
            utc_now(),
            subjects,
            actor_id=by.officer_id,
            force_id=by.force_id,
            action=Action.CONSULT,
        )
    _print(found, as_json=as_json)


def reveal_schedule(
    schedule_id: _Id,
    proof: Annotated[Path, typer.Option(dir_okay=False, help="Write the proof here.")],
    force: _Force = None,
    operator: _Operator = None,
) -> None:
    """Tell a schedule's seed, once its days are over, and write everything a third party needs to check it."""
    with _refusing(), _session() as session:
        by = _by(session, force, operator)
        schedule = _schedule(session, by, schedule_id)
        reveal(session, by, schedule, RevealRequest(), utc_now())
        found = answers.proof(session, schedule)
    proof.write_text(found.model_dump_json(indent=1), encoding="utf-8")
    typer.echo(f"seed {found.seed}\ncommitment {found.commitment}\nwrote {proof.name}")


def verify_schedule(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The proof, as JSON.")],
    commitment: Annotated[
        str | None, typer.Option(help="What was told at the draw, if you wrote it down then.")
    ] = None,
) -> None:
    """Draw a revealed schedule again, offline, and compare it with its commitment and its plan."""
    try:
        proof = json.loads(path.read_text(encoding="utf-8"))
        checks = verify(proof, commitment)
    except (ValueError, AttributeError, TypeError) as fault:
        words = str(fault) if isinstance(fault, ProofNotReadable) else "not the JSON of a proof"
        typer.echo(f"refused: {words}", err=True)
        raise typer.Exit(REFUSED) from None
    for check in checks:
        typer.echo(f"{'holds' if check.holds else 'DOES NOT HOLD'}: {check.name}: {check.found}")
    if not all(check.holds for check in checks):
        raise typer.Exit(NOT_MET)


@contextmanager
def _session() -> Iterator[Session]:
    engine = open_engine(read_settings().database_url, 2)
    try:
        with transaction(engine) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NotGiven as refused:
        typer.echo(f"refused: {refused}", err=True)
        raise typer.Exit(REFUSED) from None
    except ValidationError as invalid:
        for fault in invalid.errors(include_input=False, include_url=False):
            typer.echo(f"refused: {'/'.join(str(part) for part in fault['loc'])}: {fault['msg']}", err=True)
        raise typer.Exit(REFUSED) from None
    except Problem as problem:
        typer.echo(f"refused: {problem.detail}", err=True)
        for error in problem.errors:
            typer.echo(f"  {error.pointer}: {error.detail}", err=True)
        raise typer.Exit(NOT_MET if problem.kind.code == "shortfall" else REFUSED) from None


def _schedule(session: Session, by: By, schedule_id: UUID) -> Schedule:
    schedule = queries.schedule_locked(session, by.force_id, schedule_id)
    if schedule is None:
        raise NotGiven("there is no such schedule")
    return schedule


def _rules(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotGiven("the rules are not one JSON object")
    return found


def _by(session: Session, force_code: str | None, operator: str | None) -> By:
    forces = {each.code: each.id for each in held.forces(session)}
    if force_code is None and len(forces) > 1:
        raise NotGiven(f"there are several forces; choose one: {', '.join(forces)}")
    force_id = forces.get(force_code) if force_code else next(iter(forces.values()), None)
    if force_id is None:
        raise NotGiven("there is no such force")
    if operator is None:
        return By(force_id, None)
    officer = officer_by_collar(session, force_id, operator, london_day(utc_now()))
    if officer is None:
        raise NotGiven("nobody carries the operator's collar number today")
    return By(force_id, officer.id)


def _print(found: ScheduleDetail, *, as_json: bool) -> None:
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
        return
    console = Console()
    report = found.report
    console.print(Text(f"{found.name}: {found.first_day} to {found.last_day}, {found.state.value}"))
    console.print(Text(f"id {found.id}\ncommitment {found.commitment}"))
    blocks, days = report.blocks, report.days
    console.print(
        Text(
            f"{blocks.planned} windows for {blocks.due} blocks due ({blocks.excused} excused, "
            f"{blocks.drawn_outside} drawn outside the period); {days.without_patrol} hotspot-days without patrol"
        )
    )
    _table(
        console,
        "Offence weight covered by a window, in per cent of a week's",
        ("hotspot", "windows", "uniform", "drawn", "best", "borrowed"),
        [
            (one.hotspot_code, one.windows, *_percent(one.uniform, one.drawn, one.best, one.borrowed))
            for one in report.hotspots
        ]
        + [("all", report.covered.windows, *_percent(*_means(report.covered)), "")],
    )
    loads = [("all", report.load.days)]
    loads += [(one.area_code or str(one.area_id), one) for one in report.load.areas]
    loads += [(one.team_code or str(one.team_id), one) for one in report.load.teams]
    _table(
        console,
        "Load",
        ("area or team", "windows", "most on a day", "mean on a day"),
        [(name, one.windows, one.most_on_a_day, one.mean_on_a_day) for name, one in loads],
    )
    if report.displaced:
        _table(
            console,
            "Displaced by a constraint",
            ("hotspot", "block from", "constraint", "would have been", "is"),
            [
                (
                    one.hotspot_code,
                    one.block_first_day,
                    one.constraint,
                    _locally(one.wished_starts_at) or f"{one.wished_day:%a %d %b}",
                    _locally(one.starts_at),
                )
                for one in report.displaced
            ],
        )
    console.print(Text(report.predictability.in_words))


def _means(covered: Any) -> tuple[float, float, float]:
    return covered.uniform, covered.drawn, covered.best


def _percent(*shares: float | None) -> tuple[str, ...]:
    return tuple("" if share is None else f"{share * 100:.2f}" for share in shares)


def _locally(at: str | None) -> str | None:
    """An instant as people in London say it: Wed 02 Dec 16:30."""
    return datetime.fromisoformat(at).astimezone(LONDON).strftime("%a %d %b %H:%M") if at else None


def _table(console: Console, title: str, headings: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    table = Table(title=title)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)
