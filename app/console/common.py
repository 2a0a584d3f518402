"""What every command of `beatcheck` shares: the settings, or a refusal in plain words, and where the product lies."""

from pathlib import Path

import typer
from pydantic import ValidationError

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def read_settings() -> Settings:
    """The settings of the environment; a usage error that names those which are not valid, never their values."""
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(
            f"BEATCHECK_{'.'.join(str(part) for part in fault['loc']).upper()}" for fault in error.errors()
        )
        raise typer.BadParameter(f"these settings are not valid: {names}") from None
