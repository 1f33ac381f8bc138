#!/usr/bin/env python3
"""Fails where a tracked text file holds what must not be there: a machine's own path, or work left undone."""

import re
import sys

from gates import ROOT, Finding, finish, tracked_files

# Written apart, so that this file does not find itself.
RULES = [
    (re.compile(r"(?<![\w.])/" + r"(?:work|root)/"), "a path of one machine; write it relative to the project"),
    (re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"), "work left undone; do it, or claim nothing"),
    (re.compile(r"^(?:<{7}|>{7}) "), "a merge conflict; resolve it"),
]
# Inputs that a fuzzer wrote are bytes, not text.
SKIPPED = ("fuzz/corpus/",)


def findings_of(name: str, text: str) -> list[Finding]:
    return [
        Finding(name, number, f"'{match.group(0).strip()}': {what}")
        for number, line in enumerate(text.splitlines(), 1)
        for rule, what in RULES
        if (match := rule.search(line))
    ]


def main() -> int:
    findings, checked = [], 0
    for name in tracked_files():
        raw = (ROOT / name).read_bytes()
        if name.startswith(SKIPPED) or b"\0" in raw[:4096]:
            continue
        findings += findings_of(name, raw.decode("utf-8", errors="replace"))
        checked += 1
    return finish("words", findings, f"{checked} files hold no machine path and no undone work")


if __name__ == "__main__":
    sys.exit(main())
