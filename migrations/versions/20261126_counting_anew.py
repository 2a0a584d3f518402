"""Trackers that count anew since a backup was restored; what was rejected by its id.

Revision: 20261126_counting_anew
After: 20261126_rule_versions
"""

import sqlalchemy as sa
from alembic import op

revision = '20261126_counting_anew'
down_revision = '20261126_rule_versions'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('wmnow_feeds', sa.Column('anew_since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('wmnow_runs', sa.Column('stale', sa.Integer(), nullable=True))
    op.create_index(
        'ix_wmnow_rejected_force_id_source_record_id', 'wmnow_rejected', ['force_id', 'source_record_id'],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index('ix_wmnow_rejected_force_id_source_record_id', table_name='wmnow_rejected')
    op.drop_column('wmnow_runs', 'stale')
    op.drop_column('wmnow_feeds', 'anew_since')
