"""Signs outgoing webhooks as Standard Webhooks 1.0 has it: HMAC-SHA256 over id, time and body. Pure.

Several keys give several signatures, of which the receiver needs to know one: so a key is replaced without a gap.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64


def read_secret(text: str) -> bytes:
    """The key in a secret as the standard writes it: `whsec_` and base64 of 24 to 64 bytes. ValueError otherwise; the
    message does not quote it."""
    if not text.startswith(PREFIX):
        raise ValueError(f"must begin with {PREFIX}")
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError("must be base64 after its prefix") from None
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(f"must hold {LEAST_BYTES} to {MOST_BYTES} bytes")
    return key


def signed_headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> Mapping[str, str]:
    """The headers of one attempt: the id of the message, the time of the attempt, a signature by each secret.

    The standard's own example: `msg_p5jXN8AQM9LWM0D4loKWxJek` at 1614265330 with the body `{"test": 2432232314}` and
    the secret `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw` is `v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=`.
    """
    seconds = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    signatures = (hmac.digest(read_secret(each), signed, hashlib.sha256) for each in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }
