"""Drawn schedules, their secret seeds, and what was drawn for every hotspot and day.

Revision: 20261125_schedules
After: 20261125_retention
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '20261125_schedules'
down_revision = '20261125_retention'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), 'postgresql')


def upgrade() -> None:
    op.create_table('schedules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('state', sa.Enum('DRAFT', 'PUBLISHED', 'DISCARDED', name='schedule_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('algorithm_version', sa.String(length=40), nullable=False),
    sa.Column('inputs', JSON, nullable=False),
    sa.Column('inputs_hash', sa.LargeBinary(), nullable=False),
    sa.Column('commitment', sa.LargeBinary(), nullable=False),
    sa.Column('report', JSON, nullable=False),
    sa.Column('drawn_by', sa.Uuid(), nullable=True),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.Uuid(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_until', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('discarded_by', sa.Uuid(), nullable=True),
    sa.Column('discarded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('discard_reason', sa.String(length=500), nullable=True),
    sa.Column('revealed_by', sa.Uuid(), nullable=True),
    sa.Column('revealed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('last_day >= first_day', name=op.f('ck_schedules_last_after_first')),
    sa.ForeignKeyConstraint(['discarded_by'], ['officers.id'], name=op.f('fk_schedules_discarded_by_officers')),
    sa.ForeignKeyConstraint(['drawn_by'], ['officers.id'], name=op.f('fk_schedules_drawn_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_schedules_force_id_areas')),
    sa.ForeignKeyConstraint(['published_by'], ['officers.id'], name=op.f('fk_schedules_published_by_officers')),
    sa.ForeignKeyConstraint(['revealed_by'], ['officers.id'], name=op.f('fk_schedules_revealed_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedules'))
    )
    op.create_index('ix_schedules_force_id_first_day', 'schedules', ['force_id', 'first_day'], unique=False)
    op.create_table('schedule_seeds',
    sa.Column('schedule_id', sa.Uuid(), nullable=False),
    sa.Column('seed', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('length(seed) = 32', name=op.f('ck_schedule_seeds_seed_of_256_bits')),
    sa.ForeignKeyConstraint(['schedule_id'], ['schedules.id'], name=op.f('fk_schedule_seeds_schedule_id_schedules')),
    sa.PrimaryKeyConstraint('schedule_id', name=op.f('pk_schedule_seeds'))
    )
    op.create_table('schedule_allocations',
    sa.Column('schedule_id', sa.Uuid(), nullable=False),
    sa.Column('hotspot_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('block_first_day', sa.Date(), nullable=False),
    sa.Column('in_period', sa.Boolean(), nullable=False),
    sa.Column('eligible', sa.Boolean(), nullable=False),
    sa.Column('treated', sa.Boolean(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_schedule_allocations_ends_after_start')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_schedule_allocations_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['schedule_id'], ['schedules.id'], name=op.f('fk_schedule_allocations_schedule_id_schedules')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_schedule_allocations_team_id_teams')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_schedule_allocations_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('schedule_id', 'hotspot_id', 'day', name=op.f('pk_schedule_allocations'))
    )
    op.create_index('ix_schedule_allocations_hotspot_id_day', 'schedule_allocations', ['hotspot_id', 'day'], unique=False)
    op.create_index('ix_schedule_allocations_window_id', 'schedule_allocations', ['window_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_schedule_allocations_window_id', table_name='schedule_allocations')
    op.drop_index('ix_schedule_allocations_hotspot_id_day', table_name='schedule_allocations')
    op.drop_table('schedule_allocations')
    op.drop_table('schedule_seeds')
    op.drop_index('ix_schedules_force_id_first_day', table_name='schedules')
    op.drop_table('schedules')
