#!/usr/bin/env python3
"""Fails where docs/map.md and the rooms under src/ and apps/ differ, or a room lacks its README.md or CMakeLists.txt.

A room is a folder directly under src/ or apps/, or directly under a room; deeper folders belong to their room. One
that has headers alone needs no CMakeLists.txt.
"""

import re
import sys

from gates import ROOT, Finding, finish, tracked_files

MAP = "docs/map.md"
NAMED = re.compile(r"^\s*[-|*].*?`((?:src|apps)/[\w/]+?)/?`")  # a list item or table row that opens with a room


def rooms_of(files: list[str]) -> set[str]:
    rooms = set()
    for name in files:
        folders = name.split("/")[:-1]
        if folders and folders[0] in ("src", "apps"):
            rooms.update("/".join(folders[:depth]) for depth in (2, 3) if len(folders) >= depth)
    return rooms


def findings_of(files: list[str], map_text: str) -> list[Finding]:
    rooms, present, findings = rooms_of(files), set(files), []
    named: dict[str, int] = {}
    for number, line in enumerate(map_text.splitlines(), 1):
        if match := NAMED.match(line):
            room = match.group(1)
            if room in named:
                findings.append(Finding(MAP, number, f"{room} is named twice; remove one"))
            elif room not in rooms:
                findings.append(Finding(MAP, number, f"{room} does not exist; remove the line"))
            named[room] = number
    for room in sorted(rooms):
        if room not in named:
            findings.append(Finding(MAP, 1, f"{room} is missing; add its line, in the order of the line"))
        if f"{room}/README.md" not in present:
            findings.append(Finding(f"{room}/README.md", 1, "missing; every room has one, a page at most"))
        headers_alone = all(name.endswith((".h", ".md")) for name in files if name.startswith(room + "/"))
        if f"{room}/CMakeLists.txt" not in present and not headers_alone:
            findings.append(Finding(f"{room}/CMakeLists.txt", 1, "missing; every room builds itself"))
    return findings


def main() -> int:
    files = tracked_files()
    findings = findings_of(files, (ROOT / MAP).read_text(encoding="utf-8"))
    return finish("map", findings, f"{len(rooms_of(files))} rooms, each on the map")


if __name__ == "__main__":
    sys.exit(main())
