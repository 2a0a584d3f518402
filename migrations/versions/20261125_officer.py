"""Explanations and disputes, patrols taken back by their officer, and results that only the officer sees at first.

Revision: 20261125_officer
After: 20261122
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_officer'
down_revision = '20261122'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('patrol_explanations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('EXPLANATION', 'DISPUTE', name='explanation_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason_code', sa.String(length=64), nullable=True),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('incident_reference', sa.String(length=64), nullable=True),
    sa.Column('disputes_assessment', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_patrol_explanations_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_patrol_explanations_force_id_areas')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_patrol_explanations_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_patrol_explanations_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patrol_explanations'))
    )
    op.create_index(op.f('ix_patrol_explanations_captured_by'), 'patrol_explanations', ['captured_by'], unique=False)
    op.create_index('ix_patrol_explanations_patrol_id', 'patrol_explanations', ['patrol_id'], unique=False)
    op.create_table('patrol_voids',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_patrol_voids_captured_by_officers')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_patrol_voids_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patrol_voids'))
    )
    op.create_index(op.f('ix_patrol_voids_captured_by'), 'patrol_voids', ['captured_by'], unique=False)
    op.create_table('officer_first',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_officer_first_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', name=op.f('pk_officer_first'))
    )
    op.add_column('window_results', sa.Column('told_from', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_window_results_told_from', 'window_results', ['told_from'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_window_results_told_from', table_name='window_results')
    op.drop_column('window_results', 'told_from')
    op.drop_table('officer_first')
    op.drop_table('patrol_voids')
    op.drop_table('patrol_explanations')
