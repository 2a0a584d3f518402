"""Facts that rules and reports read from a code, beside its words.

Revision: 20261125_code_facts
After: 20261125_reasons
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_code_facts'
down_revision = '20261125_reasons'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('reference_codes', sa.Column('attributes', sa.String(length=300), nullable=True))


def downgrade() -> None:
    op.drop_column('reference_codes', 'attributes')
