"""Alerts, who deals with them, and the rules by which they are raised.

Revision: 20261125_alerts
After: 20261125_dip_samples
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_alerts'
down_revision = '20261125_dip_samples'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alert_rules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('NO_CHECK_IN', 'WINDOW_UNASSIGNED', 'SILENT_PHONE', 'FORGOTTEN_CHECK_OUT', 'REVIEW_WAITING', name='alert_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('applies', sa.Enum('always', 'by_name', 'never', name='applies', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('after_minutes', sa.Integer(), nullable=False),
    sa.Column('escalates_minutes', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_alert_rules_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_rules')),
    sa.UniqueConstraint('force_id', 'kind', 'valid_from', name=op.f('uq_alert_rules_force_id_kind_valid_from'))
    )
    op.create_table('alerts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('NO_CHECK_IN', 'WINDOW_UNASSIGNED', 'SILENT_PHONE', 'FORGOTTEN_CHECK_OUT', 'REVIEW_WAITING', name='alert_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('patrol_id', sa.Uuid(), nullable=True),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('occasion', sa.String(length=40), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('since_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('escalates_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cleared_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cleared_because', sa.Enum('ASSIGNED', 'CHECKED_IN', 'REPORTING', 'CHECKED_OUT', 'CLOSED', 'VOIDED', 'DECIDED', 'CANCELLED', 'MOVED', 'WINDOW_BEGAN', 'WINDOW_OVER', 'TOO_OLD', 'NO_LONGER', name='clearing', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.CheckConstraint('(cleared_at IS NULL) = (cleared_because IS NULL)', name=op.f('ck_alerts_cleared_for_a_reason')),
    sa.CheckConstraint('(patrol_id IS NULL) <> (window_id IS NULL)', name=op.f('ck_alerts_of_one_thing')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_alerts_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_alerts_force_id_areas')),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_alerts_officer_id_officers')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_alerts_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_alerts_team_id_teams')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_alerts_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alerts'))
    )
    op.create_index('ix_alerts_force_id_raised_at', 'alerts', ['force_id', 'raised_at'], unique=False)
    op.create_index('ix_alerts_officer_id_raised_at', 'alerts', ['officer_id', 'raised_at'], unique=False)
    op.create_index('ix_alerts_open', 'alerts', ['force_id'], unique=False, sqlite_where=sa.text('cleared_at IS NULL'), postgresql_where=sa.text('cleared_at IS NULL'))
    op.create_index('ix_alerts_patrol_id', 'alerts', ['patrol_id'], unique=False)
    op.create_index('ix_alerts_team_id_raised_at', 'alerts', ['team_id', 'raised_at'], unique=False)
    op.create_index('ix_alerts_window_id', 'alerts', ['window_id'], unique=False)
    op.create_table('alert_acknowledgements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('alert_id', sa.Uuid(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['alert_id'], ['alerts.id'], name=op.f('fk_alert_acknowledgements_alert_id_alerts')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_alert_acknowledgements_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_alert_acknowledgements_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_alert_acknowledgements_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_acknowledgements'))
    )
    op.create_index('ix_alert_acknowledgements_alert_id', 'alert_acknowledgements', ['alert_id'], unique=False)
    op.create_index(op.f('ix_alert_acknowledgements_captured_by'), 'alert_acknowledgements', ['captured_by'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_alert_acknowledgements_captured_by'), table_name='alert_acknowledgements')
    op.drop_index('ix_alert_acknowledgements_alert_id', table_name='alert_acknowledgements')
    op.drop_table('alert_acknowledgements')
    op.drop_index('ix_alerts_window_id', table_name='alerts')
    op.drop_index('ix_alerts_team_id_raised_at', table_name='alerts')
    op.drop_index('ix_alerts_patrol_id', table_name='alerts')
    op.drop_index('ix_alerts_open', table_name='alerts', sqlite_where=sa.text('cleared_at IS NULL'), postgresql_where=sa.text('cleared_at IS NULL'))
    op.drop_index('ix_alerts_officer_id_raised_at', table_name='alerts')
    op.drop_index('ix_alerts_force_id_raised_at', table_name='alerts')
    op.drop_table('alerts')
    op.drop_table('alert_rules')
