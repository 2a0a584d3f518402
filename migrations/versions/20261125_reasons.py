"""What a patrol was left for, and the reasons that records propose.

Revision: 20261125_reasons
After: 20261125_officer_indexes
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_reasons'
down_revision = '20261125_officer_indexes'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('check_outs', sa.Column('reason_code', sa.String(length=64), nullable=True))
    op.add_column('check_outs', sa.Column('log_number', sa.String(length=64), nullable=True))
    op.add_column('check_outs', sa.Column('activity_id', sa.Uuid(), nullable=True))
    op.create_table('reason_proposals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.Enum('explanation', 'check_out', 'arrest', 'abstraction', 'incident', 'review', name='reason_source', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=True),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('reason_code', sa.String(length=64), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reference', sa.String(length=64), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_reason_proposals_force_id_areas')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_reason_proposals_officer_id_officers')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_reason_proposals_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['proposed_by'], ['officers.id'], name=op.f('fk_reason_proposals_proposed_by_officers')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_reason_proposals_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reason_proposals'))
    )
    op.create_index('ix_reason_proposals_officer_id_from_at', 'reason_proposals', ['officer_id', 'from_at'], unique=False)
    op.create_index('ix_reason_proposals_patrol_id', 'reason_proposals', ['patrol_id'], unique=False)
    op.create_index('ix_reason_proposals_window_id', 'reason_proposals', ['window_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_reason_proposals_window_id', table_name='reason_proposals')
    op.drop_index('ix_reason_proposals_patrol_id', table_name='reason_proposals')
    op.drop_index('ix_reason_proposals_officer_id_from_at', table_name='reason_proposals')
    op.drop_table('reason_proposals')
    op.drop_column('check_outs', 'activity_id')
    op.drop_column('check_outs', 'log_number')
    op.drop_column('check_outs', 'reason_code')
