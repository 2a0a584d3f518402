"""Code lists on the wire, and the codes of a record in words."""

from collections.abc import Iterable

from app.reference.codes import Label, Lists, in_words
from app.rest.wire import ResponseModel


class CodeResponse(ResponseModel):
    """One code: stable itself, `label` as forms have it, `plain_label` as screens show it.

    `attributes` are facts that rules and reports read from the code, such as `class` or `suspicion`.
    """

    code: str
    label: str
    plain_label: str
    published_value: str | None
    position: int
    attributes: dict[str, str]


class ReferenceList(ResponseModel):
    name: str
    codes: list[CodeResponse]


class ReferenceLists(ResponseModel):
    lists: list[str]


class Coded(ResponseModel):
    """A code with its words; `unknown` when no list held it on the day."""

    code: str
    label: str
    unknown: bool


class FlagResponse(ResponseModel):
    """What a supervisor should know, in plain words."""

    code: str
    in_words: str


def coded(lists: Lists, name: str, code: str) -> Coded:
    """A code with its words; the code itself where no list holds it."""
    return Coded(code=code, label=in_words(lists[name], code), unknown=code not in lists[name])


def told_flags(lists: Lists, flags: Iterable[str]) -> list[FlagResponse]:
    """The flags of what officers log, each with its sentence."""
    sentences = lists["activity_flag_sentences"]
    return [FlagResponse(code=each, in_words=in_words(sentences, each)) for each in flags]


def code_response(label: Label) -> CodeResponse:
    return CodeResponse(
        code=label.code,
        label=label.label,
        plain_label=label.plain_label,
        published_value=label.published_value,
        position=label.position,
        attributes=dict(label.attributes),
    )
