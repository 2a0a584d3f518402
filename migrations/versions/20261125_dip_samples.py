"""Reality checks: samples drawn by chance, their patrols, and what was found about them.

Revision: 20261125_dip_samples
After: 20261125_window_answers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261125_dip_samples'
down_revision = '20261125_window_answers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('dip_samples',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('purpose', sa.String(length=500), nullable=True),
    sa.Column('strata', JSON, nullable=False),
    sa.Column('algorithm', sa.String(length=40), nullable=False),
    sa.Column('seed', sa.LargeBinary(), nullable=False),
    sa.Column('population', JSON, nullable=False),
    sa.Column('population_count', sa.Integer(), nullable=False),
    sa.Column('population_hash', sa.String(length=64), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_by', sa.Uuid(), nullable=True),
    sa.Column('sign_off_note', sa.String(length=500), nullable=True),
    sa.Column('unchecked_reason', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_dip_samples_area_id_areas')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_dip_samples_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_dip_samples_force_id_areas')),
    sa.ForeignKeyConstraint(['signed_by'], ['officers.id'], name=op.f('fk_dip_samples_signed_by_officers')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_dip_samples_team_id_teams')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_dip_samples_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dip_samples'))
    )
    op.create_index(op.f('ix_dip_samples_captured_by'), 'dip_samples', ['captured_by'], unique=False)
    op.create_index('ix_dip_samples_force_id_received_at', 'dip_samples', ['force_id', 'received_at'], unique=False)
    op.create_table('dip_sample_checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('sample_id', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Enum('CONFIRMED', 'DOUBTFUL', 'NOT_SUPPORTED', 'UNABLE_TO_CHECK', name='check_outcome', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('looked_at', JSON, nullable=False),
    sa.Column('video_reference', sa.String(length=64), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('basis', sa.Integer(), nullable=False),
    sa.Column('rank_order', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_dip_sample_checks_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_dip_sample_checks_force_id_areas')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_dip_sample_checks_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['sample_id'], ['dip_samples.id'], name=op.f('fk_dip_sample_checks_sample_id_dip_samples')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_dip_sample_checks_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dip_sample_checks')),
    sa.UniqueConstraint('sample_id', 'patrol_id', 'number', name=op.f('uq_dip_sample_checks_sample_id_patrol_id_number'))
    )
    op.create_index(op.f('ix_dip_sample_checks_captured_by'), 'dip_sample_checks', ['captured_by'], unique=False)
    op.create_index('ix_dip_sample_checks_patrol_id', 'dip_sample_checks', ['patrol_id'], unique=False)
    op.create_table('dip_sample_patrols',
    sa.Column('sample_id', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('stratum', sa.String(length=64), nullable=False),
    sa.Column('assessment_number', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=30), nullable=False),
    sa.Column('verified_ms', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_dip_sample_patrols_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['sample_id'], ['dip_samples.id'], name=op.f('fk_dip_sample_patrols_sample_id_dip_samples')),
    sa.PrimaryKeyConstraint('sample_id', 'patrol_id', name=op.f('pk_dip_sample_patrols'))
    )
    op.create_index('ix_dip_sample_patrols_patrol_id', 'dip_sample_patrols', ['patrol_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_dip_sample_patrols_patrol_id', table_name='dip_sample_patrols')
    op.drop_table('dip_sample_patrols')
    op.drop_index('ix_dip_sample_checks_patrol_id', table_name='dip_sample_checks')
    op.drop_index(op.f('ix_dip_sample_checks_captured_by'), table_name='dip_sample_checks')
    op.drop_table('dip_sample_checks')
    op.drop_index('ix_dip_samples_force_id_received_at', table_name='dip_samples')
    op.drop_index(op.f('ix_dip_samples_captured_by'), table_name='dip_samples')
    op.drop_table('dip_samples')
