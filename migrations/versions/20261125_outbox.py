"""Messages to mailboxes and other systems, where they may go and who hears of what.

Revision: 20261125_outbox
After: 20261125_import_proposals
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261125_outbox'
down_revision = '20261125_import_proposals'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('outbox_messages',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('topic', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('destination_id', sa.Uuid(), nullable=False),
    sa.Column('payload', JSON, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('attempted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dead_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(length=40), nullable=True),
    sa.Column('replays', sa.Integer(), nullable=False),
    sa.CheckConstraint('(claim_id IS NULL) = (claimed_until IS NULL)', name=op.f('ck_outbox_messages_claimed_until_then')),
    sa.CheckConstraint('delivered_at IS NULL OR dead_at IS NULL', name=op.f('ck_outbox_messages_one_end')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_outbox_messages_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_messages'))
    )
    op.create_index('ix_outbox_messages_dead_at', 'outbox_messages', ['dead_at'], unique=False, sqlite_where=sa.text('dead_at IS NOT NULL'), postgresql_where=sa.text('dead_at IS NOT NULL'))
    op.create_index('ix_outbox_messages_force_id_created_at', 'outbox_messages', ['force_id', 'created_at'], unique=False)
    op.create_index('ix_outbox_messages_waiting', 'outbox_messages', ['due_at'], unique=False, sqlite_where=sa.text('delivered_at IS NULL AND dead_at IS NULL'), postgresql_where=sa.text('delivered_at IS NULL AND dead_at IS NULL'))
    op.create_table('destinations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_by', sa.Uuid(), nullable=True),
    sa.Column('void_reason', sa.String(length=500), nullable=True),
    sa.Column('channel', sa.Enum('email', 'teams', 'webhook', name='channel', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=True),
    sa.Column('role', sa.Enum('OFFICER', 'SUPERVISOR', 'COMMANDER', 'PLANNER', 'INTEL', 'AUDITOR', 'ADMIN', 'INTEGRATION', name='role', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('mailbox', sa.String(length=254), nullable=True),
    sa.Column('host', sa.String(length=253), nullable=True),
    sa.Column('officers_named', sa.Boolean(), nullable=False),
    sa.CheckConstraint('(area_id IS NULL) = (role IS NULL)', name=op.f('ck_destinations_whose')),
    sa.CheckConstraint('(mailbox IS NULL) <> (host IS NULL)', name=op.f('ck_destinations_one_address')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_destinations_area_id_areas')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_destinations_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_destinations_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_destinations_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['voided_by'], ['officers.id'], name=op.f('fk_destinations_voided_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_destinations'))
    )
    op.create_index(op.f('ix_destinations_captured_by'), 'destinations', ['captured_by'], unique=False)
    op.create_index('ix_destinations_force_id', 'destinations', ['force_id'], unique=False)
    op.create_table('destination_secrets',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('destination_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('use', sa.String(length=10), nullable=False),
    sa.Column('value', sa.String(length=2000), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_destination_secrets_captured_by_officers')),
    sa.ForeignKeyConstraint(['destination_id'], ['destinations.id'], name=op.f('fk_destination_secrets_destination_id_destinations')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_destination_secrets_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_destination_secrets_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_destination_secrets'))
    )
    op.create_index(op.f('ix_destination_secrets_captured_by'), 'destination_secrets', ['captured_by'], unique=False)
    op.create_index('ix_destination_secrets_destination_id', 'destination_secrets', ['destination_id'], unique=False)
    op.create_table('subscriptions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_by', sa.Uuid(), nullable=True),
    sa.Column('void_reason', sa.String(length=500), nullable=True),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('topics', JSON, nullable=False),
    sa.Column('destination_id', sa.Uuid(), nullable=True),
    sa.Column('role', sa.Enum('OFFICER', 'SUPERVISOR', 'COMMANDER', 'PLANNER', 'INTEL', 'AUDITOR', 'ADMIN', 'INTEGRATION', name='role', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('quiet_from', sa.Integer(), nullable=True),
    sa.Column('quiet_until', sa.Integer(), nullable=True),
    sa.Column('digest_at', sa.Integer(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.CheckConstraint('(destination_id IS NULL) <> (role IS NULL)', name=op.f('ck_subscriptions_to_one')),
    sa.CheckConstraint('(quiet_from IS NULL) = (quiet_until IS NULL)', name=op.f('ck_subscriptions_quiet_until_then')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_subscriptions_area_id_areas')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_subscriptions_captured_by_officers')),
    sa.ForeignKeyConstraint(['destination_id'], ['destinations.id'], name=op.f('fk_subscriptions_destination_id_destinations')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_subscriptions_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_subscriptions_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['voided_by'], ['officers.id'], name=op.f('fk_subscriptions_voided_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions'))
    )
    op.create_index(op.f('ix_subscriptions_captured_by'), 'subscriptions', ['captured_by'], unique=False)
    op.create_index('ix_subscriptions_force_id', 'subscriptions', ['force_id'], unique=False)
    op.create_table('told_occasions',
    sa.Column('destination_id', sa.Uuid(), nullable=False),
    sa.Column('occasion_id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['destination_id'], ['destinations.id'], name=op.f('fk_told_occasions_destination_id_destinations')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_told_occasions_force_id_areas')),
    sa.PrimaryKeyConstraint('destination_id', 'occasion_id', name=op.f('pk_told_occasions'))
    )
    op.create_index('ix_told_occasions_told_at', 'told_occasions', ['told_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_told_occasions_told_at', table_name='told_occasions')
    op.drop_table('told_occasions')
    op.drop_index('ix_subscriptions_force_id', table_name='subscriptions')
    op.drop_index(op.f('ix_subscriptions_captured_by'), table_name='subscriptions')
    op.drop_table('subscriptions')
    op.drop_index('ix_destination_secrets_destination_id', table_name='destination_secrets')
    op.drop_index(op.f('ix_destination_secrets_captured_by'), table_name='destination_secrets')
    op.drop_table('destination_secrets')
    op.drop_index('ix_destinations_force_id', table_name='destinations')
    op.drop_index(op.f('ix_destinations_captured_by'), table_name='destinations')
    op.drop_table('destinations')
    op.drop_index('ix_outbox_messages_waiting', table_name='outbox_messages', sqlite_where=sa.text('delivered_at IS NULL AND dead_at IS NULL'), postgresql_where=sa.text('delivered_at IS NULL AND dead_at IS NULL'))
    op.drop_index('ix_outbox_messages_dead_at', table_name='outbox_messages', sqlite_where=sa.text('dead_at IS NOT NULL'), postgresql_where=sa.text('dead_at IS NOT NULL'))
    op.drop_index('ix_outbox_messages_force_id_created_at', table_name='outbox_messages')
    op.drop_table('outbox_messages')
