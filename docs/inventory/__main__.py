"""Writes what follows from the models and the notes about them: the data inventory and the grants."""

import sys

from docs.inventory.catalogue import HERE, gaps
from docs.inventory.grants import grants_script
from docs.inventory.page import inventory_page

PAGE = HERE.parent / "data-inventory.md"
GRANTS = HERE.parent / "examples" / "grants.sql"


def main() -> int:
    """Writes both; 1, and what is missing, when something is."""
    missing = list(gaps())
    for one in missing:
        print(one)
    if missing:
        return 1
    for path, text in ((PAGE, inventory_page()), (GRANTS, grants_script())):
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
