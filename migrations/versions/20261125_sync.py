"""What is kept aside and why, its corrections, and the feed of what changed for whom.

Revision: 20261125_sync
After: 20261125_engagements
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '20261125_sync'
down_revision = '20261125_engagements'
branch_labels = None
depends_on = None


def upgrade() -> None:
    faults = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
    op.add_column('quarantined_facts', sa.Column('recorded_as', sa.Uuid(), nullable=True))
    op.add_column('quarantined_facts', sa.Column('faults', faults, nullable=True))
    op.create_index('ix_quarantined_facts_parent_id', 'quarantined_facts', ['parent_id'], unique=False)
    op.create_index('ix_quarantined_facts_recorded_as', 'quarantined_facts', ['recorded_as'], unique=False)
    op.create_index('ix_quarantined_facts_uploaded_by', 'quarantined_facts', ['uploaded_by'], unique=False)
    op.create_table('quarantine_corrections',
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('corrected_by', sa.Uuid(), nullable=False),
    sa.Column('corrected_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['corrected_by'], ['officers.id'], name=op.f('fk_quarantine_corrections_corrected_by_officers')),
    sa.ForeignKeyConstraint(['fact_id'], ['quarantined_facts.id'], name=op.f('fk_quarantine_corrections_fact_id_quarantined_facts')),
    sa.PrimaryKeyConstraint('fact_id', 'number', name=op.f('pk_quarantine_corrections'))
    )
    op.create_table('feed_entries',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(), nullable=False),
    sa.Column('commit_number', sa.BigInteger(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('change', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('patrol_id', sa.Uuid(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_feed_entries_officer_id_officers')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_feed_entries')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_feed_entries_officer_id', 'feed_entries', ['officer_id', 'commit_number', 'number'], unique=False)
    op.create_index('ix_feed_entries_told_at', 'feed_entries', ['told_at'], unique=False)
    state = op.create_table('feed_state',
    sa.Column('epoch', sa.Uuid(), nullable=False),
    sa.Column('forgotten_commit', sa.BigInteger(), nullable=False),
    sa.Column('forgotten_number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('epoch', name=op.f('pk_feed_state'))
    )
    op.bulk_insert(state, [{'epoch': uuid4(), 'forgotten_commit': 0, 'forgotten_number': 0}])


def downgrade() -> None:
    op.drop_table('feed_state')
    op.drop_index('ix_feed_entries_told_at', table_name='feed_entries')
    op.drop_index('ix_feed_entries_officer_id', table_name='feed_entries')
    op.drop_table('feed_entries')
    op.drop_table('quarantine_corrections')
    op.drop_index('ix_quarantined_facts_uploaded_by', table_name='quarantined_facts')
    op.drop_index('ix_quarantined_facts_recorded_as', table_name='quarantined_facts')
    op.drop_index('ix_quarantined_facts_parent_id', table_name='quarantined_facts')
    op.drop_column('quarantined_facts', 'faults')
    op.drop_column('quarantined_facts', 'recorded_as')
