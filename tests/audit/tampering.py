"""What somebody at the database itself could do to the log, triggers gone: one change at random, and what it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, inspect, select, text, update
from sqlmodel import Session, SQLModel

from app.audit import queries
from app.audit.chain import Event, Leaf, Root, Seal, commitment, seal_hash
from app.audit.models import AuditEntry, AuditEvent, AuditSeal, AuditSubject, AuditUnsealed
from app.audit.sealing import seal_some
from app.clock import utc_now

Tamper = Callable[[Session, Random], str]
EVENTS, SEALS, ENTRIES, WAITING, SUBJECTS = (
    inspect(table).local_table.c for table in (AuditEvent, AuditSeal, AuditEntry, AuditUnsealed, AuditSubject)
)


def without_triggers(session: Session) -> None:
    """Takes every trigger off the log's tables, as their owner can."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        names = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        )
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table in ("audit_events", "audit_seals", "audit_entries", "audit_unsealed", "audit_subjects"):
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def _rows(session: Session, table: type[SQLModel], *order: Any) -> list[dict[str, Any]]:
    return [
        dict(row) for row in session.execute(select(inspect(table).local_table).order_by(*order)).mappings()
    ]


def _entry(session: Session, chance: Random) -> dict[str, Any]:
    return chance.choice(_rows(session, AuditEntry, ENTRIES.seal_number, ENTRIES.position))


def _other(value: Any, chance: Random) -> Any:
    """Something else of the same kind."""
    if isinstance(value, bytes):
        place = chance.randrange(len(value))
        return value[:place] + bytes([value[place] ^ (1 << chance.randrange(8))]) + value[place + 1 :]
    if isinstance(value, UUID) or value is None:
        return UUID(int=chance.getrandbits(128), version=4)
    if isinstance(value, str):
        return value[:-1] + ("x" if value[-1:] != "x" else "y")
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 7, 1000))
    return value + chance.choice((-1, 1)) * timedelta(microseconds=chance.choice((1, 1000, 60_000_000)))


def edit_event(session: Session, chance: Random) -> str:
    victim = _entry(session, chance)["event_id"]
    row = next(one for one in _rows(session, AuditEvent) if one["id"] == victim)
    name = chance.choice(
        ("at", "action", "operation", "actor_id", "force_id", "request_id", "reason", "subjects")
    )
    if name == "action":
        value: Any = "CONSULT" if row["action"] != "CONSULT" else "ALTER"
    elif name == "subjects":
        value = chance.choice(({}, {**row["subjects"], "officer": [str(_other(None, chance))]}))
    elif name in ("request_id", "reason"):
        value = (row[name] or "") + "!"
    else:
        value = _other(row[name], chance)
    session.execute(update(AuditEvent).where(EVENTS.id == victim).values({name: value}))
    return f"{name} of {victim}"


def edit_entry(session: Session, chance: Random) -> str:
    row = _entry(session, chance)
    name = chance.choice(("event_id", "at", "force_id", "salt", "commitment", "position", "erased_at"))
    value = row["at"] if name == "erased_at" else _other(row[name], chance)
    if name == "position":
        value = row["position"] + 500
    place = (ENTRIES.seal_number == row["seal_number"]) & (ENTRIES.position == row["position"])
    session.execute(update(AuditEntry).where(place).values({name: value}))
    return f"{name} of the entry of {row['event_id']}"


def edit_seal(session: Session, chance: Random) -> str:
    row = chance.choice(_rows(session, AuditSeal, SEALS.number))
    name = chance.choice([name for name in row if name != "number"])
    value = row[name] + 5000 if name == "number" else _other(row[name], chance)
    session.execute(update(AuditSeal).where(SEALS.number == row["number"]).values({name: value}))
    return f"{name} of seal {row['number']}"


def delete_event(session: Session, chance: Random) -> str:
    victim = _entry(session, chance)["event_id"]
    session.execute(delete(AuditEvent).where(EVENTS.id == victim))
    return str(victim)


