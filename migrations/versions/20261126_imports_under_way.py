"""Files that are being stored in pieces.

Revision: 20261126_imports_under_way
After: 20261126_counting_anew
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261126_imports_under_way'
down_revision = '20261126_counting_anew'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('imports_under_way',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('importing', JSON, nullable=False),
    sa.Column('report', JSON, nullable=False),
    sa.Column('subjects', JSON, nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_imports_under_way_force_id_areas')),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_imports_under_way')),
    sa.UniqueConstraint('force_id', name=op.f('uq_imports_under_way_force_id'))
    )


def downgrade() -> None:
    op.drop_table('imports_under_way')
