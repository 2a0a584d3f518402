"""What a code of a pull's trouble means, in words for whoever must mend it. Pure."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "watermark-backwards": "The tracker says it knows less than before. Ask the vendor whether it was restored from a "
    "backup; then let the feed go on, and it reads everything again.",
    "total-shrank": "The tracker holds fewer engagements than before, without having said which are gone. Ask the "
    "vendor; then let the feed go on.",
    "cursor-repeats": "The tracker gives the same place again and again. Ask the vendor; then let the feed go on.",
    "page-unreadable": "The tracker's answer is not what was agreed.",
    "page-too-large": "The tracker's answer is larger than any page may be.",
    "no-answer-in-time": "The tracker did not answer in time.",
    "connection-lost": "The connection to the tracker was lost.",
    "too-many-requests": "The tracker asked us to wait.",
    "tracker-failed": "The tracker had a fault of its own.",
    "not-let-in": "The tracker does not accept our client id and secret.",
    "token-unreadable": "The tracker's answer to our client id and secret is not what was agreed.",
    "redirected": "The tracker sends us to another address. We do not follow: set the address anew.",
    "question-refused": "The tracker does not accept our question, from the beginning of the run either. Ask the "
    "vendor; go-on asks for everything anew.",
    "force-unknown": "The settings name a force that is not here.",
    "not-stored": "What came could not be stored: the database was busy with something else, or is full.",
    "left": "The process that read it ended. The next run went on where it was.",
}


def in_words(code: str | None) -> str | None:
    """A code's sentence; None for none.

    >>> in_words("too-many-requests")
    'The tracker asked us to wait.'
    """
    return None if code is None else WORDS.get(code, "Something unforeseen; the log of the service has more.")
