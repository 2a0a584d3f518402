"""Records of WMNow's tracker: as they came, how they came, and what people said of them.

Revision: 20261125_wmnow
After: 20261126_police_uk
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '20261125_wmnow'
down_revision = '20261126_police_uk'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade() -> None:
    op.create_table('wmnow_feeds',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('cursor', sa.String(length=1000), nullable=True),
    sa.Column('watermark', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('begun_watermark', sa.DateTime(timezone=True), nullable=True),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('stopped_because', sa.String(length=40), nullable=True),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_by', sa.Uuid(), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retry_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_wmnow_feeds_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wmnow_feeds')),
    sa.UniqueConstraint('force_id', 'name', name=op.f('uq_wmnow_feeds_force_id_name'))
    )
    op.create_table('wmnow_inbox',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('webhook_id', sa.String(length=128), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_wmnow_inbox_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wmnow_inbox')),
    sa.UniqueConstraint('force_id', 'webhook_id', name=op.f('uq_wmnow_inbox_force_id_webhook_id'))
    )
    op.create_index('ix_wmnow_inbox_waiting', 'wmnow_inbox', ['received_at'], unique=False, sqlite_where=sa.text('done_at IS NULL'), postgresql_where=sa.text('done_at IS NULL'))
    op.create_table('wmnow_rejected',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Enum('file', 'pull', 'webhook', name='tracker_channel', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('source_record_id', sa.String(length=128), nullable=True),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('faults', JSON, nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_wmnow_rejected_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_wmnow_rejected_force_id_areas')),
    sa.PrimaryKeyConstraint('run_id', 'number', name=op.f('pk_wmnow_rejected'))
    )
    op.create_index('ix_wmnow_rejected_force_id_received_at', 'wmnow_rejected', ['force_id', 'received_at'], unique=False)
    op.create_table('wmnow_mappings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content', JSON, nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_wmnow_mappings_force_id_areas')),
    sa.ForeignKeyConstraint(['made_by'], ['officers.id'], name=op.f('fk_wmnow_mappings_made_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wmnow_mappings')),
    sa.UniqueConstraint('force_id', 'name', 'version', name=op.f('uq_wmnow_mappings_force_id_name_version'))
    )
    op.create_table('wmnow_records',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('source_system', sa.String(length=32), nullable=False),
    sa.Column('source_record_id', sa.String(length=128), nullable=False),
    sa.Column('id_derived', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('source_version', sa.String(length=64), nullable=True),
    sa.Column('source_changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('meaning_hash', sa.LargeBinary(), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('time_ambiguous', sa.Boolean(), nullable=False),
    sa.Column('collar_number', sa.String(length=16), nullable=True),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('team_ref', sa.String(length=100), nullable=True),
    sa.Column('lpa_ref', sa.String(length=100), nullable=True),
    sa.Column('sector_ref', sa.String(length=100), nullable=True),
    sa.Column('neighbourhood_ref', sa.String(length=100), nullable=True),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('place_area_id', sa.Uuid(), nullable=True),
    sa.Column('precision', sa.Enum('exact', 'postcode', 'neighbourhood', 'none', name='precision', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('engagement_type', sa.String(length=64), nullable=True),
    sa.Column('method', sa.String(length=64), nullable=True),
    sa.Column('priority_group', sa.String(length=64), nullable=True),
    sa.Column('topics', JSON, nullable=False),
    sa.Column('groups_reached', JSON, nullable=False),
    sa.Column('people_reached', sa.Integer(), nullable=True),
    sa.Column('planned', sa.Boolean(), nullable=True),
    sa.Column('published', sa.Boolean(), nullable=True),
    sa.Column('patrol_ref', sa.Uuid(), nullable=True),
    sa.Column('engagement_ref', sa.Uuid(), nullable=True),
    sa.Column('unknown_codes', JSON, nullable=False),
    sa.Column('first_received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('missing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_wmnow_records_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_wmnow_records_force_id_areas')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_wmnow_records_officer_id_officers')),
    sa.ForeignKeyConstraint(['place_area_id'], ['areas.id'], name=op.f('fk_wmnow_records_place_area_id_areas')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_wmnow_records_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wmnow_records')),
    sa.UniqueConstraint('force_id', 'source_system', 'source_record_id', name=op.f('uq_wmnow_records_force_id_source_system_source_record_id'))
    )
    op.create_index('ix_wmnow_records_area_id_occurred_at', 'wmnow_records', ['area_id', 'occurred_at'], unique=False)
    op.create_index('ix_wmnow_records_engagement_ref', 'wmnow_records', ['engagement_ref'], unique=False)
    op.create_index('ix_wmnow_records_force_id_occurred_at', 'wmnow_records', ['force_id', 'occurred_at'], unique=False)
    op.create_index('ix_wmnow_records_officer_id_occurred_at', 'wmnow_records', ['officer_id', 'occurred_at'], unique=False)
    op.create_index('ix_wmnow_records_team_id_occurred_at', 'wmnow_records', ['team_id', 'occurred_at'], unique=False)
    op.create_table('wmnow_runs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('feed_id', sa.Uuid(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.Enum('running', 'done', 'failed', 'stopped', name='run_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('problem', sa.String(length=40), nullable=True),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('new', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('deleted', sa.Integer(), nullable=False),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('dropped_fields', JSON, nullable=False),
    sa.ForeignKeyConstraint(['feed_id'], ['wmnow_feeds.id'], name=op.f('fk_wmnow_runs_feed_id_wmnow_feeds')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_wmnow_runs_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wmnow_runs'))
    )
    op.create_index('ix_wmnow_runs_feed_id_started_at', 'wmnow_runs', ['feed_id', 'started_at'], unique=False)
    op.create_table('wmnow_versions',
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('content', JSON, nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('deleted', sa.Boolean(), nullable=False),
    sa.Column('channel', sa.Enum('file', 'pull', 'webhook', name='tracker_channel', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('row_number', sa.Integer(), nullable=True),
    sa.Column('mapping', sa.String(length=100), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['wmnow_records.id'], name=op.f('fk_wmnow_versions_record_id_wmnow_records')),
    sa.PrimaryKeyConstraint('record_id', 'version', name=op.f('pk_wmnow_versions'))
    )
    op.create_index('ix_wmnow_versions_run_id', 'wmnow_versions', ['run_id'], unique=False)
    op.create_table('wmnow_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('engagement_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('decision', sa.Enum('linked', 'refused', 'open', name='link_decision', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('record_version', sa.Integer(), nullable=False),
    sa.Column('engagement_revision', sa.Integer(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_wmnow_links_captured_by_officers')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagements.id'], name=op.f('fk_wmnow_links_engagement_id_engagements')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_wmnow_links_force_id_areas')),
    sa.ForeignKeyConstraint(['record_id'], ['wmnow_records.id'], name=op.f('fk_wmnow_links_record_id_wmnow_records')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_wmnow_links_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wmnow_links')),
    sa.UniqueConstraint('record_id', 'engagement_id', 'number', name=op.f('uq_wmnow_links_record_id_engagement_id_number'))
    )
    op.create_index(op.f('ix_wmnow_links_captured_by'), 'wmnow_links', ['captured_by'], unique=False)
    op.create_index('ix_wmnow_links_engagement_id', 'wmnow_links', ['engagement_id'], unique=False)
    op.create_index('ix_wmnow_links_force_id', 'wmnow_links', ['force_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_wmnow_links_force_id', table_name='wmnow_links')
    op.drop_index('ix_wmnow_links_engagement_id', table_name='wmnow_links')
    op.drop_index(op.f('ix_wmnow_links_captured_by'), table_name='wmnow_links')
    op.drop_table('wmnow_links')
    op.drop_index('ix_wmnow_versions_run_id', table_name='wmnow_versions')
    op.drop_table('wmnow_versions')
    op.drop_index('ix_wmnow_runs_feed_id_started_at', table_name='wmnow_runs')
    op.drop_table('wmnow_runs')
    op.drop_index('ix_wmnow_records_team_id_occurred_at', table_name='wmnow_records')
    op.drop_index('ix_wmnow_records_officer_id_occurred_at', table_name='wmnow_records')
    op.drop_index('ix_wmnow_records_force_id_occurred_at', table_name='wmnow_records')
    op.drop_index('ix_wmnow_records_engagement_ref', table_name='wmnow_records')
    op.drop_index('ix_wmnow_records_area_id_occurred_at', table_name='wmnow_records')
    op.drop_table('wmnow_records')
    op.drop_table('wmnow_mappings')
    op.drop_index('ix_wmnow_rejected_force_id_received_at', table_name='wmnow_rejected')
    op.drop_table('wmnow_rejected')
    op.drop_index('ix_wmnow_inbox_waiting', table_name='wmnow_inbox')
    op.drop_table('wmnow_inbox')
    op.drop_table('wmnow_feeds')
