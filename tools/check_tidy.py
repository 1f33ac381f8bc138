#!/usr/bin/env python3
"""clang-tidy 19 over every source of the release build; a file that did not change since it last passed costs nothing.

The key of a pass is what the verdict depends on: the command, .clang-tidy, clang-tidy's version, and the content of
every file of this project that the source includes (as ninja recorded them). Passes are kept in the user's cache
folder (NAGARE_TIDY_CACHE names another), so that another checkout of the same sources finds them too.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gates import ROOT, tracked_files

TIDY = "clang-tidy-19"
BUILD = ROOT / "build" / "release"
# What GCC knows and clang does not.
GCC_ONLY = ("-fno-gcse", "-fno-ipa", "-fno-tree", "-fno-semantic", "-Wno-maybe-uninitialized", "-Wno-stringop")
VALUE_FLAGS = ("-o", "-MF", "-MT", "-MQ")
DROPPED = ("-c", "-MD", "-MMD")


def clang_arguments(entry: dict) -> list[str]:
    """The flags of a compile command, without launchers, the compiler, outputs and what clang does not know."""
    words = shlex.split(entry["command"])
    first_flag = next(i for i, word in enumerate(words) if word.startswith("-"))
    kept, skip = [], False
    for word in words[first_flag:]:
        if skip:
            skip = False
        elif word in VALUE_FLAGS:
            skip = True
        elif word not in DROPPED and word != entry["file"] and not word.startswith(GCC_ONLY):
            kept.append(word)
    return kept


def key_of(arguments: list[str], dependencies: list[Path], settings: bytes, root: Path) -> str:
    """What a pass depends on, as one hash; the checkout's own place does not count."""
    digest = hashlib.sha256(settings)
    digest.update("\0".join(arguments).replace(str(root), "").encode())
    for path in sorted(dependencies):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def recorded_dependencies() -> dict[str, list[str]]:
    """object file -> the files it was made from, absolute, as ninja recorded them at the last build."""
    listed = subprocess.run(["ninja", "-C", str(BUILD), "-t", "deps"], check=True, capture_output=True, text=True)
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in listed.stdout.splitlines():
        if line.startswith("    "):
            current.append(line.strip())
        elif ": #deps" in line:
            current = found.setdefault(line.split(": #deps")[0], [])
    return found


def own_dependencies(entry: dict, recorded: dict[str, list[str]]) -> list[Path]:
    words = shlex.split(entry["command"])
    names = recorded.get(words[words.index("-o") + 1], [])
    paths = {Path(os.path.normpath(BUILD / name)) for name in names} | {Path(entry["file"])}
    return [path for path in paths if path.is_relative_to(ROOT)]


def settings_of(file: Path) -> bytes:
    """The version, and every .clang-tidy from the root down to the file's folder."""
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    folders = [ROOT, *(ROOT / parent for parent in reversed(file.relative_to(ROOT).parents))]
    return version + b"".join(p.read_bytes() for f in folders if (p := f / ".clang-tidy").exists())


def cache_folder() -> Path:
    if named := os.environ.get("NAGARE_TIDY_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nagare" / "tidy"


def tidy(entry: dict, arguments: list[str]) -> tuple[bool, str, float]:
    began = time.monotonic()
    done = subprocess.run(
        [TIDY, "--quiet", entry["file"], "--", *arguments], cwd=entry["directory"], capture_output=True, text=True
    )
    noise = (" generated.", "Suppressed ", "Use -header-filter", "warning treated as error", "warnings treated as")
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not any(word in line for word in noise)]
    text = "\n".join(lines).replace(str(ROOT) + "/", "").strip()
    return done.returncode == 0, text, time.monotonic() - began


FINDING = re.compile(r"^\S+:\d+:\d+: (?:error|warning): ")


def findings_in(text: str) -> list[str]:
    """Cuts what clang-tidy printed into findings, each with the lines that belong to it."""
    findings: list[str] = []
    for line in text.splitlines():
        if FINDING.match(line) or not findings:
            findings.append(line)
        else:
            findings[-1] += "\n" + line
    return findings


def main() -> int:
    began = time.monotonic()
    database = json.loads((BUILD / "compile_commands.json").read_text())
    tracked, recorded = set(tracked_files()), recorded_dependencies()
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    work = {}  # one entry a file: a source built twice is checked once
    for entry in database:
        file = Path(entry["file"])
        if file.is_relative_to(ROOT) and str(file.relative_to(ROOT)) in tracked and entry["file"] not in work:
            arguments = clang_arguments(entry)
            key = key_of(arguments, own_dependencies(entry, recorded), settings_of(file), ROOT)
            work[entry["file"]] = (entry, arguments, cache / key)
    todo = [item for item in work.values() if not item[2].exists()]

    def check(item: tuple) -> tuple[bool, str, float, str]:
        entry, arguments, passed = item
        good, text, seconds = tidy(entry, arguments)
        if good:
            passed.touch()
        return good, text, seconds, str(Path(entry["file"]).relative_to(ROOT))

    bad, times, told = 0, [], set()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for good, text, seconds, name in pool.map(check, todo):
            times.append((seconds, name))
            if not good:
                bad += 1
                for finding in findings_in(text) or [f"{name}:1: clang-tidy failed and said nothing"]:
                    if finding not in told:  # one in a header is found by each file that includes it
                        print(finding, flush=True)
                    told.add(finding)
    for seconds, name in sorted(times, reverse=True)[:5]:
        print(f"{seconds:6.1f} s {name}")
    print(f"tidy: {len(work)} files, {len(todo)} of them changed, {bad} to mend, {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
