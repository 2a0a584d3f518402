"""What data.police.uk calls areas, areas' priorities and events, and what is published of them.

Revision: 20261126_police_uk
After: 20261125_outbox
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261126_police_uk'
down_revision = '20261125_outbox'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('area_priorities',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.Enum('FORCE', 'POLICE_UK', name='priority_source', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('issue', sa.String(length=2000), nullable=False),
    sa.Column('issue_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('action', sa.String(length=2000), nullable=True),
    sa.Column('action_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_area_priorities_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_area_priorities_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_area_priorities'))
    )
    op.create_index('ix_area_priorities_area_id_valid_from', 'area_priorities', ['area_id', 'valid_from'], unique=False)
    op.create_table('neighbourhood_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=100), nullable=True),
    sa.Column('description', sa.String(length=2000), nullable=True),
    sa.Column('address', sa.String(length=500), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_neighbourhood_events_area_id_areas')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_neighbourhood_events_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_neighbourhood_events'))
    )
    op.create_index('ix_neighbourhood_events_area_id_starts_at', 'neighbourhood_events', ['area_id', 'starts_at'], unique=False)
    op.create_table('publication_packs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('to_day', sa.Date(), nullable=False),
    sa.Column('content', JSON, nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_publication_packs_area_id_areas')),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_publication_packs_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_publication_packs_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_publication_packs_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication_packs'))
    )
    op.create_index('ix_publication_packs_area_id_received_at', 'publication_packs', ['area_id', 'received_at'], unique=False)
    op.create_index(op.f('ix_publication_packs_captured_by'), 'publication_packs', ['captured_by'], unique=False)
    op.create_table('publication_decisions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('pack_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('step', sa.Enum('APPROVED', 'PUBLISHED', 'WITHDRAWN', name='step', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_publication_decisions_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_publication_decisions_force_id_areas')),
    sa.ForeignKeyConstraint(['pack_id'], ['publication_packs.id'], name=op.f('fk_publication_decisions_pack_id_publication_packs')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_publication_decisions_uploaded_by_officers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication_decisions'))
    )
    op.create_index(op.f('ix_publication_decisions_captured_by'), 'publication_decisions', ['captured_by'], unique=False)
    op.create_index('ix_publication_decisions_pack_id_number', 'publication_decisions', ['pack_id', 'number'], unique=True)
    op.add_column('areas', sa.Column('police_uk_id', sa.String(length=64), nullable=True))
    op.add_column('place_versions', sa.Column('police_uk_id', sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column('place_versions', 'police_uk_id')
    op.drop_column('areas', 'police_uk_id')
    op.drop_index('ix_publication_decisions_pack_id_number', table_name='publication_decisions')
    op.drop_index(op.f('ix_publication_decisions_captured_by'), table_name='publication_decisions')
    op.drop_table('publication_decisions')
    op.drop_index(op.f('ix_publication_packs_captured_by'), table_name='publication_packs')
    op.drop_index('ix_publication_packs_area_id_received_at', table_name='publication_packs')
    op.drop_table('publication_packs')
    op.drop_index('ix_neighbourhood_events_area_id_starts_at', table_name='neighbourhood_events')
    op.drop_table('neighbourhood_events')
    op.drop_index('ix_area_priorities_area_id_valid_from', table_name='area_priorities')
    op.drop_table('area_priorities')
