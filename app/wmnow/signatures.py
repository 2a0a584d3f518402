"""Decides whether a message was signed by the tracker, as Standard Webhooks 1.0 has it. Pure.

The signature is over the bytes as they came, before anybody reads them. A message older or newer than five minutes is
refused, so that one overheard cannot be sent again later; within them the inbox knows it by its id.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_MOST_SIGNATURES = 10


def refusal(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime) -> str | None:
    """Why a message is not believed, as a code for the log; None when one of its signatures is by one of the keys.

    Every key is tried whatever came before, in constant time, so that the answer's timing tells nothing.

    >>> refusal({}, b"", [b"k" * 24], datetime(2026, 11, 21))
    'headers-missing'
    """
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    said = headers.get("webhook-signature", "").split(" ")
    if not (message_id and stamp and any(said)):
        return "headers-missing"
    if not _ID.fullmatch(message_id) or "." in message_id:
        return "id-unreadable"
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        return "time-unreadable"
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return "too-old-or-too-new"
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    wanted = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    given = [_bytes(one) for one in said[:_MOST_SIGNATURES]]
    good = [hmac.compare_digest(one, each) for one in given for each in wanted]
    return None if any(good) else "signature-wrong"


def _bytes(signature: str) -> bytes:
    """The bytes of one `v1,…` signature; none for another version, or for what is no base64."""
    version, _, text = signature.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        # Also what is not ASCII, which is no `binascii.Error`.
        return b""
