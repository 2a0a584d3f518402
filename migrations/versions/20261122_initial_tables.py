"""Create every table of the first release.

Revision: 20261122
After: None
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.database.spatial import Geometry

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
SPATIAL = ("area_boundaries", "hotspot_boundaries")

revision = '20261122'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('areas',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('FORCE', 'LPA', 'SECTOR', 'NEIGHBOURHOOD', 'WARD', name='area_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_areas_force_id_areas')),
    sa.ForeignKeyConstraint(['parent_id'], ['areas.id'], name=op.f('fk_areas_parent_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_areas')),
    sa.UniqueConstraint('force_id', 'code', 'valid_from', name=op.f('uq_areas_force_id_code_valid_from'))
    )
    op.create_index(op.f('ix_areas_parent_id'), 'areas', ['parent_id'], unique=False)
    op.create_table('audit_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.Enum('COLLECT', 'ALTER', 'CONSULT', 'DISCLOSE', 'COMBINE', 'ERASE', 'DENIED', name='action', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=True),
    sa.Column('request_id', sa.String(length=36), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('subjects', JSON, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_events'))
    )
    op.create_index('ix_audit_events_actor_id_at', 'audit_events', ['actor_id', 'at'], unique=False)
    op.create_index('ix_audit_events_at', 'audit_events', ['at'], unique=False)
    op.create_table('area_ancestors',
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('ancestor_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['ancestor_id'], ['areas.id'], name=op.f('fk_area_ancestors_ancestor_id_areas')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_area_ancestors_area_id_areas')),
    sa.PrimaryKeyConstraint('area_id', 'ancestor_id', name=op.f('pk_area_ancestors'))
    )
    op.create_index('ix_area_ancestors_ancestor_id', 'area_ancestors', ['ancestor_id'], unique=False)
    op.create_table('area_boundaries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('geometry', Geometry("MULTIPOLYGON"), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_area_boundaries_area_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_area_boundaries')),
    sa.UniqueConstraint('area_id', 'valid_from', name=op.f('uq_area_boundaries_area_id_valid_from'))
    )
    op.create_table('assessment_policies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('values', JSON, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_assessment_policies_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_policies')),
    sa.UniqueConstraint('force_id', 'valid_from', name=op.f('uq_assessment_policies_force_id_valid_from'))
    )
    op.create_table('hotspots',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.Enum('TGP_VIOLENCE', 'TGP_ASB', 'IMPACT_AREA', 'OP_OTHER', name='hotspot_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_hotspots_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_hotspots_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hotspots')),
    sa.UniqueConstraint('force_id', 'code', name=op.f('uq_hotspots_force_id_code'))
    )
    op.create_index(op.f('ix_hotspots_area_id'), 'hotspots', ['area_id'], unique=False)
    op.create_table('officers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('collar_number', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.Enum('CONSTABLE', 'PCSO', 'SPECIAL', 'WARDEN', 'STAFF', name='officer_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('suspended', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_officers_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_officers')),
    sa.UniqueConstraint('force_id', 'collar_number', 'valid_from', name=op.f('uq_officers_force_id_collar_number_valid_from'))
    )
    op.create_index(op.f('ix_officers_force_id'), 'officers', ['force_id'], unique=False)
    op.create_table('place_versions',
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_place_versions_area_id_areas')),
    sa.PrimaryKeyConstraint('place_id', 'version', name=op.f('pk_place_versions'))
    )
    op.create_table('reference_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('list', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('plain_label', sa.String(length=200), nullable=False),
    sa.Column('published_value', sa.String(length=200), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_reference_codes_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reference_codes')),
    sa.UniqueConstraint('force_id', 'list', 'code', 'valid_from', name=op.f('uq_reference_codes_force_id_list_code_valid_from'))
    )
    op.create_table('teams',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.Enum('NEIGHBOURHOOD', 'RESPONSE', 'TASKFORCE', 'PRIORITY_CRIME', 'PARTNER', 'OTHER', name='team_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_teams_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_teams_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teams')),
    sa.UniqueConstraint('force_id', 'code', 'valid_from', name=op.f('uq_teams_force_id_code_valid_from'))
    )
    op.create_index(op.f('ix_teams_area_id'), 'teams', ['area_id'], unique=False)
    op.create_table('briefings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('hotspot_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('why_here', sa.String(length=2000), nullable=False),
    sa.Column('owner', sa.String(length=200), nullable=False),
    sa.Column('plan_reference', sa.String(length=100), nullable=True),
    sa.Column('review_on', sa.Date(), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_briefings_hotspot_id_hotspots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_briefings')),
    sa.UniqueConstraint('hotspot_id', 'version', name=op.f('uq_briefings_hotspot_id_version'))
    )
    op.create_table('check_outs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checked_out_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('skew_ms', sa.BigInteger(), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('accuracy_m', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_check_outs_captured_by_officers')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_check_outs_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_outs'))
    )
    op.create_index(op.f('ix_check_outs_captured_by'), 'check_outs', ['captured_by'], unique=False)
    op.create_table('devices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_by', sa.Uuid(), nullable=True),
    sa.Column('revoked_reason', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_devices_officer_id_officers')),
    sa.ForeignKeyConstraint(['revoked_by'], ['officers.id'], name=op.f('fk_devices_revoked_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_devices'))
    )
    op.create_index(op.f('ix_devices_officer_id'), 'devices', ['officer_id'], unique=False)
    op.create_table('hotspot_boundaries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('hotspot_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('geometry', Geometry("MULTIPOLYGON"), nullable=False),
    sa.Column('area_m2', sa.Float(), nullable=False),
    sa.Column('source_crs', sa.String(length=100), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_hotspot_boundaries_hotspot_id_hotspots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hotspot_boundaries')),
    sa.UniqueConstraint('hotspot_id', 'valid_from', name=op.f('uq_hotspot_boundaries_hotspot_id_valid_from')),
    sa.UniqueConstraint('hotspot_id', 'version', name=op.f('uq_hotspot_boundaries_hotspot_id_version'))
    )
    op.create_table('import_runs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('profile', sa.String(length=100), nullable=False),
    sa.Column('imported_by', sa.Uuid(), nullable=True),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('report', JSON, nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_import_runs_force_id_areas')),
    sa.ForeignKeyConstraint(['imported_by'], ['officers.id'], name=op.f('fk_import_runs_imported_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_runs')),
    sa.UniqueConstraint('force_id', 'kind', 'number', name=op.f('uq_import_runs_force_id_kind_number'))
    )
    op.create_table('memberships',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_memberships_officer_id_officers')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_memberships_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships'))
    )
    op.create_index('ix_memberships_officer_id_valid_from', 'memberships', ['officer_id', 'valid_from'], unique=True)
    op.create_index('ix_memberships_team_id', 'memberships', ['team_id'], unique=False)
    op.create_table('officer_identities',
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_officer_identities_officer_id_officers')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_officer_identities'))
    )
    op.create_index(op.f('ix_officer_identities_officer_id'), 'officer_identities', ['officer_id'], unique=False)
    op.create_table('quarantined_facts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.Uuid(), nullable=True),
    sa.Column('release_reason', sa.String(length=500), nullable=True),
    sa.Column('released_as', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_quarantined_facts_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_quarantined_facts_force_id_areas')),
    sa.ForeignKeyConstraint(['released_by'], ['officers.id'], name=op.f('fk_quarantined_facts_released_by_officers')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_quarantined_facts_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quarantined_facts'))
    )
    op.create_index(op.f('ix_quarantined_facts_captured_by'), 'quarantined_facts', ['captured_by'], unique=False)
    op.create_index(op.f('ix_quarantined_facts_force_id'), 'quarantined_facts', ['force_id'], unique=False)
    op.create_table('ranks_held',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('rank', sa.String(length=20), nullable=False),
    sa.Column('acting', sa.Boolean(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_ranks_held_officer_id_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ranks_held'))
    )
    op.create_index('ix_ranks_held_officer_id_valid_from', 'ranks_held', ['officer_id', 'valid_from'], unique=True)
    op.create_table('roles_held',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Enum('OFFICER', 'SUPERVISOR', 'COMMANDER', 'PLANNER', 'INTEL', 'AUDITOR', 'ADMIN', 'INTEGRATION', name='role', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_roles_held_officer_id_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roles_held'))
    )
    op.create_index('ix_roles_held_officer_id_role_valid_from', 'roles_held', ['officer_id', 'role', 'valid_from'], unique=True)
    op.create_table('tasking_windows',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('hotspot_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('required_seconds', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('PLANNED', 'PUBLISHED', 'CANCELLED', 'MOVED', name='window_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('moved_to_id', sa.Uuid(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('schedule_id', sa.Uuid(), nullable=True),
    sa.Column('block_first_day', sa.Date(), nullable=True),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_tasking_windows_ends_after_start')),
    sa.CheckConstraint('required_seconds > 0', name=op.f('ck_tasking_windows_requires_something')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_tasking_windows_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_tasking_windows_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_tasking_windows_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['moved_to_id'], ['tasking_windows.id'], name=op.f('fk_tasking_windows_moved_to_id_tasking_windows')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_tasking_windows_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tasking_windows'))
    )
    op.create_index('ix_tasking_windows_force_id_starts_at', 'tasking_windows', ['force_id', 'starts_at'], unique=False)
    op.create_index('ix_tasking_windows_hotspot_id_starts_at', 'tasking_windows', ['hotspot_id', 'starts_at'], unique=False)
    op.create_index('ix_tasking_windows_team_id_starts_at', 'tasking_windows', ['team_id', 'starts_at'], unique=False)
    op.create_index('ix_tasking_windows_hotspot_id_block_first_day', 'tasking_windows', ['hotspot_id', 'block_first_day'], unique=False)
    op.create_index('ix_tasking_windows_schedule_id', 'tasking_windows', ['schedule_id'], unique=False)
    op.create_index('ix_tasking_windows_moved_to_id', 'tasking_windows', ['moved_to_id'], unique=False, sqlite_where=sa.text('moved_to_id IS NOT NULL'), postgresql_where=sa.text('moved_to_id IS NOT NULL'))
    op.create_table('patrols',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('uniform_state', sa.Enum('HI_VIS_UNIFORM', 'UNIFORM', 'PLAIN_CLOTHES', 'UNMARKED_VEHICLE', name='uniform_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('mode', sa.Enum('FOOT', 'CYCLE', 'VEHICLE_MARKED', 'VEHICLE_UNMARKED', 'MOUNTED', 'DOG', 'STATIC', 'MIXED', name='mode', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('cost_code', sa.String(length=64), nullable=True),
    sa.Column('window_unknown', sa.Uuid(), nullable=True),
    sa.Column('crew_unknown', JSON, nullable=True),
    sa.Column('checked_in_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('skew_ms', sa.BigInteger(), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('accuracy_m', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_patrols_area_id_areas')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_patrols_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_patrols_force_id_areas')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_patrols_team_id_teams')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_patrols_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_patrols_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patrols'))
    )
    op.create_index(op.f('ix_patrols_captured_by'), 'patrols', ['captured_by'], unique=False)
    op.create_index('ix_patrols_force_id_started_at', 'patrols', ['force_id', 'started_at'], unique=False)
    op.create_index('ix_patrols_team_id_started_at', 'patrols', ['team_id', 'started_at'], unique=False)
    op.create_index('ix_patrols_window_id', 'patrols', ['window_id'], unique=False)
    op.create_table('window_assignments',
    sa.Column('window_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_window_assignments_officer_id_officers')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_window_assignments_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('window_id', 'officer_id', name=op.f('pk_window_assignments'))
    )
    op.create_index('ix_window_assignments_officer_id', 'window_assignments', ['officer_id'], unique=False)
    op.create_table('window_changes',
    sa.Column('window_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('change', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('plan', JSON, nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['officers.id'], name=op.f('fk_window_changes_changed_by_officers')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_window_changes_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('window_id', 'revision', name=op.f('pk_window_changes'))
    )
    op.create_table('window_results',
    sa.Column('window_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=30), nullable=False),
    sa.Column('computed_status', sa.String(length=30), nullable=False),
    sa.Column('required_ms', sa.BigInteger(), nullable=False),
    sa.Column('verified_ms', sa.BigInteger(), nullable=False),
    sa.Column('accepted_ms', sa.BigInteger(), nullable=False),
    sa.Column('review_ms', sa.BigInteger(), nullable=False),
    sa.Column('at_most_ms', sa.BigInteger(), nullable=False),
    sa.Column('credited_ms', sa.BigInteger(), nullable=False),
    sa.Column('computed_check_needed', sa.Boolean(), nullable=False),
    sa.Column('check_needed', sa.Boolean(), nullable=False),
    sa.Column('review_id', sa.Uuid(), nullable=True),
    sa.Column('decision', sa.Enum('ACCEPT', 'STAND', 'REASON', 'ADJUST', name='decision', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('reason_code', sa.String(length=64), nullable=True),
    sa.Column('needs_confirmation', sa.Boolean(), nullable=False),
    sa.Column('officer_count', sa.Integer(), nullable=False),
    sa.Column('patrol_ids', JSON, nullable=False),
    sa.Column('asking', JSON, nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_window_results_area_id_areas')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_window_results_team_id_teams')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_window_results_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('window_id', name=op.f('pk_window_results'))
    )
    op.create_index('ix_window_results_status', 'window_results', ['status'], unique=False)
    op.create_table('auto_closings',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_auto_closings_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', name=op.f('pk_auto_closings'))
    )
    op.create_table('credited_slices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('hotspot_id', sa.Uuid(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('grade', sa.Enum('verified', 'accepted', 'probable', 'declared', name='grade', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('uniform_state', sa.Enum('HI_VIS_UNIFORM', 'UNIFORM', 'PLAIN_CLOTHES', 'UNMARKED_VEHICLE', name='uniform_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('mode', sa.Enum('FOOT', 'CYCLE', 'VEHICLE_MARKED', 'VEHICLE_UNMARKED', 'MOUNTED', 'DOG', 'STATIC', 'MIXED', name='mode', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('cost_code', sa.String(length=64), nullable=True),
    sa.Column('credited_ms', sa.BigInteger(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('window_ms', sa.BigInteger(), nullable=False),
    sa.Column('intervals', JSON, nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_credited_slices_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_credited_slices_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_credited_slices_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_credited_slices_officer_id_officers')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_credited_slices_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_credited_slices_team_id_teams')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_credited_slices_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credited_slices'))
    )
    op.create_index('ix_credited_slices_force_id_day', 'credited_slices', ['force_id', 'day'], unique=False)
    op.create_index('ix_credited_slices_hotspot_id_day', 'credited_slices', ['hotspot_id', 'day'], unique=False)
    op.create_index('ix_credited_slices_officer_id_day', 'credited_slices', ['officer_id', 'day'], unique=False)
    op.create_index('ix_credited_slices_patrol_id', 'credited_slices', ['patrol_id'], unique=False)
    op.create_index('ix_credited_slices_probable', 'credited_slices', ['force_id', 'hotspot_id', 'day'], unique=False, sqlite_where=sa.text("grade = 'probable' AND window_id IS NULL"), postgresql_where=sa.text("grade = 'probable' AND window_id IS NULL"))
    op.create_table('crew_members',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_crew_members_officer_id_officers')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_crew_members_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', 'officer_id', name=op.f('pk_crew_members'))
    )
    op.create_index('ix_crew_members_officer_id', 'crew_members', ['officer_id'], unique=False)
    op.create_table('fix_batches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('time_source', sa.String(length=10), nullable=False),
    sa.Column('skew_ms', sa.BigInteger(), nullable=True),
    sa.Column('fix_count', sa.Integer(), nullable=False),
    sa.Column('rejected', JSON, nullable=True),
    sa.Column('first_ms', sa.BigInteger(), nullable=True),
    sa.Column('last_ms', sa.BigInteger(), nullable=True),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_fix_batches_captured_by_officers')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_fix_batches_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_fix_batches_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fix_batches'))
    )
    op.create_index(op.f('ix_fix_batches_captured_by'), 'fix_batches', ['captured_by'], unique=False)
    op.create_index('ix_fix_batches_patrol_id', 'fix_batches', ['patrol_id'], unique=False)
    op.create_table('patrol_assessments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.String(length=30), nullable=False),
    sa.Column('policy_version', sa.String(length=32), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('verified_ms', sa.BigInteger(), nullable=False),
    sa.Column('probable_ms', sa.BigInteger(), nullable=False),
    sa.Column('unverified_ms', sa.BigInteger(), nullable=False),
    sa.Column('outside_ms', sa.BigInteger(), nullable=False),
    sa.Column('window_verified_ms', sa.BigInteger(), nullable=True),
    sa.Column('flags', JSON, nullable=False),
    sa.Column('asks_review', sa.Boolean(), nullable=False),
    sa.Column('result', JSON, nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_patrol_assessments_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_patrol_assessments_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patrol_assessments')),
    sa.UniqueConstraint('patrol_id', 'number', name=op.f('uq_patrol_assessments_patrol_id_number'))
    )
    op.create_index('ix_patrol_assessments_current', 'patrol_assessments', ['patrol_id'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('patrol_progress',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('verified_ms', sa.BigInteger(), nullable=False),
    sa.Column('horizon_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fix_count', sa.Integer(), nullable=False),
    sa.Column('boundary_id', sa.Uuid(), nullable=True),
    sa.Column('policy_version', sa.String(length=32), nullable=True),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['boundary_id'], ['hotspot_boundaries.id'], name=op.f('fk_patrol_progress_boundary_id_hotspot_boundaries')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_patrol_progress_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', name=op.f('pk_patrol_progress'))
    )
    op.create_table('patrol_lines',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('line', Geometry("LINESTRINGM"), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['patrol_assessments.id'], name=op.f('fk_patrol_lines_assessment_id_patrol_assessments')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_patrol_lines_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', name=op.f('pk_patrol_lines'))
    )
    if op.get_context().dialect.name == "postgresql":
        for table in SPATIAL:
            op.create_index(f"gx_{table}_geometry", table, ["geometry"], postgresql_using="gist")


def downgrade() -> None:
    op.drop_table('patrol_lines')
    op.drop_table('patrol_progress')
    op.drop_table('patrol_assessments')
    op.drop_table('fix_batches')
    op.drop_table('crew_members')
    op.drop_table('credited_slices')
    op.drop_table('auto_closings')
    op.drop_table('window_results')
    op.drop_table('window_changes')
    op.drop_table('window_assignments')
    op.drop_table('patrols')
    op.drop_table('tasking_windows')
    op.drop_table('roles_held')
    op.drop_table('ranks_held')
    op.drop_table('quarantined_facts')
    op.drop_table('officer_identities')
    op.drop_table('memberships')
    op.drop_table('import_runs')
    op.drop_table('hotspot_boundaries')
    op.drop_table('devices')
    op.drop_table('check_outs')
    op.drop_table('briefings')
    op.drop_table('teams')
    op.drop_table('reference_codes')
    op.drop_table('place_versions')
    op.drop_table('officers')
    op.drop_table('hotspots')
    op.drop_table('assessment_policies')
    op.drop_table('area_boundaries')
    op.drop_table('area_ancestors')
    op.drop_table('audit_events')
    op.drop_table('areas')
