"""Writes a return as CSV, XLSX or JSON: the same table three times, numbers as numbers, no formula of anybody's.

One visible sheet, no formula, no macro, no hidden row or column. The same table at the same time gives the same bytes,
so that a closed return can be handed out again and be seen to be the same.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from io import BytesIO

import xlsxwriter

from app.clock import rfc3339
from app.returns.layouts import Table
from app.spreadsheet import neutral, to_csv

MARKING = "OFFICIAL"


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(table: Table, form: Form, title: str, generated_at: datetime) -> bytes:
    """The bytes of a return."""
    head = [MARKING, title, f"Generated {rfc3339(generated_at)}", *table.header_lines]
    if form is Form.JSON:
        return _json(table, head, generated_at)
    if form is Form.CSV:
        return _csv(table, head)
    return _xlsx(table, head, generated_at)


def _json(table: Table, head: list[str], generated_at: datetime) -> bytes:
    columns = [
        {"heading": each.heading, "field": each.field, "unit": each.unit, "decimals": each.decimals}
        for each in table.columns
    ]
    told = {
        "marking": MARKING,
        "generated_at": rfc3339(generated_at),
        "header_lines": head[1:],
        "columns": columns,
        "rows": [[_plain(cell) for cell in row] for row in table.rows],
        "total": [_plain(cell) for cell in table.total],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _plain(cell: str | Decimal) -> str | float:
    return float(cell) if isinstance(cell, Decimal) else cell


def _csv(table: Table, head: list[str]) -> bytes:
    width = len(table.columns)
    lines = [[line, *[None] * (width - 1)] for line in head]
    headings = [column.heading for column in table.columns]
    return to_csv(
        [cell or "" for cell in lines[0]], [*lines[1:], headings, *table.rows, table.total]
    ).encode()


def _xlsx(table: Table, head: list[str], generated_at: datetime) -> bytes:
    file = BytesIO()
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": generated_at.astimezone(UTC).replace(tzinfo=None), "title": head[1]})
    sheet = book.add_worksheet("Return")
    bold = book.add_format({"bold": True})
    formats = {
        each.decimals: book.add_format(
            {"num_format": "#,##0" + ("." + "0" * each.decimals if each.decimals else "")}
        )
        for each in table.columns
    }
    at = 0
    for text in head:
        sheet.write_string(at, 0, neutral(text))
        at += 1
    for place, column in enumerate(table.columns):
        sheet.write_string(at, place, neutral(column.heading), bold)
    for row in (*table.rows, table.total):
        at += 1
        for place, cell in enumerate(row):
            if isinstance(cell, Decimal):
                sheet.write_number(at, place, float(cell), formats[table.columns[place].decimals])
            else:
                sheet.write_string(at, place, neutral(cell))
    book.close()
    return file.getvalue()
