"""What officers log: activities, one table for each kind beside it, and what facts said before they were corrected.

Revision: 20261125_activities
After: 20261125_code_facts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261125_activities'
down_revision = '20261125_code_facts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('activity_rules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_activity_rules_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity_rules')),
    sa.UniqueConstraint('force_id', 'kind', 'valid_from', name=op.f('uq_activity_rules_force_id_kind_valid_from'))
    )
    op.create_table('fact_revisions',
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('content', JSON, nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_fact_revisions_force_id_areas')),
    sa.ForeignKeyConstraint(['made_by'], ['officers.id'], name=op.f('fk_fact_revisions_made_by_officers')),
    sa.PrimaryKeyConstraint('fact_id', 'revision', name=op.f('pk_fact_revisions'))
    )
    op.create_table('activities',
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
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('wanted_level', sa.String(length=20), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=True),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_said_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('occurred_said_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('skew_ms', sa.BigInteger(), nullable=True),
    sa.Column('late_reason', sa.String(length=64), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('accuracy_m', sa.Float(), nullable=True),
    sa.Column('hotspot_ids', JSON, nullable=True),
    sa.Column('outcome_code', sa.String(length=64), nullable=True),
    sa.Column('reference', sa.String(length=64), nullable=True),
    sa.Column('video_used', sa.Boolean(), nullable=True),
    sa.Column('video_reason_code', sa.String(length=64), nullable=True),
    sa.Column('video_reference', sa.String(length=64), nullable=True),
    sa.Column('rank_held', sa.String(length=20), nullable=True),
    sa.Column('officer_kind', sa.String(length=20), nullable=False),
    sa.Column('flags', JSON, nullable=False),
    sa.Column('unknown_codes', JSON, nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['amended_by'], ['officers.id'], name=op.f('fk_activities_amended_by_officers')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_activities_area_id_areas')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_activities_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_activities_force_id_areas')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_activities_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_activities_team_id_teams')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_activities_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['voided_by'], ['officers.id'], name=op.f('fk_activities_voided_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activities'))
    )
    op.create_index(op.f('ix_activities_area_id'), 'activities', ['area_id'], unique=False)
    op.create_index(op.f('ix_activities_captured_by'), 'activities', ['captured_by'], unique=False)
    op.create_index('ix_activities_force_id_occurred_at', 'activities', ['force_id', 'occurred_at'], unique=False)
    op.create_index('ix_activities_patrol_id', 'activities', ['patrol_id'], unique=False)
    op.create_index('ix_activities_team_id_occurred_at', 'activities', ['team_id', 'occurred_at'], unique=False)
    op.create_table('arrests',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('basis', sa.String(length=64), nullable=True),
    sa.Column('necessity_codes', JSON, nullable=True),
    sa.Column('offence_category', sa.String(length=64), nullable=True),
    sa.Column('offence_code', sa.String(length=64), nullable=True),
    sa.Column('knife_related', sa.Boolean(), nullable=True),
    sa.Column('in_problem_scope', sa.Boolean(), nullable=True),
    sa.Column('grounds_told', sa.Boolean(), nullable=True),
    sa.Column('cautioned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disposal', sa.String(length=64), nullable=True),
    sa.Column('dearrested_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('custody_suite', sa.String(length=64), nullable=True),
    sa.Column('custody_reference', sa.String(length=64), nullable=True),
    sa.Column('from_search_id', sa.Uuid(), nullable=True),
    sa.Column('under_18', sa.Boolean(), nullable=True),
    sa.Column('off_patrol_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('off_patrol_to', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_arrests_activity_id_activities')),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_arrests'))
    )
    op.create_index(op.f('ix_arrests_from_search_id'), 'arrests', ['from_search_id'], unique=False)
    op.create_table('intelligence',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('urgency', sa.String(length=64), nullable=True),
    sa.Column('grading_scheme', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_intelligence_activity_id_activities')),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_intelligence'))
    )
    op.create_table('intelligence_items',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(length=64), nullable=False),
    sa.Column('source_grade', sa.String(length=64), nullable=True),
    sa.Column('assessment_grade', sa.String(length=64), nullable=True),
    sa.Column('handling_grade', sa.String(length=64), nullable=True),
    sa.Column('conditions', JSON, nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_intelligence_items_activity_id_activities')),
    sa.PrimaryKeyConstraint('activity_id', 'position', name=op.f('pk_intelligence_items'))
    )
    op.create_table('other_outcomes',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('outcome_type', sa.String(length=64), nullable=True),
    sa.Column('item_type', sa.String(length=64), nullable=True),
    sa.Column('found_place', sa.String(length=64), nullable=True),
    sa.Column('drug_class', sa.String(length=64), nullable=True),
    sa.Column('authorisation_reference', sa.String(length=64), nullable=True),
    sa.Column('quantity', sa.Integer(), nullable=True),
    sa.Column('under_18', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_other_outcomes_activity_id_activities')),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_other_outcomes'))
    )
    op.create_table('referral_follow_ups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=64), nullable=False),
    sa.Column('heard_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_referral_follow_ups_activity_id_activities')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_referral_follow_ups_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_referral_follow_ups_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_referral_follow_ups_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_follow_ups'))
    )
    op.create_index('ix_referral_follow_ups_activity_id', 'referral_follow_ups', ['activity_id'], unique=False)
    op.create_index(op.f('ix_referral_follow_ups_captured_by'), 'referral_follow_ups', ['captured_by'], unique=False)
    op.create_table('referrals',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('referral_type', sa.String(length=64), nullable=True),
    sa.Column('recipient', sa.String(length=64), nullable=True),
    sa.Column('subject_category', sa.String(length=64), nullable=True),
    sa.Column('consent', sa.String(length=64), nullable=True),
    sa.Column('urgent', sa.Boolean(), nullable=True),
    sa.Column('status', sa.String(length=64), nullable=True),
    sa.Column('first_status', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_referrals_activity_id_activities')),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_referrals'))
    )
    op.create_table('stop_searches',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('search_type', sa.String(length=64), nullable=True),
    sa.Column('legislation_code', sa.String(length=64), nullable=True),
    sa.Column('object_code', sa.String(length=64), nullable=True),
    sa.Column('grounds_code', sa.String(length=64), nullable=True),
    sa.Column('grounds', sa.String(length=2000), nullable=True),
    sa.Column('authorisation_reference', sa.String(length=64), nullable=True),
    sa.Column('order_reference', sa.String(length=64), nullable=True),
    sa.Column('outcome_linked_to_object', sa.String(length=64), nullable=True),
    sa.Column('found_codes', JSON, nullable=True),
    sa.Column('weapon_types', JSON, nullable=True),
    sa.Column('self_defined_ethnicity', sa.String(length=64), nullable=True),
    sa.Column('not_stated_reason', sa.String(length=64), nullable=True),
    sa.Column('officer_defined_ethnicity', sa.String(length=64), nullable=True),
    sa.Column('gender', sa.String(length=64), nullable=True),
    sa.Column('age', sa.Integer(), nullable=True),
    sa.Column('age_basis', sa.String(length=64), nullable=True),
    sa.Column('gowisely', JSON, nullable=True),
    sa.Column('officer_in_uniform', sa.Boolean(), nullable=True),
    sa.Column('warrant_card_shown', sa.Boolean(), nullable=True),
    sa.Column('clothing_removed', sa.String(length=64), nullable=True),
    sa.Column('in_public_view', sa.Boolean(), nullable=True),
    sa.Column('location_type', sa.String(length=64), nullable=True),
    sa.Column('supervisor_informed', sa.Boolean(), nullable=True),
    sa.Column('appropriate_adult', sa.Boolean(), nullable=True),
    sa.Column('safeguarding_referral', sa.Boolean(), nullable=True),
    sa.Column('vehicle_unattended', sa.Boolean(), nullable=True),
    sa.Column('notice_left', sa.Boolean(), nullable=True),
    sa.Column('handcuffs_used', sa.Boolean(), nullable=True),
    sa.Column('force_used', sa.Boolean(), nullable=True),
    sa.Column('receipt_reference', sa.String(length=64), nullable=True),
    sa.Column('arrest_id', sa.Uuid(), nullable=True),
    sa.Column('custody_reference', sa.String(length=64), nullable=True),
    sa.Column('present_officers', JSON, nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activities.id'], name=op.f('fk_stop_searches_activity_id_activities')),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_stop_searches'))
    )
    op.create_index(op.f('ix_stop_searches_arrest_id'), 'stop_searches', ['arrest_id'], unique=False)
    op.create_index(op.f('ix_stop_searches_receipt_reference'), 'stop_searches', ['receipt_reference'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_stop_searches_receipt_reference'), table_name='stop_searches')
    op.drop_index(op.f('ix_stop_searches_arrest_id'), table_name='stop_searches')
    op.drop_table('stop_searches')
    op.drop_table('referrals')
    op.drop_index(op.f('ix_referral_follow_ups_captured_by'), table_name='referral_follow_ups')
    op.drop_index('ix_referral_follow_ups_activity_id', table_name='referral_follow_ups')
    op.drop_table('referral_follow_ups')
    op.drop_table('other_outcomes')
    op.drop_table('intelligence_items')
    op.drop_table('intelligence')
    op.drop_index(op.f('ix_arrests_from_search_id'), table_name='arrests')
    op.drop_table('arrests')
    op.drop_index('ix_activities_team_id_occurred_at', table_name='activities')
    op.drop_index('ix_activities_patrol_id', table_name='activities')
    op.drop_index('ix_activities_force_id_occurred_at', table_name='activities')
    op.drop_index(op.f('ix_activities_captured_by'), table_name='activities')
    op.drop_index(op.f('ix_activities_area_id'), table_name='activities')
    op.drop_table('activities')
    op.drop_table('fact_revisions')
    op.drop_table('activity_rules')
