"""Officers' hours added up by month, and an index of what may still change them. Months of before are added up by the job that looks for those that never were.

Revision: 20261125_month_hours
After: 20261125_returns
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_month_hours'
down_revision = '20261125_returns'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('month_hours_due',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_month_hours_due_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_month_hours_due'))
    )
    op.create_index('ix_month_hours_due_force_id_day', 'month_hours_due', ['force_id', 'day'], unique=False)
    op.create_table('months_added',
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_months_added_force_id_areas')),
    sa.PrimaryKeyConstraint('force_id', 'month', name=op.f('pk_months_added'))
    )
    op.create_table('month_hours',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('sum_of', sa.Enum('month', 'week', 'hotspot', name='sum_of', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('hotspot_id', sa.Uuid(), nullable=True),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('grade', sa.Enum('verified', 'accepted', 'probable', 'declared', name='grade', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('credited_ms', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_month_hours_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_month_hours_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_month_hours_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_month_hours_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_month_hours'))
    )
    op.create_index('ix_month_hours_force_id_sum_of_month', 'month_hours', ['force_id', 'sum_of', 'month'], unique=False)
    op.create_table('month_shares',
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('shared_by', sa.Enum('officer', 'officer_in_hotspots', 'officer_in_windows', 'clock', 'clock_in_hotspots', 'clock_in_windows', name='shared_by', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('hotspot_id', sa.Uuid(), nullable=True),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('uniform_state', sa.Enum('HI_VIS_UNIFORM', 'UNIFORM', 'PLAIN_CLOTHES', 'UNMARKED_VEHICLE', name='uniform_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('cost_code', sa.String(length=64), nullable=True),
    sa.Column('grades', sa.String(length=40), nullable=False),
    sa.Column('together', sa.Integer(), nullable=True),
    sa.Column('mixed', sa.Boolean(), nullable=False),
    sa.Column('shared_ms', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_month_shares_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_month_shares_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_month_shares_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_month_shares_team_id_teams')),
    sa.PrimaryKeyConstraint('force_id', 'shared_by', 'month', 'number', name=op.f('pk_month_shares'))
    )
    op.create_index('ix_patrol_assessments_unverified', 'patrol_assessments', ['window_id', 'started_at'], unique=False, sqlite_where=sa.text('superseded_at IS NULL AND window_id IS NULL AND unverified_ms >= 60000'), postgresql_where=sa.text('superseded_at IS NULL AND window_id IS NULL AND unverified_ms >= 60000'))


def downgrade() -> None:
    op.drop_index('ix_patrol_assessments_unverified', table_name='patrol_assessments', sqlite_where=sa.text('superseded_at IS NULL AND window_id IS NULL AND unverified_ms >= 60000'), postgresql_where=sa.text('superseded_at IS NULL AND window_id IS NULL AND unverified_ms >= 60000'))
    op.drop_table('month_shares')
    op.drop_index('ix_month_hours_force_id_sum_of_month', table_name='month_hours')
    op.drop_table('month_hours')
    op.drop_table('months_added')
    op.drop_index('ix_month_hours_due_force_id_day', table_name='month_hours_due')
    op.drop_table('month_hours_due')
