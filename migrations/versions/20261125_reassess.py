"""Patrols that are to be judged again: causes, what is due, runs and what they changed; why a judgement was made.

Revision: reassess
After: 20261125_reviews
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
BOX = ("west", "south", "east", "north")

revision = 'reassess'
down_revision = '20261125_reviews'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('patrol_assessments', sa.Column('cause', sa.String(length=30), nullable=True))
    for name in BOX:
        op.add_column('patrol_lines', sa.Column(name, sa.Float(), nullable=True))
    op.create_table('reassess_causes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('basis', sa.Enum('boundary', 'hotspot_end', 'policy', name='basis', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('hotspot_id', sa.Uuid(), nullable=True),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('until_day', sa.Date(), nullable=True),
    sa.Column('detail', sa.String(length=64), nullable=True),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expanded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_reassess_causes_force_id_areas')),
    sa.ForeignKeyConstraint(['hotspot_id'], ['hotspots.id'], name=op.f('fk_reassess_causes_hotspot_id_hotspots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reassess_causes'))
    )
    op.create_index('ix_reassess_causes_expanded_at', 'reassess_causes', ['expanded_at'], unique=False)
    op.create_table('reassess_due',
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('cause_id', sa.Uuid(), nullable=False),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['cause_id'], ['reassess_causes.id'], name=op.f('fk_reassess_due_cause_id_reassess_causes')),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_reassess_due_patrol_id_patrols')),
    sa.PrimaryKeyConstraint('patrol_id', 'cause_id', name=op.f('pk_reassess_due'))
    )
    op.create_index('ix_reassess_due_tried_at', 'reassess_due', ['tried_at'], unique=False)
    op.create_table('reassess_runs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=False),
    sa.Column('selection', JSON, nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('selected', sa.Integer(), nullable=False),
    sa.Column('looked_at', sa.Integer(), nullable=False),
    sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cursor_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['actor_id'], ['officers.id'], name=op.f('fk_reassess_runs_actor_id_officers')),
    sa.ForeignKeyConstraint(['force_id'], ['areas.id'], name=op.f('fk_reassess_runs_force_id_areas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reassess_runs'))
    )
    op.create_table('reassessed_patrols',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('patrol_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('before_status', sa.String(length=30), nullable=True),
    sa.Column('after_status', sa.String(length=30), nullable=True),
    sa.Column('before_ms', sa.BigInteger(), nullable=False),
    sa.Column('after_ms', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['patrol_id'], ['patrols.id'], name=op.f('fk_reassessed_patrols_patrol_id_patrols')),
    sa.ForeignKeyConstraint(['run_id'], ['reassess_runs.id'], name=op.f('fk_reassessed_patrols_run_id_reassess_runs')),
    sa.PrimaryKeyConstraint('run_id', 'patrol_id', name=op.f('pk_reassessed_patrols'))
    )
    op.create_table('reassessed_windows',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('window_id', sa.Uuid(), nullable=False),
    sa.Column('before_status', sa.String(length=30), nullable=True),
    sa.Column('after_status', sa.String(length=30), nullable=True),
    sa.Column('before_ms', sa.BigInteger(), nullable=False),
    sa.Column('after_ms', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['reassess_runs.id'], name=op.f('fk_reassessed_windows_run_id_reassess_runs')),
    sa.ForeignKeyConstraint(['window_id'], ['tasking_windows.id'], name=op.f('fk_reassessed_windows_window_id_tasking_windows')),
    sa.PrimaryKeyConstraint('run_id', 'window_id', name=op.f('pk_reassessed_windows'))
    )


def downgrade() -> None:
    op.drop_table('reassessed_windows')
    op.drop_table('reassessed_patrols')
    op.drop_table('reassess_runs')
    op.drop_index('ix_reassess_due_tried_at', table_name='reassess_due')
    op.drop_table('reassess_due')
    op.drop_index('ix_reassess_causes_expanded_at', table_name='reassess_causes')
    op.drop_table('reassess_causes')
    for name in reversed(BOX):
        op.drop_column('patrol_lines', name)
    op.drop_column('patrol_assessments', 'cause')
