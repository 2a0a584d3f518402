"""An index of the few activities that hold a code no list held.

Revision: 20261125_unknown_codes
After: 20261125_superseded
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_unknown_codes'
down_revision = '20261125_superseded'
branch_labels = None
depends_on = None


def upgrade() -> None:
    some = sa.text('unknown_codes IS NOT NULL')
    op.create_index(
        'ix_activities_unknown_codes', 'activities', ['force_id'], unique=False, sqlite_where=some, postgresql_where=some
    )


def downgrade() -> None:
    op.drop_index('ix_activities_unknown_codes', table_name='activities')
