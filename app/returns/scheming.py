"""Decides what a file of reporting schemes changes: each scheme is known by its code, each change is a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.areas.kinds import HotspotKind
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import Day, PlaceCode, Row, RowModel, Several, Text200, Text2000, Truth
from app.patrols.lifecycle import Funding, Programme, UniformState
from app.returns.counting import Evidence, Rule, Unit
from app.returns.importing import CodeText
from app.returns.layouts import GROUPS, USUAL, Layout, not_grouped, read_columns, tells_adjustments
from app.returns.periods import HOUR_MS, Cadence, Span, periods

_LONGEST_DAYS = 1_100
_NO_ADJUSTMENTS = "No column for changes to closed periods (adjustment, claimed): they stand above the table."
OwnGrade = Literal["verified", "accepted", "probable", "declared"]


def _columns(text: str) -> str:
    read_columns(text)
    return text


def _groups(names: tuple[str, ...]) -> tuple[str, ...]:
    if set(names) - set(GROUPS):
        raise ValueError(f"must be of {', '.join(GROUPS)}")
    return names


class SchemeRow(RowModel):
    """A row of the file: what counts, from which day to which, towards which target. A list that is left out lets
    everything in, but uniform and grades, which have their usual ones."""

    code: PlaceCode
    name: Text200
    first_day: Day
    last_day: Day
    target_hours: Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False)]
    unit: Unit = Unit.PERSON
    cadence: Cadence = Cadence.QUARTER
    programmes: Annotated[tuple[Programme, ...], Several] = ()
    uniform_states: Annotated[tuple[UniformState, ...], Several] = (
        UniformState.HI_VIS_UNIFORM,
        UniformState.UNIFORM,
    )
    channels: Annotated[tuple[CodeText, ...], Several] = ()
    funding: Annotated[tuple[Funding, ...], Several] = ()
    hotspot_kinds: Annotated[tuple[HotspotKind, ...], Several] = ()
    grades: Annotated[tuple[OwnGrade, ...], Several] = ("verified", "accepted")
    possible_grades: Annotated[tuple[OwnGrade, ...], Several] = ("probable", "declared")
    recorded_grades: Annotated[tuple[Evidence, ...], Several] = (Evidence.GPS, Evidence.RADIO)
    possible_recorded_grades: Annotated[tuple[Evidence, ...], Several] = (Evidence.DECLARED,)
    within_window_only: Truth = False
    columns: Annotated[Text2000, AfterValidator(_columns)] = USUAL
    group_by: Annotated[tuple[str, ...], Several, AfterValidator(_groups)] = ("lpa_name", "month")
    header_lines: Annotated[tuple[Text200, ...], Field(max_length=10), Several] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """A version of a scheme: its period, target and rules."""

    code: str
    name: str
    span: Span
    target_ms: int
    rules: Mapping[str, Any]

    @property
    def cadence(self) -> Cadence:
        return Cadence(self.rules["cadence"])

    @property
    def rule(self) -> Rule:
        """What counts, as the sums want it."""
        return Rule(
            programmes=_some(self.rules["programmes"]),
            uniform_states=frozenset(self.rules["uniform_states"]),
            channels=_some(self.rules["channels"]),
            funding=_some(self.rules["funding"]),
            hotspot_kinds=_some(self.rules["hotspot_kinds"]),
            grades=frozenset(self.rules["grades"]),
            possible_grades=frozenset(self.rules["possible_grades"]) - frozenset(self.rules["grades"]),
            recorded_grades=frozenset(self.rules["recorded_grades"]),
            possible_recorded_grades=(
                frozenset(self.rules["possible_recorded_grades"]) - frozenset(self.rules["recorded_grades"])
            ),
            within_window_only=self.rules["within_window_only"],
            unit=Unit(self.rules["unit"]),
        )

    @property
    def layout(self) -> Layout:
        return Layout(
            tuple(read_columns(self.rules["columns"])),
            tuple(self.rules["group_by"]),
            tuple(self.rules["header_lines"]),
        )


def _some(values: Sequence[str]) -> frozenset[str] | None:
    return frozenset(values) if values else None


@dataclass(frozen=True, slots=True)
class SchemeChange:
    scheme: Scheme
    version: int
    planned: PlannedChange


@dataclass(frozen=True, slots=True)
class SchemesPlanned:
    changes: tuple[SchemeChange, ...]
    findings: tuple[Finding, ...]
    unchanged: int


def read_scheme(values: SchemeRow) -> Scheme:
    """The scheme a row says."""
    rules = values.model_dump(mode="json", exclude={"code", "name", "first_day", "last_day", "target_hours"})
    return Scheme(
        values.code,
        values.name,
        Span(values.first_day, values.last_day),
        round(values.target_hours * HOUR_MS),
        rules,
    )


def plan_schemes(
    rows: Sequence[Row[SchemeRow]],
    held: Mapping[str, tuple[int, Scheme]],
    closed: Mapping[str, Sequence[Span]],
) -> SchemesPlanned:
    """What a file changes. `held` are the standing versions by code; `closed` the periods closed under each code.

    What was closed stays closed under the version it was closed by; a version that would cut the year otherwise than
    the closed periods did is refused.
    """
    changes: list[SchemeChange] = []
    findings: list[Finding] = []
    unchanged = 0
    for row in rows:
        scheme = read_scheme(row.values)
        number, before = held.get(scheme.code, (0, None))
        if scheme == before:
            unchanged += 1
            continue
        faults = [Finding(row.number, *fault) for fault in _faults(scheme, closed.get(scheme.code, ()))]
        findings += faults
        if not faults and not tells_adjustments(scheme.layout.columns):
            findings.append(
                Finding(row.number, "columns", "no-adjustments", _NO_ADJUSTMENTS, Severity.WARNING)
            )
        if not faults:
            action = ChangeAction.CHANGED if before else ChangeAction.NEW
            planned = PlannedChange(action, scheme.code, row.number, _differs(before, scheme))
            changes.append(SchemeChange(scheme, number + 1, planned))
    return SchemesPlanned(tuple(changes), tuple(findings), unchanged)


def _faults(scheme: Scheme, closed: Sequence[Span]) -> list[tuple[str, str, str]]:
    if scheme.span.days < 1:
        return [("last_day", "before-first", "Must not lie before first_day.")]
    if scheme.span.days > _LONGEST_DAYS:
        return [("last_day", "too-long", f"A scheme lasts {_LONGEST_DAYS} days at most.")]
    cut = periods(scheme.span, scheme.cadence)
    if any(span not in cut for span in closed):
        return [("first_day", "cuts-closed", "Periods are closed already that this would cut otherwise.")]
    if not_grouped(scheme.layout.columns, scheme.layout.group_by):
        return [
            ("columns", "not-grouped", "A text column would stay blank: rows are not made by it (group_by).")
        ]
    return []


def _differs(before: Scheme | None, after: Scheme) -> tuple[str, ...]:
    if before is None:
        return ()
    told = [name for name in ("name", "span", "target_ms") if getattr(before, name) != getattr(after, name)]
    return (*told, *(name for name in after.rules if before.rules.get(name) != after.rules[name]))
