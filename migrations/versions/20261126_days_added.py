"""Days of the running month are added up one by one. All is derived, so the job adds up again what was added before.

Revision: 20261126_days_added
After: 20261126_rule_versions
"""

import sqlalchemy as sa
from alembic import op

revision = '20261126_days_added'
down_revision = '20261126_rule_versions'
branch_labels = None
depends_on = None

_DERIVED = ('month_hours', 'month_shares', 'month_visits')


def upgrade() -> None:
    _drop('month')
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
