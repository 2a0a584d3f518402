"""Writes the pictures of the method note from the code, so that a changed rule changes its picture.

    python -m docs.pictures.draw

writes docs/pictures/*.svg and prints the captions, which the note repeats word for word.
"""

from collections.abc import Callable
from pathlib import Path

from docs.pictures import by_the_clock, on_the_ground
from docs.pictures.words import Scene

HERE = Path(__file__).resolve().parent
SCENES: tuple[Callable[[], Scene], ...] = (
    on_the_ground.walk,
    on_the_ground.silence,
    on_the_ground.edges,
    on_the_ground.spike,
    by_the_clock.late_fill,
    by_the_clock.union,
    by_the_clock.crew,
)


def main() -> None:
    for draw in SCENES:
        scene = draw()
        (HERE / f"{scene.name}.svg").write_text(scene.svg, encoding="utf-8")
        print(f"{scene.name}.svg\n  {scene.caption}\n")


if __name__ == "__main__":
    main()
