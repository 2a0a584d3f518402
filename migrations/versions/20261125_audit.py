"""Seal the audit log: what waits, seals, what they hold, and triggers that refuse any other change.

Revision: 20261125_audit
After: 20261125_cross_check
"""

import sqlalchemy as sa
from alembic import op

revision = '20261125_audit'
down_revision = '20261125_cross_check'
branch_labels = None
depends_on = None


# By table: what may not happen to it, and when. An event may go when its entry says that it is lawfully erased; an
# entry may be erased once, and change in nothing else; an event waits until an entry holds it.
SQLITE = (
    """CREATE TRIGGER audit_events_queue AFTER INSERT ON audit_events
       BEGIN INSERT INTO audit_unsealed (event_id, queued_at)
             VALUES (NEW.id, strftime('%Y-%m-%d %H:%M:%f000', 'now')); END""",
    """CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
       WHEN NOT EXISTS (SELECT 1 FROM audit_entries WHERE event_id = OLD.id AND erased_at IS NOT NULL)
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_unsealed_no_update BEFORE UPDATE ON audit_unsealed
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_unsealed_no_delete BEFORE DELETE ON audit_unsealed
       WHEN NOT EXISTS (SELECT 1 FROM audit_entries WHERE event_id = OLD.event_id)
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_entries_erase_only BEFORE UPDATE ON audit_entries
       WHEN NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.erasure_id IS NOT NULL
                 AND NEW.salt IS NULL AND NEW.seal_number IS OLD.seal_number AND NEW.position IS OLD.position
                 AND NEW.event_id IS OLD.event_id AND NEW.at IS OLD.at AND NEW.force_id IS OLD.force_id
                 AND NEW.commitment IS OLD.commitment)
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_subjects_no_update BEFORE UPDATE ON audit_subjects
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_subjects_no_delete BEFORE DELETE ON audit_subjects
       WHEN NOT EXISTS (SELECT 1 FROM audit_entries WHERE event_id = OLD.event_id AND erased_at IS NOT NULL)
       BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
)

POSTGRESQL = (
    # As its owner: whoever may add events need not be able to add to the queue, so that it holds nothing else, and the
    # service can log before the grants of a new version are made.
    """CREATE FUNCTION audit_queue() RETURNS trigger LANGUAGE plpgsql
       SECURITY DEFINER SET search_path = public, pg_temp AS $$
       BEGIN
         INSERT INTO audit_unsealed (event_id, queued_at) VALUES (NEW.id, clock_timestamp());
         RETURN NULL;
       END $$""",
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$""",
    """CREATE FUNCTION audit_may_go() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF EXISTS (SELECT 1 FROM audit_entries WHERE event_id = OLD.id AND erased_at IS NOT NULL) THEN
           RETURN OLD;
         END IF;
         RAISE EXCEPTION 'the audit log is only added to';
       END $$""",
    """CREATE FUNCTION audit_subject_may_go() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF EXISTS (SELECT 1 FROM audit_entries WHERE event_id = OLD.event_id AND erased_at IS NOT NULL) THEN
           RETURN OLD;
         END IF;
         RAISE EXCEPTION 'the audit log is only added to';
       END $$""",
    """CREATE FUNCTION audit_has_a_seal() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF EXISTS (SELECT 1 FROM audit_entries WHERE event_id = OLD.event_id) THEN
           RETURN OLD;
         END IF;
         RAISE EXCEPTION 'the audit log is only added to';
       END $$""",
    """CREATE FUNCTION audit_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.erasure_id IS NOT NULL AND NEW.salt IS NULL
            AND (NEW.seal_number, NEW.position, NEW.event_id, NEW.at, NEW.force_id, NEW.commitment)
            IS NOT DISTINCT FROM
            (OLD.seal_number, OLD.position, OLD.event_id, OLD.at, OLD.force_id, OLD.commitment) THEN
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'the audit log is only added to';
       END $$""",
    """CREATE TRIGGER audit_events_queue AFTER INSERT ON audit_events
       FOR EACH ROW EXECUTE FUNCTION audit_queue()""",
    """CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
       FOR EACH ROW EXECUTE FUNCTION audit_may_go()""",
    """CREATE TRIGGER audit_unsealed_no_update BEFORE UPDATE ON audit_unsealed
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_unsealed_no_delete BEFORE DELETE ON audit_unsealed
       FOR EACH ROW EXECUTE FUNCTION audit_has_a_seal()""",
    """CREATE TRIGGER audit_seals_no_change BEFORE UPDATE OR DELETE ON audit_seals
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entries_erase_only BEFORE UPDATE ON audit_entries
       FOR EACH ROW EXECUTE FUNCTION audit_erase_only()""",
    """CREATE TRIGGER audit_subjects_no_update BEFORE UPDATE ON audit_subjects
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_subjects_no_delete BEFORE DELETE ON audit_subjects
       FOR EACH ROW EXECUTE FUNCTION audit_subject_may_go()""",
    """CREATE TRIGGER audit_subjects_no_truncate BEFORE TRUNCATE ON audit_subjects
       FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
       FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_unsealed_no_truncate BEFORE TRUNCATE ON audit_unsealed
       FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON audit_seals
       FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
       FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
)
FUNCTIONS = (
    'audit_queue', 'audit_refuse', 'audit_may_go', 'audit_subject_may_go', 'audit_has_a_seal', 'audit_erase_only',
)
EARLIER_SQLITE = """INSERT INTO audit_earlier (since)
    SELECT strftime('%Y-%m-%d %H:%M:%f000', 'now') WHERE EXISTS (SELECT 1 FROM audit_events)"""
EARLIER_POSTGRESQL = """INSERT INTO audit_earlier (since)
    SELECT clock_timestamp() WHERE EXISTS (SELECT 1 FROM audit_events)"""
OURS_ON_EVENTS = ('audit_events_queue', 'audit_events_no_update', 'audit_events_no_delete')


def upgrade() -> None:
    op.create_table('audit_unsealed',
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_audit_unsealed'))
    )
    op.create_table('audit_earlier',
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('since', name=op.f('pk_audit_earlier'))
    )
    op.create_table('audit_seals',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('first_event_id', sa.Uuid(), nullable=False),
    sa.Column('last_event_id', sa.Uuid(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seal_hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_seals'))
    )
    op.create_table('audit_entries',
    sa.Column('seal_number', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('force_id', sa.Uuid(), nullable=True),
    sa.Column('salt', sa.LargeBinary(), nullable=True),
    sa.Column('commitment', sa.LargeBinary(), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('erasure_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('seal_number', 'position', name=op.f('pk_audit_entries'))
    )
    op.create_index('ix_audit_entries_event_id', 'audit_entries', ['event_id'], unique=True)
    op.create_index('ix_audit_entries_erasure_id', 'audit_entries', ['erasure_id'], unique=False)
    op.create_table('audit_subjects',
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('subject_id', 'kind', 'event_id', name=op.f('pk_audit_subjects'))
    )
    op.create_index('ix_audit_subjects_event_id', 'audit_subjects', ['event_id'], unique=False)
    sqlite = op.get_context().dialect.name == 'sqlite'
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)
    # What was logged before there were seals is sealed first, as it stands, by the sealer and in chunks: queueing all
    # of it here would keep everybody waiting.
    op.execute(EARLIER_SQLITE if sqlite else EARLIER_POSTGRESQL)


def downgrade() -> None:
    sqlite = op.get_context().dialect.name == 'sqlite'
    for trigger in OURS_ON_EVENTS if sqlite else (*OURS_ON_EVENTS, 'audit_events_no_truncate'):
        op.execute(f'DROP TRIGGER {trigger}' if sqlite else f'DROP TRIGGER {trigger} ON audit_events')
    for table in ('audit_subjects', 'audit_entries', 'audit_seals', 'audit_earlier', 'audit_unsealed'):
        op.drop_table(table)
    if not sqlite:
        for function in FUNCTIONS:
            op.execute(f'DROP FUNCTION {function}()')
