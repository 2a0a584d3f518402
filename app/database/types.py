"""Column types and the value types shared by wire and tables, the same rule on both databases.

`SafeText` refuses what one database stores and the other rejects (NUL, surrogates) and what breaks logs and screens
(control characters). `FiniteFloat` keeps NaN and infinities out: SQLite turns them to NULL, PostgreSQL stores them.
"""

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy import JSON, BigInteger, Dialect, Enum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine, UserDefinedType

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
MAX_INTEGER = 2**53 - 1

FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
BoundedInt = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]


def _safe(value: str) -> str:
    if _FORBIDDEN.search(value):
        raise ValueError("must not hold control characters or broken Unicode")
    return value


def safe_text(max_length: int, min_length: int = 0) -> Any:
    """Text of a bounded length in code points, newline and tab allowed, no other control characters."""
    return Annotated[str, Field(min_length=min_length, max_length=max_length), AfterValidator(_safe)]


Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$")]
ShortText = safe_text(200)
LongText = safe_text(4000)


def _values(enumeration: type[StrEnum]) -> list[str]:
    return [member.value for member in enumeration]


def code_type(enumeration: type[StrEnum]) -> Enum:
    """A column of one of our own enumerations: text with a CHECK, so that both databases refuse anything else."""
    values: Callable[[Any], list[str]] = _values
    return Enum(
        enumeration,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        values_callable=values,
        name=re.sub(r"(?<!^)(?=[A-Z])", "_", enumeration.__name__).lower(),
    )


def json_type() -> TypeEngine[Any]:
    """A JSON column: JSONB on PostgreSQL, text on SQLite."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def milliseconds() -> BigInteger:
    """A column of whole milliseconds."""
    return BigInteger()


class ManyInstants(UserDefinedType[datetime]):
    """For `type_coerce` where thousands of rows are read: aware instants as their column gives them, which on SQLite
    takes several times as long."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime] | None:
        return _in_utc if dialect.name == "sqlite" else None


def _in_utc(stored: str) -> datetime:
    return datetime.fromisoformat(f"{stored}+00:00")
