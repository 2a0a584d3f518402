"""Visits as rows, and the indexes by which compliance asks what is held and by which rules was judged.

Revision: 20261125_visits
After: 20261125_schedules
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_visits'
down_revision = '20261125_schedules'
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    op.drop_index('ix_patrol_assessments_window_id', table_name='patrol_assessments')
    op.drop_index('ix_officer_first_until_at', table_name='officer_first')
    op.drop_table('visits')
