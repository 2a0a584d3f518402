"""Indexes by which an answer about a page of officers, or about who was out in an area, reads their patrols and time only.

Revision: 20261125_officer_indexes
After: 20261125_month_hours
"""

from alembic import op

revision = '20261125_officer_indexes'
down_revision = '20261125_month_hours'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_patrols_area_id_started_at', 'patrols', ['area_id', 'started_at'], unique=False)
    op.create_index('ix_patrols_captured_by_started_at', 'patrols', ['captured_by', 'started_at'], unique=False)
    op.create_index(
        'ix_credited_slices_officer_id_hotspot_id_day', 'credited_slices',
        # What is added up stands in it, too.
        ['officer_id', 'hotspot_id', 'day', 'grade', 'credited_ms', 'patrol_id', 'force_id', 'team_id', 'area_id'],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index('ix_credited_slices_officer_id_hotspot_id_day', table_name='credited_slices')
    op.drop_index('ix_patrols_captured_by_started_at', table_name='patrols')
    op.drop_index('ix_patrols_area_id_started_at', table_name='patrols')
