"""Which record of an officer's own stands for what a file told.

Revision: 20261125_superseded
After: 20261125_abstractions
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_superseded'
down_revision = '20261125_abstractions'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('engagements', sa.Column('superseded_by', sa.Uuid(), nullable=True))
    op.add_column('abstractions', sa.Column('superseded_by', sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column('abstractions', 'superseded_by')
    op.drop_column('engagements', 'superseded_by')
