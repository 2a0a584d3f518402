"""The index by which years of officers are added up holds all that is added up.

Revision: 20261125_figure_indexes
After: 20261125_officer_indexes
"""

from alembic import op

revision = '20261125_figure_indexes'
down_revision = '20261125_officer_indexes'
branch_labels = None
depends_on = None

NAME = 'ix_credited_slices_officer_id_hotspot_id_day'
FOUND_BY = ['officer_id', 'hotspot_id', 'day']
ADDED_UP = ['grade', 'credited_ms', 'patrol_id', 'force_id', 'team_id', 'area_id']


def upgrade() -> None:
    op.drop_index(NAME, table_name='credited_slices')
    op.create_index(NAME, 'credited_slices', [*FOUND_BY, *ADDED_UP], unique=False)


def downgrade() -> None:
    op.drop_index(NAME, table_name='credited_slices')
    op.create_index(NAME, 'credited_slices', FOUND_BY, unique=False)
