"""A whole shift of one phone, of every kind of fact, and what the database must hold of it in the end.

The same number gives the same shift to the last byte, so that what a phone captured can be told without asking it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.clock import rfc3339, to_ms
from demo.clients.facts import Item, JsonObject, amended, check_in, check_out, fix_batch
from demo.clients.fixes import Fix
from demo.ids import named_uuid7

BEGINS = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
FIXES = 20
# The south-west corner of the hotspot TGP-1 of the small force; its module would cost each phone a second at start.
WEST, SOUTH = -1.8985, 52.4810
_FACTS: JsonObject = {"programme": "TGP_SCHEDULED", "uniform_state": "UNIFORM", "mode": "FOOT"}


def collar_of(number: int) -> str:
    return f"P{number:03}"


class Shift:
    """What the phone of one officer captures, step by step; each step is captured at once. `window_id`: for where."""

    def __init__(self, number: int, window_id: UUID) -> None:
        self.number = number
        self.window_id = window_id
        self.collar = collar_of(number)
        self.device_id = self._id("device", 0)

    def _id(self, what: str, minute: int) -> UUID:
        return named_uuid7(to_ms(BEGINS + timedelta(minutes=minute)), f"{self.number} {what}")

    def _at(self, minute: int) -> str:
        return rfc3339(BEGINS + timedelta(minutes=minute))

    def _fix(self, second: int) -> Fix:
        # Nobody walks in somebody else's steps.
        lat = SOUTH + 0.0004 + 0.00003 * (self.number % 100) + 0.00001 * (second % 7)
        return Fix(to_ms(BEGINS) + 1000 * second, round(lat, 7), round(WEST + 0.000002 * second, 7), 8.0)

    def _batch(self, patrol_id: UUID, sequence: int) -> Item:
        first = sequence * FIXES
        fixes = tuple(self._fix(30 * (first + place)) for place in range(FIXES))
        return fix_batch(patrol_id, self._id(f"batch {sequence}", 10), self.device_id, sequence, fixes)

    def items(self) -> list[Item]:
        """Everything, in the order of capture."""
        return [item for step in self.steps() for item in step]

    def steps(self) -> Iterator[list[Item]]:
        patrol_id = self._id("patrol", 0)
        on_patrol: JsonObject = {"patrol_id": str(patrol_id)}
        said: JsonObject = {"answer": "ACCEPTED", "answered_at": self._at(-60)}
        yield [Item("window-answer", self._id("answer", -60), said, self.window_id)]
        begins = {**_FACTS, "operation": f"shift {self.number}", "window_id": str(self.window_id)}
        yield [check_in(patrol_id, self.device_id, to_ms(BEGINS), self._fix(0), begins)]
        yield [self._batch(patrol_id, 0), *self._searches(on_patrol)]
        yield [self._batch(patrol_id, 1), self._batch(patrol_id, 2), *self._talks(on_patrol)]
        yield [self._batch(patrol_id, 3), *self._referral(on_patrol)]
        yield [self._batch(patrol_id, 4), self._batch(patrol_id, 5)]
        why = {
            "reason": "ARREST_MADE",
            "log_number": f"LOG-{self.number}",
            "activity_id": str(self._id("arrest", 21)),
        }
        yield [check_out(patrol_id, to_ms(BEGINS + timedelta(minutes=62)), self._fix(3700), **why)]
        yield [*self._away(), *self._words(patrol_id)]
        yield self._mistake()

    def _searches(self, on_patrol: JsonObject) -> list[Item]:
        arrest = self._id("arrest", 21)
        search = Item(
            "activity",
            self._id("search", 18),
            {
                "kind": "STOP_SEARCH", "level": "record", "occurred_at": self._at(18), **on_patrol,
                "search_type": "PERSON", "legislation_code": "PACE1", "object_code": "WEAPON",
                "grounds": f"Grounds {self.number}.", "outcome_code": "ARREST", "age": 18 + self.number % 50,
                "self_defined_ethnicity": "W1", "arrest_id": str(arrest), "reference": f"SS-{self.number}",
            },
        )  # fmt: skip
        taken = {
            "kind": "ARREST", "level": "reference", "occurred_at": self._at(21), **on_patrol, "disposal": "CUSTODY",
            "reference": f"AR-{self.number}", "from_search_id": str(search.id),
        }  # fmt: skip
        twice = {
            "kind": "OUTCOME", "level": "reference", "occurred_at": self._at(22), **on_patrol,
            "outcome_type": "FIRST_AID", "reference": f"OC-{self.number}",
        }  # fmt: skip
        mistaken = Item("activity", self._id("outcome", 22), twice)
        return [
            search,
            Item("activity", arrest, taken),
            amended(search, 1, "The receipt was missing.", receipt_reference=f"R-{self.number}"),
            mistaken,
            Item("activity-void", mistaken.id, {"reason": f"Logged twice {self.number}."}),
        ]

    def _talks(self, on_patrol: JsonObject) -> list[Item]:
        talk = Item(
            "engagement",
            self._id("talk", 25),
            {
                "occurred_at": self._at(25), "engagement_type": "HOTSPOT_CHAT", "method": "FACE", **on_patrol,
                "people_reached": self.number, "priority_groups": ["RESIDENTS"], "reference": f"EN-{self.number}",
            },
        )  # fmt: skip
        mistaken = Item(
            "engagement", self._id("no talk", 26), {"occurred_at": self._at(26), "engagement_type": "STREET_BRIEF"}
        )  # fmt: skip
        promise: JsonObject = {
            "you_said": f"The lamp at number {self.number} is out.",
            "due_on": "2026-03-16",
        }
        return [
            talk,
            amended(talk, 1, "One more joined.", people_reached=self.number + 1),
            Item("engagement-action", self._id("promise", 27), promise, talk.id),
            mistaken,
            Item("engagement-void", mistaken.id, {"reason": f"It was no talk {self.number}."}),
        ]

    def _referral(self, on_patrol: JsonObject) -> list[Item]:
        referred = {
            "kind": "REFERRAL", "level": "reference", "occurred_at": self._at(40), **on_patrol,
            "referral_type": "HOMELESS", "status": "SENT", "reference": f"RF-{self.number}",
        }  # fmt: skip
        referral = Item("activity", self._id("referral", 40), referred)
        heard: JsonObject = {
            "status": "ACCEPTED",
            "heard_at": self._at(50),
            "reference": f"OUT-{self.number}",
        }
        return [referral, Item("referral-follow-up", self._id("heard", 50), heard, referral.id)]

    def _away(self) -> list[Item]:
        away = Item(
            "abstraction",
            self._id("away", 63),
            {
                "reason_code": "CUSTODY", "authorising_collar_number": "4111", "authority_level": "SGT",
                "starts_at": self._at(63), "post_role": "DNO", "reference": f"AB-{self.number}",
            },
        )  # fmt: skip
        mistaken = Item(
            "abstraction", self._id("not away", 64), {"reason_code": "COURT", "starts_at": self._at(64)}
        )
        return [
            away,
            amended(away, 1, "Back on the beat.", ends_at=self._at(180)),
            mistaken,
            Item("abstraction-void", mistaken.id, {"reason": f"It was next week {self.number}."}),
        ]

    def _words(self, patrol_id: UUID) -> list[Item]:
        words: JsonObject = {
            "kind": "EXPLANATION", "text": f"In custody, shift {self.number}.", "reason_code": "ARREST_MADE",
        }  # fmt: skip
        return [Item("explanation", self._id("words", 70), words, patrol_id)]

    def _mistake(self) -> list[Item]:
        patrol_id = self._id("mistake", 90)
        begins = {**_FACTS, "operation": f"mistake {self.number}"}
        begun = check_in(patrol_id, self.device_id, to_ms(BEGINS + timedelta(minutes=90)), None, begins)
        return [begun, Item("void", patrol_id, {"reason": f"Touched by mistake {self.number}."})]
