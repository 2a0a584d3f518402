"""Abstractions, what was decided of them, and what areas are held against.

Revision: 20261125_abstractions
After: 20261125_sync
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261125_abstractions'
down_revision = '20261125_sync'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('abstraction_objectives',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('benchmark_from', sa.Date(), nullable=False),
    sa.Column('benchmark_to', sa.Date(), nullable=False),
    sa.Column('most_hours_a_week', sa.Float(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_abstraction_objectives_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_abstraction_objectives_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_abstraction_objectives'))
    )
    op.create_index('ix_abstraction_objectives_area_id', 'abstraction_objectives', ['area_id'], unique=False)
    op.create_table('abstractions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=True),
    sa.Column('uploaded_by', sa.Uuid(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('amended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('amended_by', sa.Uuid(), nullable=True),
    sa.Column('amendment_reason', sa.String(length=500), nullable=True),
    sa.Column('amendment_hash', sa.LargeBinary(), nullable=True),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_by', sa.Uuid(), nullable=True),
    sa.Column('void_reason', sa.String(length=500), nullable=True),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('authorised_by', sa.Uuid(), nullable=True),
    sa.Column('authoriser_unknown', sa.String(length=64), nullable=True),
    sa.Column('authoriser_rank', sa.String(length=20), nullable=True),
    sa.Column('authority_level', sa.String(length=64), nullable=True),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('home_team_kind', sa.String(length=40), nullable=True),
    sa.Column('post_role', sa.String(length=64), nullable=True),
    sa.Column('reason_code', sa.String(length=64), nullable=True),
    sa.Column('reason_text', sa.String(length=200), nullable=True),
    sa.Column('destination', sa.String(length=64), nullable=True),
    sa.Column('destination_area_id', sa.Uuid(), nullable=True),
    sa.Column('destination_unit', sa.String(length=64), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('skew_ms', sa.BigInteger(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('starts_ms', sa.BigInteger(), nullable=False),
    sa.Column('ends_ms', sa.BigInteger(), nullable=True),
    sa.Column('notice_minutes', sa.Integer(), nullable=True),
    sa.Column('backfilled', sa.Boolean(), nullable=True),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('reference', sa.String(length=64), nullable=True),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('counts', sa.Boolean(), nullable=False),
    sa.Column('because', sa.String(length=40), nullable=False),
    sa.Column('reason_class', sa.String(length=64), nullable=True),
    sa.Column('policy_version', sa.String(length=64), nullable=False),
    sa.Column('flags', JSON, nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['amended_by'], ['officers.id'], name=op.f('fk_abstractions_amended_by_officers')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_abstractions_area_id_areas')),
    sa.ForeignKeyConstraint(['authorised_by'], ['officers.id'], name=op.f('fk_abstractions_authorised_by_officers')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_abstractions_captured_by_officers')),
    sa.ForeignKeyConstraint(['destination_area_id'], ['areas.id'], name=op.f('fk_abstractions_destination_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_abstractions_force_id_areas')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_abstractions_officer_id_officers')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_abstractions_team_id_teams')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_abstractions_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['voided_by'], ['officers.id'], name=op.f('fk_abstractions_voided_by_officers')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_abstractions_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_abstractions'))
    )
    op.create_index(op.f('ix_abstractions_area_id'), 'abstractions', ['area_id'], unique=False)
    op.create_index(op.f('ix_abstractions_captured_by'), 'abstractions', ['captured_by'], unique=False)
    op.create_index('ix_abstractions_force_id_reference', 'abstractions', ['force_id', 'reference'], unique=False)
    op.create_index('ix_abstractions_force_id_starts_at', 'abstractions', ['force_id', 'starts_at'], unique=False)
    op.create_index('ix_abstractions_officer_id_starts_at', 'abstractions', ['officer_id', 'starts_at'], unique=False)
    op.create_index('ix_abstractions_team_id_starts_at', 'abstractions', ['team_id', 'starts_at'], unique=False)
    op.create_table('abstraction_decisions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('abstraction_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('of_revision', sa.Integer(), nullable=False),
    sa.Column('rank_order', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['abstraction_id'], ['abstractions.id'], name=op.f('fk_abstraction_decisions_abstraction_id_abstractions')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_abstraction_decisions_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_abstraction_decisions_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_abstraction_decisions_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_abstraction_decisions'))
    )
    op.create_index('ix_abstraction_decisions_abstraction_id', 'abstraction_decisions', ['abstraction_id'], unique=False)
    op.create_index(op.f('ix_abstraction_decisions_captured_by'), 'abstraction_decisions', ['captured_by'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_abstraction_decisions_captured_by'), table_name='abstraction_decisions')
    op.drop_index('ix_abstraction_decisions_abstraction_id', table_name='abstraction_decisions')
    op.drop_table('abstraction_decisions')
    op.drop_index('ix_abstractions_team_id_starts_at', table_name='abstractions')
    op.drop_index('ix_abstractions_officer_id_starts_at', table_name='abstractions')
    op.drop_index('ix_abstractions_force_id_starts_at', table_name='abstractions')
    op.drop_index('ix_abstractions_force_id_reference', table_name='abstractions')
    op.drop_index(op.f('ix_abstractions_captured_by'), table_name='abstractions')
    op.drop_index(op.f('ix_abstractions_area_id'), table_name='abstractions')
    op.drop_table('abstractions')
    op.drop_index('ix_abstraction_objectives_area_id', table_name='abstraction_objectives')
    op.drop_table('abstraction_objectives')
