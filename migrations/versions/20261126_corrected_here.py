"""What was corrected here of what a file told.

Corrections made before turned such a record into a phone's, and no file found it under its reference any more: it is
given back what it was.

Revision: 20261126_corrected_here
After: 20261125_wmnow
"""

from uuid import uuid5

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '20261126_corrected_here'
down_revision = '20261125_wmnow'
branch_labels = None
depends_on = None

# Which of their words were corrected is not worked out here: no file changes any of them.
KINDS = {
    'engagements': (
        'engagement',
        ['area_id', 'engagement_type', 'issues', 'method', 'minority_groups', 'minutes', 'occurred_at', 'officers',
         'partners', 'patrol_id', 'people_reached', 'planned', 'position', 'priority_groups', 'priority_reference',
         'published', 'reach_band'],
    ),
    'abstractions': (
        'abstraction',
        ['abstracted_collar_number', 'authorising_collar_number', 'authority_level', 'backfilled', 'destination',
         'destination_area_id', 'destination_unit', 'ends_at', 'notice_minutes', 'post_role', 'reason_code',
         'reason_text', 'starts_at', 'window_id'],
    ),
}  # fmt: skip


def upgrade() -> None:
    for table, (kind, names) in KINDS.items():
        op.add_column(table, sa.Column('corrected_here', JSON, nullable=True))
        if not context.is_offline_mode():
            _give_back(table, kind, names)


def _give_back(table: str, kind: str, names: list[str]) -> None:
    rows = sa.table(
        table, sa.column('id', sa.Uuid()), sa.column('force_id', sa.Uuid()), sa.column('source', sa.String()),
        sa.column('reference', sa.String()), sa.column('revision', sa.Integer()),
        sa.column('corrected_here', JSON),
    )  # fmt: skip
    before = sa.table(
        'fact_revisions', sa.column('fact_id', sa.Uuid()), sa.column('revision', sa.Integer()),
        sa.column('content', JSON),
    )  # fmt: skip
    connection = op.get_bind()
    corrected = connection.execute(
        sa.select(rows.c.id, rows.c.force_id, before.c.content)
        .join_from(rows, before, before.c.fact_id == rows.c.id)
        .where(rows.c.source == 'phone', rows.c.revision > 1, before.c.revision == 1)
    ).all()
    for fact_id, force_id, content in corrected:
        reference = content.get('reference')
        # What a file brings is named after its reference.
        if reference is not None and fact_id == uuid5(force_id, f'{kind} {reference}'):
            change = sa.update(rows).where(rows.c.id == fact_id)
            connection.execute(change.values(source='import', reference=reference, corrected_here=names))


def downgrade() -> None:
    for table in reversed(KINDS):
        op.drop_column(table, 'corrected_here')
