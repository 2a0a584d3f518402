"""Decisions of supervisors: reviews of patrols and windows, links of patrols to windows, and suggestions of links.

Revision: 20261125_reviews
After: 20261125_officer
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '20261125_reviews'
down_revision = '20261125_officer'
branch_labels = None
depends_on = None

DECISION = sa.Enum('ACCEPT', 'STAND', 'REASON', 'ADJUST', name='decision', native_enum=False, create_constraint=True, length=40)


def fact_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('content_hash', sa.LargeBinary(), nullable=False),
        sa.Column('captured_by', sa.Uuid(), nullable=False),
        sa.Column('uploaded_by', sa.Uuid(), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('force_id', sa.Uuid(), nullable=False),
    ]


def fact_keys(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f(f'fk_{table}_captured_by_officers')),
        sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f(f'fk_{table}_force_id_areas')),
        sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f(f'fk_{table}_uploaded_by_officers')),
    ]


def upgrade() -> None:
    op.create_table('reviews',
    *fact_columns(),
    sa.Column('patrol_id', sa.Uuid(), nullable=True),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('decision', DECISION, nullable=False),
    sa.Column('basis', sa.Integer(), nullable=False),
    sa.Column('basis_status', sa.String(length=30), nullable=False),
    sa.Column('basis_review_ms', sa.BigInteger(), nullable=False),
    sa.Column('reason_code', sa.String(length=64), nullable=True),
    sa.Column('adjusted_ms', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('of_window_review', sa.Uuid(), nullable=True),
    sa.Column('rank_order', sa.Integer(), nullable=False),
    sa.CheckConstraint('(patrol_id IS NULL) <> (window_id IS NULL)', name=op.f('ck_reviews_of_one_thing')),
    *fact_keys('reviews'),
    sa.ForeignKeyConstraint(['of_window_review'], ['reviews.id'], name=op.f('fk_reviews_of_window_review_reviews')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_reviews_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_reviews_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews')),
    sa.UniqueConstraint('patrol_id', 'number', name=op.f('uq_reviews_patrol_id_number')),
    sa.UniqueConstraint('window_id', 'number', name=op.f('uq_reviews_window_id_number'))
    )
    op.create_index(op.f('ix_reviews_captured_by'), 'reviews', ['captured_by'], unique=False)
    op.create_table('answered_disputes',
    sa.Column('explanation_id', sa.Uuid(), nullable=False),
    sa.Column('review_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['explanation_id'], ['patrol_explanations.id'], name=op.f('fk_answered_disputes_explanation_id_patrol_explanations')),
    sa.ForeignKeyConstraint(['review_id'], ['reviews.id'], name=op.f('fk_answered_disputes_review_id_reviews')),
    sa.PrimaryKeyConstraint('explanation_id', 'review_id', name=op.f('pk_answered_disputes'))
    )
    op.create_table('window_links',
    *fact_columns(),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    *fact_keys('window_links'),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_window_links_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_window_links_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_window_links')),
    sa.UniqueConstraint('patrol_id', 'number', name=op.f('uq_window_links_patrol_id_number'))
    )
    op.create_index(op.f('ix_window_links_captured_by'), 'window_links', ['captured_by'], unique=False)
    op.create_table('linked_windows',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['window_links.id'], name=op.f('fk_linked_windows_link_id_window_links')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_linked_windows_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_linked_windows_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('patrol_id', name=op.f('pk_linked_windows'))
    )
    op.create_index('ix_linked_windows_window_id', 'linked_windows', ['window_id'], unique=False)
    op.create_table('link_suggestions',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=False),
    sa.Column('verified_ms', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_link_suggestions_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_link_suggestions_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('patrol_id', 'window_id', name=op.f('pk_link_suggestions'))
    )
    op.create_index('ix_link_suggestions_window_id', 'link_suggestions', ['window_id'], unique=False)


def downgrade() -> None:
    op.drop_table('link_suggestions')
    op.drop_table('linked_windows')
    op.drop_table('window_links')
    op.drop_table('answered_disputes')
    op.drop_table('reviews')
