"""The day of what a file says, with the run that brought it in.

Revision: 20261126_answers_day
After: 20261126_corrected_here
"""

import sqlalchemy as sa
from alembic import op

revision = '20261126_answers_day'
down_revision = '20261126_corrected_here'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('import_runs', sa.Column('as_of', sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column('import_runs', 'as_of')
