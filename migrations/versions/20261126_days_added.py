"""Days of the running month are added up one by one, and visits by team and hotspot alone, too. All is derived, so the job adds up again what was added before.

Revision: 20261126_days_added
After: 20261126_rule_versions
"""

import sqlalchemy as sa
from alembic import op

revision = '20261126_days_added'
down_revision = '20261126_rule_versions'
branch_labels = None
depends_on = None

_DERIVED = ('month_hours', 'month_shares')
_PROGRAMMES = ('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER')
_FUNDINGS = ('CORE', 'OVERTIME', 'FUNDED')


def upgrade() -> None:
    _drop('month')
    _create_month_visits(of_patrols=True)
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


def downgrade() -> None:
    _drop('day')
    _create_month_visits(of_patrols=False)
    op.create_table('month_hours_due',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_month_hours_due_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_month_hours_due'))
    )
    op.create_index('ix_month_hours_due_force_id_month', 'month_hours_due', ['force_id', 'month'], unique=False)
    op.create_table('months_added',
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_months_added_force_id_areas')),
    sa.PrimaryKeyConstraint('force_id', 'month', name=op.f('pk_months_added'))
    )


def _drop(column: str) -> None:
    for table in _DERIVED:
        op.execute(f"DELETE FROM {table}")
    op.drop_index(f'ix_month_hours_due_force_id_{column}', table_name='month_hours_due')
    op.drop_table('month_hours_due')
    op.drop_table('months_added')
    op.drop_table('month_visits')


def _create_month_visits(*, of_patrols: bool) -> None:
    told_apart = [sa.Column('of_patrols', sa.Boolean(), nullable=False)] if of_patrols else []
    op.create_table('month_visits',
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    *told_apart,
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('hotspot_id', sa.Uuid(), nullable=False),
    sa.Column('programme', sa.Enum(*_PROGRAMMES, name='programme', native_enum=False, create_constraint=True, length=40), nullable=of_patrols),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('funding', sa.Enum(*_FUNDINGS, name='funding', native_enum=False, create_constraint=True, length=40), nullable=of_patrols),
    sa.Column('entered_ms', sa.Text(), nullable=False),
    sa.Column('left_ms', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_month_visits_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_month_visits_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_month_visits_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_month_visits_team_id_teams')),
    sa.PrimaryKeyConstraint('force_id', 'month', *(each.name for each in told_apart), 'number', name=op.f('pk_month_visits'))
    )
