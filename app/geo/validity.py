"""Decides whether an outline can be a patrol area: a sound shape, of a sensible size, where the force is.

Nothing is mended silently. A bow tie or a swapped pair of coordinates is somebody's mistake, and only they know what
was meant; a hotspot repaired by a program would be patrolled, and counted, in the wrong place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from app.geo.plane import LocalPlane

# Degrees around the United Kingdom and its waters: Scilly to Shetland, Rockall left out.
UNITED_KINGDOM = box(-8.7, 49.8, 1.9, 60.9)
_NULL_ISLAND_DEGREES = 1.0
_SAME_OUTLINE_DEGREES = 1e-9  # a tenth of a millimetre: what a coordinate system there and back may cost


@dataclass(frozen=True, slots=True)
class OutlineLimits:
    """What a hotspot's outline may be; sizes in square metres."""

    smallest_m2: float = 500
    large_m2: float = 1_000_000
    largest_m2: float = 5_000_000
    most_vertices: int = 2_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an outline; `fatal` faults stop it, the others are for somebody to read."""

    code: str
    detail: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two outlines by their places in a list, and the share of the smaller one that they have in common (0 to 1)."""

    one: int
    other: int
    share: float


def area_m2(geometry: BaseGeometry) -> float:
    """The area of a geometry in degrees, in square metres, right to one part in a thousand up to ten kilometres.

    Worked value: a hundredth of a degree each way at 52.5 N is 0.7557 square kilometres.
    """
    return float(LocalPlane.around(geometry).project(geometry).area)


def as_multipolygon(geometry: Polygon | MultiPolygon) -> MultiPolygon:
    """One spelling for every outline: parts, no heights."""
    flat = shapely.force_2d(geometry)
    return flat if isinstance(flat, MultiPolygon) else MultiPolygon([flat])


def same_outline(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether two outlines are the same line, wherever each begins and whichever way it runs."""
    return bool(
        shapely.equals_exact(
            shapely.normalize(one), shapely.normalize(other), tolerance=_SAME_OUTLINE_DEGREES
        )
    )


def shape_fault(geometry: BaseGeometry | None) -> Fault | None:
    """Why a geometry is no outline at all: missing, a point or line, not in degrees, or crossing itself.

    Worked values: None is `geometry-missing`; a bow tie through (0 0, 1 1, 1 0, 0 1) is `self-crossing`; a square
    whose hole lies outside it is `invalid-geometry`; an easting of 407000 is `not-degrees`.
    """
    if geometry is None:
        return Fault("geometry-missing", "The row has no outline.")
    if not isinstance(geometry, Polygon | MultiPolygon) or geometry.is_empty:
        return Fault(
            "geometry-kind", "The outline must be a polygon or several, with at least three corners each."
        )
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return Fault("invalid-geometry", "The outline has a coordinate that is no number.")
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        return Fault(
            "not-degrees",
            "The coordinates are no longitudes and latitudes. If they are British National Grid, the file must say so.",
        )
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        if "Self-intersection" in reason or "Ring Self" in reason:
            return Fault(
                "self-crossing",
                "The line crosses itself, like a bow tie. Put its corners in order, or draw two parts.",
            )
        return Fault("invalid-geometry", "The outline is not valid: see its holes and parts for overlaps.")
    return None


def made_valid(geometry: Polygon | MultiPolygon) -> MultiPolygon | None:
    """A crossing or touching outline as the ground it encloses; None when it encloses none.

    For outlines that others publish and that only say where something belongs, never for a hotspot. A bow tie through
    (0 0, 1 1, 1 0, 0 1) becomes two triangles of a quarter each, a line drawn there and back None.
    """
    mended = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    if not isinstance(mended, Polygon | MultiPolygon) or mended.is_empty:
        return None
    return as_multipolygon(mended)


def size_faults(geometry: BaseGeometry, limits: OutlineLimits) -> list[Fault]:
    """What is wrong with the size of a sound outline: `too-large`, `large` (a remark), `too-small`,
    `too-many-corners`."""
    found = []
    corners = int(shapely.get_num_coordinates(geometry))
    if corners > limits.most_vertices:
        found.append(
            Fault(
                "too-many-corners", f"The outline has {corners} corners; {limits.most_vertices} are allowed."
            )
        )
    size = area_m2(geometry)
    kilometres = f"{size / 1e6:.2f} square kilometres"
    if size > limits.largest_m2:
        found.append(Fault("too-large", f"{kilometres}; at most {limits.largest_m2 / 1e6:g} are allowed."))
    elif size > limits.large_m2:
        found.append(Fault("large", f"{kilometres}: a patrol cannot be seen everywhere in it.", fatal=False))
    if size < limits.smallest_m2:
        found.append(
            Fault("too-small", f"{size:.0f} square metres; at least {limits.smallest_m2:g} are needed.")
        )
    return found


def place_fault(geometry: BaseGeometry, force: BaseGeometry | None) -> Fault | None:
    """What is wrong with where a sound outline lies; the first of these that holds.

    `null-island`: within a degree of (0, 0), as unset coordinates are. `swapped`: in the force (or, when its outline
    is not known, in the United Kingdom) only with longitude and latitude exchanged. `outside-uk`; `outside-force`;
    `partly-outside-force` (a remark).
    """
    west, south, east, north = geometry.bounds
    if max(abs(west), abs(south), abs(east), abs(north)) <= _NULL_ISLAND_DEGREES:
        return Fault("null-island", "The outline lies at zero degrees: its coordinates were never set.")
    home = UNITED_KINGDOM if force is None else force
    if home.intersects(geometry):
        if force is not None and not force.covers(geometry):
            inside = geometry.intersection(force).area / geometry.area
            return Fault(
                "partly-outside-force",
                f"{100 * (1 - inside):.0f} % of it lies outside the force.",
                fatal=False,
            )
        return None
    if home.intersects(shapely.transform(geometry, lambda points: points[:, ::-1])):
        return Fault("swapped", "Longitude and latitude are exchanged: longitude comes first.")
    if not UNITED_KINGDOM.intersects(geometry):
        return Fault("outside-uk", "The outline does not lie in the United Kingdom.")
    return Fault("outside-force", "The outline does not lie in the force.")


def overlaps(outlines: Sequence[BaseGeometry], least_share: float = 0.01) -> list[Overlap]:
    """Every pair of sound outlines that share at least `least_share` of the smaller one, in order.

    Worked value: two unit squares half a unit apart share 0.5.
    """
    if len(outlines) < 2:
        return []
    shapes = np.asarray(outlines, dtype=object)
    ones, others = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    found = []
    for one, other in sorted(zip(ones.tolist(), others.tolist(), strict=True)):
        if one >= other:
            continue
        smaller = min(shapes[one].area, shapes[other].area)
        share = shapes[one].intersection(shapes[other]).area / smaller
        if share >= least_share:
            found.append(Overlap(one, other, float(share)))
    return found
