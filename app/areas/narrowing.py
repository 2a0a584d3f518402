"""The question behind a row of a report: what was asked, narrowed to what the row stands for. Pure."""

from collections.abc import Mapping


def narrowed(
    asked: Mapping[str, str], parameter: str | None, value: str, *, within: str | None = None
) -> dict[str, str] | None:
    """A question narrowed by one filter more; unchanged without a parameter. None where the filter is set to another
    value: no question holds both, and the one without the first leads to more than the row counts. `within` is a value
    that holds all that a row's value does.

    >>> narrowed({"team_id": "1"}, "issue", "DRUGS")
    {'team_id': '1', 'issue': 'DRUGS'}
    >>> narrowed({"issue": "NOISE"}, "issue", "DRUGS") is None
    True
    >>> narrowed({"area_id": "force"}, "area_id", "north", within="force")
    {'area_id': 'north'}
    """
    if parameter is None:
        return dict(asked)
    if asked.get(parameter) not in (None, value, within):
        return None
    return {**asked, parameter: value}
