"""Engagements: what officers did to be met and heard, who took part, whom they reached, what was promised.

Revision: 20261125_engagements
After: 20261125_activities
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261125_engagements'
down_revision = '20261125_activities'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('engagements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
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
    sa.Column('counted_as', sa.String(length=20), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=True),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('place_area_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('occurred_said_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('skew_ms', sa.BigInteger(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('accuracy_m', sa.Float(), nullable=True),
    sa.Column('hotspot_ids', JSON, nullable=True),
    sa.Column('engagement_type', sa.String(length=64), nullable=False),
    sa.Column('method', sa.String(length=64), nullable=True),
    sa.Column('planned', sa.Boolean(), nullable=True),
    sa.Column('published', sa.Boolean(), nullable=True),
    sa.Column('reach_band', sa.String(length=64), nullable=True),
    sa.Column('people_reached', sa.Integer(), nullable=True),
    sa.Column('partners', JSON, nullable=False),
    sa.Column('officers_unknown', JSON, nullable=True),
    sa.Column('priority_reference', sa.String(length=64), nullable=True),
    sa.Column('reference', sa.String(length=64), nullable=True),
    sa.Column('flags', JSON, nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['amended_by'], ['officers.id'], name=op.f('fk_engagements_amended_by_officers')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_engagements_area_id_areas')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_engagements_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_engagements_force_id_areas')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_engagements_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['place_area_id'], ['areas.id'], name=op.f('fk_engagements_place_area_id_areas')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_engagements_team_id_teams')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_engagements_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['voided_by'], ['officers.id'], name=op.f('fk_engagements_voided_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_engagements'))
    )
    op.create_index(op.f('ix_engagements_area_id'), 'engagements', ['area_id'], unique=False)
    op.create_index(op.f('ix_engagements_captured_by'), 'engagements', ['captured_by'], unique=False)
    op.create_index('ix_engagements_force_id_occurred_at', 'engagements', ['force_id', 'occurred_at'], unique=False)
    op.create_index('ix_engagements_force_id_reference', 'engagements', ['force_id', 'reference'], unique=False)
    op.create_index('ix_engagements_patrol_id', 'engagements', ['patrol_id'], unique=False)
    op.create_index(op.f('ix_engagements_place_area_id'), 'engagements', ['place_area_id'], unique=False)
    op.create_index('ix_engagements_team_id_occurred_at', 'engagements', ['team_id', 'occurred_at'], unique=False)
    op.create_table('engagement_actions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
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
    sa.Column('engagement_id', sa.Uuid(), nullable=False),
    sa.Column('issue', sa.String(length=64), nullable=True),
    sa.Column('you_said', sa.String(length=300), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('we_did', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['amended_by'], ['officers.id'], name=op.f('fk_engagement_actions_amended_by_officers')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_engagement_actions_captured_by_officers')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagements.id'], name=op.f('fk_engagement_actions_engagement_id_engagements')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_engagement_actions_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_engagement_actions_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['voided_by'], ['officers.id'], name=op.f('fk_engagement_actions_voided_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_engagement_actions'))
    )
    op.create_index(op.f('ix_engagement_actions_captured_by'), 'engagement_actions', ['captured_by'], unique=False)
    op.create_index('ix_engagement_actions_engagement_id', 'engagement_actions', ['engagement_id'], unique=False)
    op.create_table('engagement_officers',
    sa.Column('engagement_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagements.id'], name=op.f('fk_engagement_officers_engagement_id_engagements')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_engagement_officers_officer_id_officers')),
    sa.PrimaryKeyConstraint('engagement_id', 'officer_id', name=op.f('pk_engagement_officers'))
    )
    op.create_index('ix_engagement_officers_officer_id', 'engagement_officers', ['officer_id'], unique=False)
    op.create_table('engagement_ticks',
    sa.Column('engagement_id', sa.Uuid(), nullable=False),
    sa.Column('of', sa.Enum('priority_group', 'minority_group', 'issue', name='tick_of', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('people', sa.Integer(), nullable=True),
    sa.Column('basis', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagements.id'], name=op.f('fk_engagement_ticks_engagement_id_engagements')),
    sa.PrimaryKeyConstraint('engagement_id', 'of', 'code', name=op.f('pk_engagement_ticks'))
    )
    op.create_index('ix_engagement_ticks_of_code', 'engagement_ticks', ['of', 'code'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_engagement_ticks_of_code', table_name='engagement_ticks')
    op.drop_table('engagement_ticks')
    op.drop_index('ix_engagement_officers_officer_id', table_name='engagement_officers')
    op.drop_table('engagement_officers')
    op.drop_index('ix_engagement_actions_engagement_id', table_name='engagement_actions')
    op.drop_index(op.f('ix_engagement_actions_captured_by'), table_name='engagement_actions')
    op.drop_table('engagement_actions')
    op.drop_index('ix_engagements_team_id_occurred_at', table_name='engagements')
    op.drop_index(op.f('ix_engagements_place_area_id'), table_name='engagements')
    op.drop_index('ix_engagements_patrol_id', table_name='engagements')
    op.drop_index('ix_engagements_force_id_reference', table_name='engagements')
    op.drop_index('ix_engagements_force_id_occurred_at', table_name='engagements')
    op.drop_index(op.f('ix_engagements_captured_by'), table_name='engagements')
    op.drop_index(op.f('ix_engagements_area_id'), table_name='engagements')
    op.drop_table('engagements')
