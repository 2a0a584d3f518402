"""Trackers that count anew since a backup was restored.

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


def downgrade() -> None:
    op.drop_column('wmnow_runs', 'stale')
    op.drop_column('wmnow_feeds', 'anew_since')
