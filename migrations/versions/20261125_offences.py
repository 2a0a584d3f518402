"""Offences, which say when a hotspot is to be patrolled.

Revision: 20261125_offences
After: 20261125_retention
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_offences'
down_revision = '20261125_retention'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('offences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(length=32), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('hotspot_id', sa.Uuid(), nullable=True),
    sa.Column('harm_weight', sa.Float(), nullable=True),
    sa.Column('harm_scheme', sa.String(length=100), nullable=True),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(harm_weight IS NULL) = (harm_scheme IS NULL)', name=op.f('ck_offences_harm_has_scheme')),
    sa.CheckConstraint('(lon IS NULL) = (lat IS NULL)', name=op.f('ck_offences_whole_point')),
    sa.CheckConstraint('ends_at >= starts_at', name=op.f('ck_offences_ends_not_before_start')),
    sa.CheckConstraint('harm_weight > 0', name=op.f('ck_offences_harm_is_positive')),
    sa.CheckConstraint('lon IS NOT NULL OR hotspot_id IS NOT NULL', name=op.f('ck_offences_somewhere')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_offences_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_offences_hotspot_id_hotspots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offences')),
    sa.UniqueConstraint('force_id', 'reference', 'version', name=op.f('uq_offences_force_id_reference_version'))
    )
    op.create_index('ix_offences_force_id_starts_at', 'offences', ['force_id', 'starts_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_offences_force_id_starts_at', table_name='offences')
    op.drop_table('offences')
