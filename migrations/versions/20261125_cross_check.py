"""Add what several patrols say about each other, and which patrols are still to be compared.

Revision: 20261125_cross_check
After: 20261122
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261125_cross_check'
down_revision = 'reassess'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('cross_check_due',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_cross_check_due_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', name=op.f('pk_cross_check_due'))
    )
    op.create_table('cross_check_flags',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('other_patrol_id', sa.Uuid(), nullable=False),
    sa.Column('flag', sa.Enum('shared_track', 'two_places', 'crew_elsewhere', name='cross_flag', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('asks_review', sa.Boolean(), nullable=False),
    sa.Column('evidence', JSON, nullable=False),
    sa.Column('policy_version', sa.String(length=32), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['other_patrol_id'], ['patrols.id'], name=op.f('fk_cross_check_flags_other_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_cross_check_flags_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cross_check_flags'))
    )
    op.create_index('ix_cross_check_flags_other_patrol_id', 'cross_check_flags', ['other_patrol_id'], unique=False)
    op.create_index('ix_cross_check_flags_patrol_id', 'cross_check_flags', ['patrol_id'], unique=False)
    op.create_index('ix_cross_check_flags_standing', 'cross_check_flags', ['patrol_id', 'other_patrol_id', 'flag'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))


def downgrade() -> None:
    op.drop_table('cross_check_flags')
    op.drop_table('cross_check_due')
