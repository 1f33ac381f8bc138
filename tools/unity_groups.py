#!/usr/bin/env python3
"""unity_groups.py FILE…: for each source the number of the translation unit that it can share, as a CMake list."""

import sys
from pathlib import Path

import tidy_batches

UNIT_LINES = 2400  # large enough to share the headers, small enough to keep two processors busy


def groups_of(files: list[str]) -> list[int]:
    batches = tidy_batches.batches_of([(file, "") for file in files], UNIT_LINES)
    return [next(at for at, batch in enumerate(batches) if file in batch) for file in files]


if __name__ == "__main__":
    if missing := [file for file in sys.argv[1:] if not Path(file).is_file()]:
        sys.exit(f"unity_groups.py: no such file: {missing[0]}")
    print(";".join(map(str, groups_of(sys.argv[1:]))))
