"""Current judgements by the version of their rules.

Revision: 20261126_rule_versions
After: 20261126_feed_alerts
"""

import sqlalchemy as sa
from alembic import op

revision = '20261126_rule_versions'
down_revision = '20261126_feed_alerts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    current = sa.text('superseded_at IS NULL')
    op.create_index(
        'ix_patrol_assessments_policy_version', 'patrol_assessments', ['policy_version'], unique=False,
        sqlite_where=current, postgresql_where=current,
    )


def downgrade() -> None:
    op.drop_index('ix_patrol_assessments_policy_version', table_name='patrol_assessments')
