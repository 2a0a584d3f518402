"""Files laid before a second person.

Revision: 20261125_import_proposals
After: 20261125_month_visits
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_import_proposals'
down_revision = '20261125_month_visits'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('import_proposals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('profile', sa.String(length=100), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_import_proposals_force_id_areas')),
    sa.ForeignKeyConstraint(['proposed_by'], ['officers.id'], name=op.f('fk_import_proposals_proposed_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_proposals'))
    )
    op.create_index('ix_import_proposals_force_id_file_sha256', 'import_proposals', ['force_id', 'file_sha256'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_import_proposals_force_id_file_sha256', table_name='import_proposals')
    op.drop_table('import_proposals')
