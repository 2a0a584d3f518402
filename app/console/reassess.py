"""`beatcheck reassess`: judges ended patrols again, and tells what that changed."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from app.areas import held
from app.clock import london_day, utc_now
from app.console.common import read_settings
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.queries import officer_by_collar
from app.patrols.differences import Difference, Report, seconds, turned
from app.patrols.due import Selection, count
from app.patrols.reassess_runs import UnknownRun, begin, go_on, report, told_again, try_out
from app.patrols.reassessing import Asked
from app.spreadsheet import Cell, to_csv

SOME_FAILED, REFUSED, INTERRUPTED = 1, 2, 3
_LEAST_REASON, _MOST_REASON = 3, 500


_Patrols = Annotated[list[UUID] | None, typer.Option(help="Id of a patrol; may be given again.")]
_Hotspots = Annotated[
    list[str] | None, typer.Option(help="Code of a hotspot: patrols tasked to it or near it.")
]
_Areas = Annotated[
    list[str] | None, typer.Option(help="Code of an area: patrols of its teams and windows, and below.")
]
_From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, London's.")]
_To = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, itself included.")
]
_Policy = Annotated[
    str | None, typer.Option(help="Version of a policy: patrols whose standing result it made.")
]
_Due = Annotated[bool, typer.Option("--due", help="Patrols that a changed outline or policy concerns.")]
_All = Annotated[bool, typer.Option("--all", help="Every ended patrol of the force.")]
_Force = Annotated[str | None, typer.Option(help="Code of the force; needed when there are several.")]
_Reason = Annotated[str | None, typer.Option(help="Why, for the log; needed.")]
_Operator = Annotated[str | None, typer.Option(help="Collar number of who asks, for the log.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")]
_Resume = Annotated[UUID | None, typer.Option(help="Id of a run that was stopped: go on with it.")]
_Csv = Annotated[Path | None, typer.Option(dir_okay=False, help="Write every change to this file.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def reassess(
    patrol: _Patrols = None,
    hotspot: _Hotspots = None,
    area: _Areas = None,
    from_day: _From = None,
    to_day: _To = None,
    policy: _Policy = None,
    due: _Due = False,
    everything: _All = False,
    force: _Force = None,
    reason: _Reason = None,
    operator: _Operator = None,
    dry_run: _DryRun = False,
    resume: _Resume = None,
    csv: _Csv = None,
    as_json: _Json = False,
) -> None:
    """Judge ended patrols again by the outlines and rules of their days as they now stand. All conditions must hold.

    Exit code 1 when some could not be judged (the report names them), 2 when nothing was begun, 3 when it was stopped
    half way: what was done is kept, and --resume goes on.
    """
    engine = open_engine(read_settings().database_url, 2)
    days = (from_day.date() if from_day else None, to_day.date() if to_day else None)
    try:
        if resume is not None:
            told = _run(engine, resume)
        else:
            with reading(engine) as session:
                names = _Names(session, force)
                selection = names.selection(
                    patrol, hotspot, area, days, policy, due=due, everything=everything
                )
                asked = names.asked(reason, operator)
            told = _begin(engine, selection, asked, dry_run=dry_run)
    except (NotSelected, UnknownRun) as refused:
        typer.echo(f"refused: {str(refused) or 'there is no such run'}", err=True)
        raise typer.Exit(REFUSED) from None
    finally:
        engine.dispose()
    if csv is not None:
        csv.write_text(_as_csv(told), encoding="utf-8", newline="")
    if as_json:
        typer.echo(json.dumps(_as_plain(told, dry_run), indent=1))
    else:
        _show(told, dry_run)
    if told.failed:
        raise typer.Exit(SOME_FAILED)


def _begin(engine: Engine, selection: Selection, asked: Asked, *, dry_run: bool) -> Report:
    if dry_run:
        with reading(engine) as session:
            selected = count(session, selection)
        with _progress("tried", selected) as tell:
            return try_out(engine, selection, asked, utc_now, tell)
    run_id = begin(engine, selection, asked, utc_now())
    typer.echo(f"run {run_id}", err=True)
    return _run(engine, run_id)


class NotSelected(Exception):
    """What was asked for cannot be selected; the reason is in the message."""


class _Names:
    """What people type, looked up in one force."""

    def __init__(self, session: Session, force_code: str | None) -> None:
        self.session = session
        forces = {each.code: each.id for each in held.forces(session)}
        if force_code is None and len(forces) > 1:
            raise NotSelected(f"there are several forces; choose one: {', '.join(forces)}")
        force_id = forces.get(force_code) if force_code else next(iter(forces.values()), None)
        if force_id is None:
            raise NotSelected("there is no such force")
        self.force_id = force_id

    def selection(
        self,
        patrols: Sequence[UUID] | None,
        hotspots: Sequence[str] | None,
        areas: Sequence[str] | None,
        days: tuple[date | None, date | None],
        policy: str | None,
        *,
        due: bool,
        everything: bool,
    ) -> Selection:
        conditions = (patrols, hotspots, areas, *days, policy, due)
        if not any(conditions) and not everything:
            raise NotSelected("say which patrols, or --all")
        if any(conditions) and everything:
            raise NotSelected("--all goes with no other condition")
        known = {code: place.id for code, place in held.hotspots_held(self.session, self.force_id).items()}
        known_areas = {
            code: area_id for area_id, code in held.area_codes(self.session, self.force_id).items()
        }
        return Selection(
            force_id=self.force_id,
            patrol_ids=tuple(patrols or ()),
            hotspot_ids=_ids("hotspot", hotspots, known),
            area_ids=_ids("area", areas, known_areas),
            from_day=days[0],
            to_day=days[1],
            policy_version=policy,
            due=due,
        )

    def asked(self, reason: str | None, operator: str | None) -> Asked:
        if reason is None or not _LEAST_REASON <= len(reason.strip()) <= _MOST_REASON:
            raise NotSelected(f"give a --reason of {_LEAST_REASON} to {_MOST_REASON} characters")
        if operator is None:
            return Asked(reason.strip())
        officer = officer_by_collar(self.session, self.force_id, operator, london_day(utc_now()))
        if officer is None:
            raise NotSelected("nobody carries the operator's collar number today")
        return Asked(reason.strip(), officer.id)


def _ids(kind: str, codes: Sequence[str] | None, known: Mapping[str, UUID]) -> tuple[UUID, ...]:
    unknown = [code for code in codes or () if code not in known]
    if unknown:
        raise NotSelected(f"no such {kind}: {', '.join(unknown)}")
    return tuple(known[code] for code in codes or ())


def _run(engine: Engine, run_id: UUID) -> Report:
    so_far = report(engine, run_id)
    if so_far.finished:
        told_again(engine, so_far, utc_now())
        return so_far
    try:
        with _progress("judged again", so_far.selected, so_far.looked_at) as tell:
            go_on(engine, run_id, utc_now, tell)
    except (KeyboardInterrupt, SQLAlchemyError) as stopped:
        why = "stopped" if isinstance(stopped, KeyboardInterrupt) else f"database: {type(stopped).__name__}"
        typer.echo(f"{why}; what was done is kept: beatcheck reassess --resume {run_id}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    return report(engine, run_id)


@contextmanager
def _progress(words: str, selected: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(words, total=selected, completed=done)
        yield lambda looked_at: progress.update(task, completed=looked_at)


def _as_plain(told: Report, dry_run: bool) -> dict[str, Any]:
    def counted(differences: Sequence[Difference]) -> dict[str, Any]:
        sums = seconds(differences)
        return {
            "changed": len(differences),
            "seconds_gained": sums.gained,
            "seconds_lost": sums.lost,
            "turned": [
                {"before": each.before, "after": each.after, "count": each.count}
                for each in turned(differences)
            ],
            "list": [
                {
                    "id": str(each.subject_id),
                    "before": each.before.status,
                    "after": each.after.status,
                    "seconds": each.seconds,
                }
                for each in differences
            ],
        }

    return {
        "run_id": None if told.run_id is None else str(told.run_id),
        "dry_run": dry_run,
        "finished": told.finished,
        "reason": told.reason,
        "selected": told.selected,
        "looked_at": told.looked_at,
        "unchanged": told.unchanged,
        "patrols": counted(told.patrols),
        "windows": counted(told.windows),
        "erased": [str(each) for each in told.erased],
        "failed": [str(each) for each in told.failed],
    }


def _as_csv(told: Report) -> str:
    header = (
        "kind",
        "id",
        "outcome",
        "before",
        "after",
        "seconds_before",
        "seconds_after",
        "seconds_changed",
    )
    rows: list[Sequence[Cell]] = [
        (
            kind, str(each.subject_id), "changed", each.before.status, each.after.status,
            each.before.verified_ms // 1000, each.after.verified_ms // 1000, each.seconds,
        )
        for kind, differences in (("patrol", told.patrols), ("window", told.windows))
        for each in differences
    ]  # fmt: skip
    for outcome, ids in (("erased", told.erased), ("failed", told.failed)):
        rows += [("patrol", str(each), outcome, None, None, None, None, None) for each in ids]
    return to_csv(header, rows)


def _show(told: Report, dry_run: bool) -> None:
    console = Console()
    anew = "would be judged anew" if dry_run else "judged anew"
    _show_turned(console, f"Patrols {anew}", told.patrols)
    _show_turned(console, "Windows", told.windows)
    lines = [
        f"  {each.subject_id}  {_words(each.before.status)} → {_words(each.after.status)}  {each.seconds:+d} s"
        for each in told.patrols
    ]
    lines += [f"Fixes erased, so the result stands: {each}" for each in told.erased]
    lines += [f"Could not be judged: {each}" for each in told.failed]
    lines.append(
        f"{told.looked_at} of {told.selected} selected: {len(told.patrols)} {anew}, {told.unchanged} unchanged, "
        f"{len(told.erased)} without their fixes, {len(told.failed)} failed"
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _show_turned(console: Console, title: str, differences: Sequence[Difference]) -> None:
    if not differences:
        return
    table = Table(title=title, title_justify="left")
    table.add_column("before")
    table.add_column("after")
    table.add_column("how many", justify="right")
    for each in turned(differences):
        table.add_row(_words(each.before), _words(each.after), str(each.count))
    console.print(table)
    sums = seconds(differences)
    console.print(Text(f"  {sums.gained} seconds gained, {sums.lost} lost"))


def _words(status: str | None) -> str:
    return status or "no result"
