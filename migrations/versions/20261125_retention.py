"""Retention rules, holds, and what remains of positions that were erased.

Revision: 20261125_retention
After: 20261125_audit
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_retention'
down_revision = '20261125_audit'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('retention_rules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('record_class', sa.Enum('positions', 'kept_aside', 'activity_places', 'searches', 'arrests', 'intelligence', 'referrals', 'outcomes', 'engagements', 'abstractions', 'recorded_officers', 'alerts', 'offence_versions', 'messages', name='record_class', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_retention_rules_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_rules')),
    sa.UniqueConstraint('force_id', 'record_class', 'valid_from', name=op.f('uq_retention_rules_force_id_record_class_valid_from'))
    )
    op.create_table('holds',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.Enum('patrol', 'officer', 'hotspot', name='hold_subject', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.Uuid(), nullable=True),
    sa.Column('release_reason', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_holds_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_holds_force_id_areas')),
    sa.ForeignKeyConstraint(['released_by'], ['officers.id'], name=op.f('fk_holds_released_by_officers')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_holds_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holds'))
    )
    op.create_index(op.f('ix_holds_captured_by'), 'holds', ['captured_by'], unique=False)
    op.create_index('ix_holds_force_id', 'holds', ['force_id'], unique=False)
    op.create_table('patrol_erasures',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rule_days', sa.Integer(), nullable=False),
    sa.Column('rule_valid_from', sa.Date(), nullable=True),
    sa.Column('batches', sa.Integer(), nullable=False),
    sa.Column('fixes', sa.Integer(), nullable=False),
    sa.Column('late_facts', sa.Integer(), nullable=False),
    sa.Column('late_waiting', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_patrol_erasures_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', name=op.f('pk_patrol_erasures'))
    )


def downgrade() -> None:
    op.drop_table('patrol_erasures')
    op.drop_index('ix_holds_force_id', table_name='holds')
    op.drop_index(op.f('ix_holds_captured_by'), table_name='holds')
    op.drop_table('holds')
    op.drop_table('retention_rules')
