"""The published example of a queue: every kind of fact is in it, each as its own use case reads it."""

import json

from app.sync.kinds import KINDS
from app.sync.reading import read_items
from app.sync.schemas import SyncRequest
from demo.clients.facts import KINDS as SENT_BY_PHONES


def test_the_example_has_every_kind_and_each_is_valid() -> None:
    (example,) = SyncRequest.model_json_schema()["examples"]
    items = example["items"]
    reads = read_items(items)
    assert [each.problem for each in reads if each.problem is not None] == []
    assert {each["kind"] for each in items} == set(KINDS) == set(SENT_BY_PHONES)
    begun = {each["id"] for each in items if each["kind"] == "check-in"}
    assert {each["id"] for each in items if each["kind"] in ("check-out", "void")} == begun


def test_each_fact_has_an_example_at_its_own_address() -> None:
    for kind in KINDS.values():
        examples = kind.model.model_json_schema()["examples"]
        assert examples, kind.name
        for example in examples:
            assert kind.validated(json.dumps(example).encode()), kind.name
