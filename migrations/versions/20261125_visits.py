"""Visits as rows, and the indexes by which compliance asks what is held, by which rules was judged and what was moved.

Revision: 20261125_visits
After: 20261125_schedules
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import context, op

from app.clock import from_ms, london_day

revision = '20261125_visits'
down_revision = '20261125_schedules'
branch_labels = None
depends_on = None

AT_ONCE = 1_000
SAID = ('force_id', 'team_id', 'area_id', 'programme', 'operation', 'funding')
PATROLS = sa.table('patrols', sa.column('id', sa.Uuid()), sa.column('captured_by', sa.Uuid()), *(sa.column(name, sa.Uuid()) for name in SAID[:3]), *(sa.column(name, sa.String()) for name in SAID[3:]))
ASSESSMENTS = sa.table('patrol_assessments', sa.column('patrol_id', sa.Uuid()), sa.column('window_id', sa.Uuid()), sa.column('superseded_at'), sa.column('result', sa.JSON()))
VOIDS = sa.table('patrol_voids', sa.column('id', sa.Uuid()))
VISITS = sa.table('visits', sa.column('patrol_id', sa.Uuid()), sa.column('hotspot_id', sa.Uuid()), sa.column('entered_ms', sa.BigInteger()), sa.column('left_ms', sa.BigInteger()), sa.column('day', sa.Date()), sa.column('officer_id', sa.Uuid()), sa.column('window_id', sa.Uuid()), *(sa.column(name, sa.Uuid()) for name in SAID[:3]), *(sa.column(name, sa.String()) for name in SAID[3:]))


def upgrade() -> None:
    op.create_table('visits',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('hotspot_id', sa.Uuid(), nullable=False),
    sa.Column('entered_ms', sa.BigInteger(), nullable=False),
    sa.Column('left_ms', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.CheckConstraint('left_ms > entered_ms', name=op.f('ck_visits_left_after_entered')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_visits_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_visits_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_visits_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_visits_officer_id_officers')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_visits_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_visits_team_id_teams')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_visits_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('patrol_id', 'hotspot_id', 'entered_ms', name=op.f('pk_visits'))
    )
    op.create_index('ix_visits_force_id_day', 'visits', ['force_id', 'day'], unique=False)
    op.create_index('ix_visits_hotspot_id_entered_ms', 'visits', ['hotspot_id', 'entered_ms'], unique=False)
    op.create_index('ix_visits_window_id', 'visits', ['window_id'], unique=False)
    op.create_index('ix_officer_first_until_at', 'officer_first', ['until_at'], unique=False)
    op.create_index('ix_patrol_assessments_window_id', 'patrol_assessments', ['window_id', 'policy_version'], unique=False, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    # As SQL to be run by hand it has nothing to read from.
    if not context.is_offline_mode():
        _of_patrols_judged_before()


def _of_patrols_judged_before() -> None:
    """Writes the visits that standing results tell: who judges again writes nothing where the result is the same."""
    connection = op.get_bind()
    after: UUID | None = None
    while rows := connection.execute(_judged(after)).all():
        visits = [each for row in rows for each in _visits(row)]
        if visits:
            connection.execute(sa.insert(VISITS), visits)
        after = rows[-1].patrol_id


def _judged(after: UUID | None) -> sa.Select[Any]:
    standing = (
        sa.select(ASSESSMENTS.c.patrol_id, ASSESSMENTS.c.window_id, ASSESSMENTS.c.result, PATROLS.c.captured_by, *(PATROLS.c[name] for name in SAID))
        .join(PATROLS, PATROLS.c.id == ASSESSMENTS.c.patrol_id)
        .where(ASSESSMENTS.c.superseded_at.is_(None), ASSESSMENTS.c.patrol_id.not_in(sa.select(VOIDS.c.id)))
    )
    if after is not None:
        standing = standing.where(ASSESSMENTS.c.patrol_id > after)
    return standing.order_by(ASSESSMENTS.c.patrol_id).limit(AT_ONCE)


def _visits(row: Any) -> Iterator[dict[str, Any]]:
    spans: Sequence[tuple[str, int, int]] = [
        (each['hotspot_id'], entered_ms, left_ms)
        for each in row.result['hotspots']
        for entered_ms, left_ms in each['visits']
    ]
    for hotspot_id, entered_ms, left_ms in spans:
        yield {
            **{name: getattr(row, name) for name in SAID},
            'patrol_id': row.patrol_id,
            'officer_id': row.captured_by,
            'window_id': row.window_id,
            'hotspot_id': UUID(hotspot_id),
            'entered_ms': entered_ms,
            'left_ms': left_ms,
            'day': london_day(from_ms(entered_ms)),
        }


def downgrade() -> None:
    op.drop_index('ix_patrol_assessments_window_id', table_name='patrol_assessments')
    op.drop_index('ix_officer_first_until_at', table_name='officer_first')
    op.drop_table('visits')
