"""Code lists on the wire."""

from app.reference.codes import Label
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


def code_response(label: Label) -> CodeResponse:
    return CodeResponse(
        code=label.code,
        label=label.label,
        plain_label=label.plain_label,
        published_value=label.published_value,
        position=label.position,
        attributes=dict(label.attributes),
    )
