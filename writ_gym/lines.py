"""Files of lines that appear whole or not at all."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines and return how many; an interrupted write leaves what was there before.

    Args:
        path: The file to write.
        lines: The lines without their ends; taken one at a time, so that any number needs no
            memory.

    Raises:
        OSError: The file cannot be written.
    """
    # A name of its own per process: two that write the same file do not write into each other.
    temporary = path.parent / f".{path.name}.{os.getpid()}.tmp"
    count = 0
    try:
        with temporary.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(f"{line}\n")
                count += 1
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()
    return count
