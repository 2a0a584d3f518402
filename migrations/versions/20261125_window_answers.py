"""What officers say to the windows they are tasked with.

Revision: 20261125_window_answers
After: 20261125_visits
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_window_answers'
down_revision = '20261125_visits'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('window_answers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('captured_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=False),
    sa.Column('answer', sa.Enum('ACCEPTED', 'DECLINED', name='answer', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason_code', sa.String(length=64), nullable=True),
    sa.Column('text', sa.String(length=500), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['captured_by'], ['officers.id'], name=op.f('fk_window_answers_captured_by_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_window_answers_force_id_areas')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['officers.id'], name=op.f('fk_window_answers_uploaded_by_officers')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_window_answers_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_window_answers'))
    )
    op.create_index(op.f('ix_window_answers_captured_by'), 'window_answers', ['captured_by'], unique=False)
    op.create_index('ix_window_answers_window_id', 'window_answers', ['window_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_window_answers_window_id', table_name='window_answers')
    op.drop_index(op.f('ix_window_answers_captured_by'), table_name='window_answers')
    op.drop_table('window_answers')
