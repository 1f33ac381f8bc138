#!/usr/bin/env python3
"""Fails on every #include that layers.toml does not allow, and on includes of nothing known."""

import re
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from gates import ROOT, Finding, finish, tracked_cpp_files

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
C_HEADERS = {
    "assert.h", "complex.h", "ctype.h", "errno.h", "fenv.h", "float.h", "inttypes.h", "limits.h", "locale.h",
    "math.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h",
    "string.h", "time.h", "uchar.h", "wchar.h", "wctype.h",
}  # fmt: skip


class Layers:
    def __init__(self, table: dict, own_headers: set[str]):
        self.rooms: dict[str, list[str]] = table["rooms"]
        self.headers: dict[str, list[str]] = table["headers"]
        self.own_headers = own_headers  # relative to the root

    def room_of(self, path: str) -> str | None:
        """The longest line of [rooms] that holds `path` (relative to src/, or apps/…); None where there is none."""
        parts = PurePosixPath(path).parts[:-1]
        for length in range(len(parts), 0, -1):
            if "/".join(parts[:length]) in self.rooms:
                return "/".join(parts[:length])
        return None

    def refusal(self, source: str, quote: str, header: str) -> str | None:
        """Why the file `source` may not include `header`; None where it may."""
        if quote == "<":
            return self._refuse_system(source, header)
        if ".." in PurePosixPath(header).parts:
            return f'"{header}" climbs; write includes from src/'
        top = source.split("/")[0]
        if f"src/{header}" in self.own_headers:
            if top == "src":
                return self._refuse_room(source.removeprefix("src/"), header)
            return self._refuse_room(source, header) if top == "apps" else None
        # Applications, tests, benchmarks and fuzzers have headers of their own, beside them or from their top folder.
        own = {f"{top}/{header}", str(PurePosixPath(source).parent / header)}
        if top != "src" and own & self.own_headers:
            return None
        if top in ("fuzz", "bench") and f"tests/{header}" in self.own_headers:
            return None
        return f'"{header}" is no tracked header of this project; a system or library header is written <{header}>'

    def _refuse_room(self, source: str, header: str) -> str | None:
        room = self.room_of(source)
        if room is None:
            return f"{source.split('/')[0]} is no room in layers.toml; give it a line there"
        source_parts, header_parts = source.split("/"), header.split("/")
        if source_parts[0] == header_parts[0]:
            if source_parts[0] != "ops" or len(source_parts) < 3 or len(header_parts) < 3:
                return None
            op, other = source_parts[1], header_parts[1]
            if op == other or header == f"ops/{other}/{other}.h":
                return None
            return f'op {op} may reach op {other} only through "ops/{other}/{other}.h", not "{header}"'
        for allowed in self.rooms[room]:
            if allowed == header or self._holds(allowed, header):
                return None
        can = ", ".join(self.rooms[room]) or "nothing of ours"
        return f'{room} may not include "{header}"; it may include {can} (layers.toml)'

    def _holds(self, allowed: str, header: str) -> bool:
        if not allowed.endswith(".h"):
            return header.startswith(allowed + "/")
        return allowed.count("/") == header.count("/") and fnmatchcase(header, allowed)

    def _refuse_system(self, source: str, header: str) -> str | None:
        if f"src/{header}" in self.own_headers:
            return f'our own header is written "{header}"'
        if header in C_HEADERS or re.fullmatch(r"[a-z_]+", header):
            return None
        lines = [places for pattern, places in self.headers.items() if fnmatchcase(header, pattern)]
        if not lines:
            return f"<{header}> is unknown; if the project means to use it, give it a line in layers.toml [headers]"
        if any(fnmatchcase(source, place) for places in lines for place in places):
            return None
        allowed = ", ".join(place for places in lines for place in places)
        return f"<{header}> may only be included by {allowed} (layers.toml)"


def findings_of(layers: Layers, source: str, text: str) -> list[Finding]:
    findings = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := INCLUDE.match(line):
            if why := layers.refusal(source, *match.groups()):
                findings.append(Finding(source, number, why))
    return findings


def main() -> int:
    sources = tracked_cpp_files()
    with open(ROOT / "layers.toml", "rb") as file:
        layers = Layers(tomllib.load(file), set(sources))
    findings = []
    for source in sources:
        findings += findings_of(layers, source, Path(ROOT / source).read_text(encoding="utf-8"))
    return finish("layers", findings, f"{len(sources)} files include only what they may")


if __name__ == "__main__":
    sys.exit(main())
