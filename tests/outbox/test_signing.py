"""Outgoing webhooks are signed as Standard Webhooks 1.0 has it, by the standard's own example."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from app.outbox.signing import read_secret, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
AT = datetime.fromtimestamp(1614265330, UTC)


def test_the_standards_example() -> None:
    assert signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", AT, b'{"test": 2432232314}', [SECRET]) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def verified(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As a receiver checks it, written anew."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted, each) for each in headers["webhook-signature"].split(" "))


@given(st.binary(max_size=200), st.integers(1_600_000_000, 4_000_000_000))
def test_each_key_signs_and_no_other_is_believed(body: bytes, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    both = dict(signed_headers("id-1", at, body, [SECRET, OTHER]))
    assert verified(both, body, SECRET) and verified(both, body, OTHER)
    one = dict(signed_headers("id-1", at, body, [OTHER]))
    assert verified(one, body, OTHER) and not verified(one, body, SECRET)
    assert not verified(one, body + b" ", OTHER)


@pytest.mark.parametrize(
    "text",
    ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_nö!", "whsec_" + "A" * 120],
)
def test_a_secret_is_as_the_standard_writes_it(text: str) -> None:
    with pytest.raises(ValueError, match="must") as refused:
        read_secret(text)
    assert len(text) < 7 or text not in str(refused.value)