def delete_event_and_entry(session: Session, chance: Random) -> str:
    victim = _entry(session, chance)["event_id"]
    session.execute(delete(AuditEvent).where(EVENTS.id == victim))
    session.execute(delete(AuditEntry).where(ENTRIES.event_id == victim))
    return str(victim)


def delete_entry(session: Session, chance: Random) -> str:
    victim = _entry(session, chance)["event_id"]
    session.execute(delete(AuditEntry).where(ENTRIES.event_id == victim))
    return str(victim)


def delete_seal(session: Session, chance: Random) -> str:
    number = chance.choice(_rows(session, AuditSeal, SEALS.number))["number"]
    session.execute(delete(AuditSeal).where(SEALS.number == number))
    if chance.random() < 0.5:
        session.execute(delete(AuditEntry).where(ENTRIES.seal_number == number))
    return f"seal {number}"


def erase_unlawfully(session: Session, chance: Random) -> str:
    row = _entry(session, chance)
    gone = {"salt": None, "erased_at": row["at"], "erasure_id": chance.choice((None, row["event_id"]))}
    session.execute(update(AuditEntry).where(ENTRIES.event_id == row["event_id"]).values(gone))
    session.execute(delete(AuditEvent).where(EVENTS.id == row["event_id"]))
    return str(row["event_id"])


def _made_up(session: Session, chance: Random) -> dict[str, Any]:
    # Any but the newest: what is dated within ten minutes before the seal before it is taken as it stands.
    row = chance.choice(_rows(session, AuditEvent, EVENTS.at, EVENTS.id)[:-1])
    row["id"] = UUID(int=chance.getrandbits(128), version=4)
    row["at"] = _other(row["at"], chance)
    session.execute(insert(AuditEvent).values(row))
    return row


def insert_event(session: Session, chance: Random) -> str:
    """Past the queue, or through it but dated back; in half of all cases it is sealed like any other."""
    row = _made_up(session, chance)
    if chance.random() < 0.5:
        session.execute(insert(AuditUnsealed).values(event_id=row["id"], queued_at=utc_now()))
        head = queries.last_seal(session)
        assert head is not None
        assert seal_some(session, head.sealed_at + timedelta(seconds=5)) == 1
    elif chance.random() < 0.5:
        session.execute(insert(AuditUnsealed).values(event_id=row["id"], queued_at=row["at"]))
    return str(row["id"])


def edit_subject(session: Session, chance: Random) -> str:
    """An event is no longer found by what it names, or by what it does not name."""
    row = chance.choice(_rows(session, AuditSubject, SUBJECTS.event_id, SUBJECTS.kind, SUBJECTS.subject_id))
    place = (SUBJECTS.event_id == row["event_id"]) & (SUBJECTS.subject_id == row["subject_id"])
    how = chance.choice(("delete", "add", "event_id", "subject_id", "kind"))
    if how == "delete":
        session.execute(delete(AuditSubject).where(place))
    elif how == "add":
        session.execute(insert(AuditSubject).values({**row, "subject_id": _other(None, chance)}))
    else:
        session.execute(update(AuditSubject).where(place).values({how: _other(row[how], chance)}))
    return f"{how} of a subject of {row['event_id']}"


def insert_into_a_seal(session: Session, chance: Random) -> str:
    row, like = _made_up(session, chance), _entry(session, chance)
    event = Event(**{**row, "action": str(row["action"])})
    last = max(
        one["position"] for one in _rows(session, AuditEntry) if one["seal_number"] == like["seal_number"]
    )
    entry = {
        **like, "position": last + 1, "event_id": row["id"], "at": row["at"], "force_id": row["force_id"],
        "commitment": commitment(like["salt"], event),
    }  # fmt: skip
    session.execute(insert(AuditEntry).values(entry))
    return str(row["id"])


def swap_entries(session: Session, chance: Random) -> str:
    """Two events change their places, each with all that is held of it."""
    rows = _rows(session, AuditEntry, ENTRIES.seal_number, ENTRIES.position)
    one, other = chance.sample(rows, 2)
    places = [{name: row[name] for name in ("seal_number", "position")} for row in (one, other)]
    session.execute(delete(AuditEntry).where(ENTRIES.event_id.in_([one["event_id"], other["event_id"]])))
    session.execute(insert(AuditEntry), [{**one, **places[1]}, {**other, **places[0]}])
    return f"{one['event_id']} and {other['event_id']}"


