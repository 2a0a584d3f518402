"""Visits united by month. Months that are added up already are added up again by the job that looks for those that never were.

Revision: 20261125_month_visits
After: 20261125_unknown_codes
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_month_visits'
down_revision = '20261125_unknown_codes'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('month_visits',
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('of_patrols', sa.Boolean(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('hotspot_id', sa.Uuid(), nullable=False),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('entered_ms', sa.Text(), nullable=False),
    sa.Column('left_ms', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_month_visits_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_month_visits_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_month_visits_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_month_visits_team_id_teams')),
    sa.PrimaryKeyConstraint('force_id', 'month', 'of_patrols', 'number', name=op.f('pk_month_visits'))
    )
    op.execute("DELETE FROM months_added")


def downgrade() -> None:
    op.drop_table('month_visits')
