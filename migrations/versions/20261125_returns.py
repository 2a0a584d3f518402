"""Hours that others recorded, reporting schemes, and the periods closed under them.

Revision: 20261125_returns
After: 20261125_alerts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '20261125_returns'
down_revision = '20261125_alerts'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade() -> None:
    op.create_table('reporting_schemes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('scheme_id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('target_ms', sa.BigInteger(), nullable=False),
    sa.Column('rules', JSON, nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_reporting_schemes_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reporting_schemes')),
    sa.UniqueConstraint('scheme_id', 'version', name=op.f('uq_reporting_schemes_scheme_id_version'))
    )
    op.create_index('ix_reporting_schemes_standing', 'reporting_schemes', ['force_id', 'code'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('recorded_hours',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('agency', sa.String(length=64), nullable=True),
    sa.Column('evidence', sa.Enum('gps', 'radio', 'declared', name='evidence', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('hotspot_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lasted_ms', sa.BigInteger(), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('uniform_state', sa.Enum('HI_VIS_UNIFORM', 'UNIFORM', 'PLAIN_CLOTHES', 'UNMARKED_VEHICLE', name='uniform_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('cost_code', sa.String(length=64), nullable=True),
    sa.Column('imported_by', sa.Uuid(), nullable=True),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('officer_erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_recorded_hours_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_recorded_hours_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_recorded_hours_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['imported_by'], ['officers.id'], name=op.f('fk_recorded_hours_imported_by_officers')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_recorded_hours_officer_id_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recorded_hours')),
    sa.UniqueConstraint('force_id', 'channel', 'reference', 'version', name=op.f('uq_recorded_hours_force_id_channel_reference_version'))
    )
    op.create_index('ix_recorded_hours_officer_id', 'recorded_hours', ['officer_id'], unique=False)
    op.create_index('ix_recorded_hours_standing', 'recorded_hours', ['force_id', 'channel', 'reference'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('recorded_slices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('recorded_id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('hotspot_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('channel', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=False),
    sa.Column('agency', sa.String(length=64), nullable=True),
    sa.Column('evidence', sa.Enum('gps', 'radio', 'declared', name='evidence', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('programme', sa.Enum('TGP_SCHEDULED', 'TGP_SELF_INITIATED', 'TASKFORCE', 'PARTNER', 'IMPACT_AREA', 'OP_OTHER', name='programme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('uniform_state', sa.Enum('HI_VIS_UNIFORM', 'UNIFORM', 'PLAIN_CLOTHES', 'UNMARKED_VEHICLE', name='uniform_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('funding', sa.Enum('CORE', 'OVERTIME', 'FUNDED', name='funding', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('cost_code', sa.String(length=64), nullable=True),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('recorded_ms', sa.BigInteger(), nullable=False),
    sa.Column('counted_ms', sa.BigInteger(), nullable=False),
    sa.Column('patrol_ms', sa.BigInteger(), nullable=False),
    sa.Column('intervals', JSON, nullable=True),
    sa.Column('own_ms', JSON, nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_recorded_slices_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_recorded_slices_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_recorded_slices_hotspot_id_hotspots')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_recorded_slices_officer_id_officers')),
    sa.ForeignKeyConstraint(['recorded_id'], ['recorded_hours.id'], name=op.f('fk_recorded_slices_recorded_id_recorded_hours')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recorded_slices'))
    )
    op.create_index('ix_recorded_slices_force_id_day', 'recorded_slices', ['force_id', 'day'], unique=False)
    op.create_index('ix_recorded_slices_officer_id_day', 'recorded_slices', ['officer_id', 'day'], unique=False)
    op.create_index('ix_recorded_slices_recorded_id', 'recorded_slices', ['recorded_id'], unique=False)
    op.create_table('period_closings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('scheme_id', sa.Uuid(), nullable=False),
    sa.Column('scheme_version_id', sa.Uuid(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('rank', sa.String(length=20), nullable=True),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('provisional', JSON, nullable=False),
    sa.Column('target_ms', sa.BigInteger(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('rows_sha256', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_period_closings_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_period_closings_force_id_areas')),
    sa.ForeignKeyConstraint(['scheme_version_id'], ['reporting_schemes.id'], name=op.f('fk_period_closings_scheme_version_id_reporting_schemes')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_period_closings_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_period_closings')),
    sa.UniqueConstraint('scheme_id', 'first_day', name=op.f('uq_period_closings_scheme_id_first_day'))
    )
    op.create_index('ix_period_closings_captured_by', 'period_closings', ['captured_by'], unique=False)
    op.create_index('ix_period_closings_force_id', 'period_closings', ['force_id'], unique=False)
    op.create_table('closing_rows',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('closing_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('period_day', sa.Date(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('channel', sa.String(length=64), nullable=False),
    sa.Column('grade', sa.String(length=40), nullable=False),
    sa.Column('programme', sa.String(length=40), nullable=False),
    sa.Column('uniform_state', sa.String(length=40), nullable=False),
    sa.Column('funding', sa.String(length=40), nullable=False),
    sa.Column('operation', sa.String(length=100), nullable=True),
    sa.Column('cost_code', sa.String(length=64), nullable=True),
    sa.Column('area_code', sa.String(length=32), nullable=True),
    sa.Column('area_name', sa.String(length=200), nullable=True),
    sa.Column('lpa_code', sa.String(length=32), nullable=True),
    sa.Column('lpa_name', sa.String(length=200), nullable=True),
    sa.Column('team_code', sa.String(length=32), nullable=True),
    sa.Column('visible', sa.Boolean(), nullable=False),
    sa.Column('least_ms', sa.BigInteger(), nullable=False),
    sa.Column('most_ms', sa.BigInteger(), nullable=False),
    sa.Column('patrols', sa.Integer(), nullable=False),
    sa.Column('windows', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_closing_rows_area_id_areas')),
    sa.ForeignKeyConstraint(['closing_id'], ['period_closings.id'], name=op.f('fk_closing_rows_closing_id_period_closings')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_closing_rows_force_id_areas')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_closing_rows_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closing_rows')),
    sa.UniqueConstraint('closing_id', 'number', name=op.f('uq_closing_rows_closing_id_number'))
    )
    op.create_index('ix_closing_rows_closing_id', 'closing_rows', ['closing_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_closing_rows_closing_id', table_name='closing_rows')
    op.drop_table('closing_rows')
    op.drop_index('ix_period_closings_captured_by', table_name='period_closings')
    op.drop_index('ix_period_closings_force_id', table_name='period_closings')
    op.drop_table('period_closings')
    op.drop_index('ix_recorded_slices_force_id_day', table_name='recorded_slices')
    op.drop_index('ix_recorded_slices_officer_id_day', table_name='recorded_slices')
    op.drop_index('ix_recorded_slices_recorded_id', table_name='recorded_slices')
    op.drop_table('recorded_slices')
    op.drop_index('ix_recorded_hours_officer_id', table_name='recorded_hours')
    op.drop_index('ix_recorded_hours_standing', table_name='recorded_hours')
    op.drop_table('recorded_hours')
    op.drop_index('ix_reporting_schemes_standing', table_name='reporting_schemes')
    op.drop_table('reporting_schemes')