def swap_contents(session: Session, chance: Random) -> str:
    """Two events change what they say and keep their ids."""
    one, other = chance.sample(_rows(session, AuditEvent, EVENTS.at, EVENTS.id), 2)
    for row, told in ((one, other), (other, one)):
        values = {name: value for name, value in told.items() if name != "id"}
        session.execute(update(AuditEvent).where(EVENTS.id == row["id"]).values(values))
    return f"{one['id']} and {other['id']}"


def swap_seals(session: Session, chance: Random) -> str:
    one, other = chance.sample(_rows(session, AuditSeal, SEALS.number), 2)
    session.execute(delete(AuditSeal).where(SEALS.number.in_([one["number"], other["number"]])))
    session.execute(
        insert(AuditSeal), [{**one, "number": other["number"]}, {**other, "number": one["number"]}]
    )
    return f"seals {one['number']} and {other['number']}"


def rewrite(session: Session, chance: Random) -> str:
    """An event edited by somebody who knows how seals are made: entry and seal, perhaps all later seals, follow."""
    row = _entry(session, chance)
    event = next(one for one in queries.entries(session) if one.leaf.event_id == row["event_id"]).event
    assert event is not None
    edited = replace(event, operation=event.operation + "?")
    session.execute(update(AuditEvent).where(EVENTS.id == event.id).values(operation=edited.operation))
    changed = commitment(row["salt"], edited)
    session.execute(update(AuditEntry).where(ENTRIES.event_id == event.id).values(commitment=changed))
    last = chance.choice((row["seal_number"], 10_000))
    reseal(session, row["seal_number"], last)
    return f"{event.id}, seals {row['seal_number']} to {last} made anew"


def reseal(session: Session, first: int, last: int) -> None:
    """Makes seals anew over what they hold now."""
    held: dict[int, list[Leaf]] = {}
    for entry in queries.entries(session):
        held.setdefault(entry.seal_number, []).append(entry.leaf)
    before: Seal | None = None
    for seal in list(queries.seals(session)):
        if first <= seal.number <= last:
            root = Root()
            for leaf in held[seal.number]:
                root.add(leaf)
            previous = before.seal_hash if before else seal.previous
            anew = replace(seal, root=root.value(), previous=previous)
            before = replace(anew, seal_hash=seal_hash(anew))
            values = {"root": before.root, "previous": before.previous, "seal_hash": before.seal_hash}
            session.execute(update(AuditSeal).where(SEALS.number == seal.number).values(values))
        else:
            before = seal


def cut_tail(session: Session, chance: Random) -> str:
    """The newest seals go with all they hold, as an older backup would have it; or their events wait once more."""
    numbers = [row["number"] for row in _rows(session, AuditSeal, SEALS.number)]
    since = chance.choice(numbers)
    ids = [row["event_id"] for row in _rows(session, AuditEntry) if row["seal_number"] >= since]
    session.execute(delete(AuditSeal).where(SEALS.number >= since))
    session.execute(delete(AuditEntry).where(ENTRIES.seal_number >= since))
    session.execute(delete(AuditSubject).where(SUBJECTS.event_id.in_(ids)))
    if chance.random() < 0.7:
        session.execute(delete(AuditEvent).where(EVENTS.id.in_(ids)))
    else:
        session.execute(insert(AuditUnsealed), [{"event_id": one, "queued_at": utc_now()} for one in ids])
    return f"everything since seal {since}"


TAMPERS: tuple[Tamper, ...] = (
    edit_event, edit_event, edit_entry, edit_seal, delete_event, delete_event_and_entry, delete_entry, delete_seal,
    erase_unlawfully, insert_event, insert_into_a_seal, edit_subject, swap_entries, swap_contents, swap_seals,
    rewrite, cut_tail,
)  # fmt: skip
