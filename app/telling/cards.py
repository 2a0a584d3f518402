"""A notice as Microsoft Teams shows it: the message a Workflow takes, with one Adaptive Card in it. Pure."""

from typing import Any

from app.telling.wording import Told

_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
# What every Teams client shows.
_VERSION = "1.4"


def card_message(told: Told) -> dict[str, Any]:
    """The body to post to a Workflow that begins with «When a Teams webhook request is received»."""
    body = [_text(told.title, strong=True), *(_text(line, spacing="Small") for line in told.lines)]
    card: dict[str, Any] = {"$schema": _SCHEMA, "type": "AdaptiveCard", "version": _VERSION, "body": body}
    if told.link is not None:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": told.link}]
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _text(text: str, *, spacing: str = "Default", strong: bool = False) -> dict[str, Any]:
    # A run of text, not a text block: what an area is called must not be read as formatting or a link.
    run = {"type": "TextRun", "text": text, **({"weight": "Bolder"} if strong else {})}
    return {"type": "RichTextBlock", "inlines": [run], "spacing": spacing}
