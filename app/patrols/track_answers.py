"""What is told of a patrol's cleaned track, as GeoJSON or GPX. Every read is logged with its ids."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.clock import from_ms, rfc3339
from app.database.spatial import measured_points
from app.identity.permissions import Caller, Permission, requires
from app.patrols import answers, erasing, queries
from app.patrols.models import PatrolLine
from app.patrols.problems import track_erased
from app.problems import not_found


@requires(Permission.PATROLS_READ)
def see_track(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> PatrolLine:
    """The cleaned track of a judged patrol; not found while it is open or when it has fewer than two used fixes, gone
    (410 `erased`) once it has been erased.

    It is refused as long as the result it shows (409 `officer-first`).
    """
    patrol = answers.seen(session, caller, patrol_id, now)
    answers.told(session, caller, patrol, now, "patrol:track:held")
    line = queries.line_of(session, patrol_id)
    erasure = erasing.erasure_of(session, patrol_id)
    if erasure is not None:
        raise track_erased(erasure.erased_at, erasure.rule_days)
    if line is None:
        raise not_found()
    answers.log(session, caller, "patrol:track:read", now, [patrol])
    return line


def track_feature(line: PatrolLine) -> dict[str, object]:
    """The track as a GeoJSON feature; `times` has one instant a point."""
    points = measured_points(line.line)
    return {
        "type": "Feature",
        "id": str(line.patrol_id),
        "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lon, lat, _ in points]},
        "properties": {
            "patrol_id": str(line.patrol_id),
            "assessment_id": str(line.assessment_id),
            "times": [_instant(at) for _, _, at in points],
        },
    }


def track_gpx(line: PatrolLine) -> str:
    """The track as GPX 1.1."""
    points = "".join(
        f'<trkpt lat="{lat!r}" lon="{lon!r}"><time>{_instant(at)}</time></trkpt>'
        for lon, lat, at in measured_points(line.line)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="Beatcheck" '
        'xmlns="http://www.topografix.com/GPX/1/1"><trk>'
        f"<name>{line.patrol_id}</name><trkseg>{points}</trkseg></trk></gpx>"
    )


def _instant(unix_seconds: float) -> str:
    return rfc3339(from_ms(round(unix_seconds * 1000)))
