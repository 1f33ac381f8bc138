#!/usr/bin/env python3
"""clang-tidy 19 over every source of the release build; a file that did not change since it last passed costs nothing.

Changed files are checked in batches, many in one translation unit (tidy_batches.py says why). Where a batch finds
something, the files it names are checked alone, and only that counts.

The key of a pass is what the verdict depends on: the command, .clang-tidy, clang-tidy's version, and the content of
every file of this project that the source includes. Passes are kept in the user's cache
folder (NAGARE_TIDY_CACHE names another), so that another checkout of the same sources finds them too.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import tidy_batches
from gates import ROOT, tracked_files

TIDY = "clang-tidy-19"
BUILD = ROOT / "build" / "release"
# What GCC knows and clang does not, and warnings, which are the compiler's to give.
NOT_FOR_TIDY = ("-W", "-fno-gcse", "-fno-ipa", "-fno-tree", "-fno-semantic")
VALUE_FLAGS = ("-o", "-MF", "-MT", "-MQ")
DROPPED = ("-c", "-MD", "-MMD")


def clang_arguments(entry: dict) -> list[str]:
    """The flags of a compile command, without launchers, the compiler, outputs and what clang-tidy has no use for."""
    words = shlex.split(entry["command"])
    first_flag = next(i for i, word in enumerate(words) if word.startswith("-"))
    kept, skip = [], False
    for word in words[first_flag:]:
        if skip:
            skip = False
        elif word in VALUE_FLAGS:
            skip = True
        elif word not in DROPPED and word != entry["file"] and not word.startswith(NOT_FOR_TIDY):
            kept.append(word)
    return kept


def key_of(arguments: list[str], dependencies: list[Path], settings: bytes, root: Path) -> str:
    """What a pass depends on, as one hash; the checkout's own place does not count."""
    digest = hashlib.sha256(settings)
    digest.update("\0".join(arguments).replace(str(root), "").encode())
    for path in sorted(dependencies):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


@cache
def includes_of(file: Path, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files that a file includes with quotes, from its own folder or one of the include folders."""
    found = []
    for name in INCLUDE.findall(file.read_bytes()):
        places = (folder / os.fsdecode(name) for folder in (file.parent, *folders))
        found += [Path(os.path.normpath(place)) for place in places if place.is_file()][:1]
    return tuple(found)


def own_dependencies(file: Path, arguments: list[str], root: Path = ROOT) -> list[Path]:
    """The source and every file of the project that it includes, directly or not; whether it was built or not."""
    folders = tuple(Path(word[2:]) for word in arguments if word.startswith("-I"))
    seen, todo = {file}, [file]
    while todo:
        for included in includes_of(todo.pop(), folders):
            if included not in seen and included.is_relative_to(root):
                seen.add(included)
                todo.append(included)
    return sorted(seen)


@cache
def settings() -> bytes:
    """What every verdict depends on: the version and the one .clang-tidy."""
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    return version + (ROOT / ".clang-tidy").read_bytes()


def cache_folder() -> Path:
    if named := os.environ.get("NAGARE_TIDY_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nagare" / "tidy"


def tidy(entry: dict, arguments: list[str]) -> tuple[bool, str, float]:
    began = time.monotonic()
    done = subprocess.run(
        [TIDY, "--quiet", f"--config-file={ROOT / '.clang-tidy'}", entry["file"], "--", *arguments],
        cwd=entry["directory"],
        capture_output=True,
        text=True,
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


@dataclass
class Source:
    """A file to check, and where its pass is kept."""

    entry: dict
    arguments: list[str]
    passed: Path


@dataclass
class Verdict:
    """What a batch came to: findings, files to mend, seconds of each run by what it ran over."""

    findings: list[str] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)
    times: list[tuple[float, str]] = field(default_factory=list)

    def add(self, other: "Verdict") -> "Verdict":
        self.findings += other.findings
        self.bad |= other.bad
        self.times += other.times
        return self


def name_of(file: str) -> str:
    return str(Path(file).relative_to(ROOT))


def check_alone(source: Source) -> Verdict:
    good, text, seconds = tidy(source.entry, source.arguments)
    name = name_of(source.entry["file"])
    if good:
        source.passed.touch()
        return Verdict(times=[(seconds, name)])
    found = findings_in(text) or [f"{name}:1: clang-tidy failed and said nothing"]
    return Verdict(found, {name}, [(seconds, name)])


def check_batch(sources: list[Source], folder: Path) -> Verdict:
    """Checks sources with the same flags together; every file of a batch without findings has passed."""
    if len(sources) == 1:
        return check_alone(sources[0])
    files = [source.entry["file"] for source in sources]
    # The analyser looks into included sources only where the including file has such a name.
    unit = folder / f"UnifiedSource-{hashlib.sha256(''.join(files).encode()).hexdigest()[:16]}.cc"
    unit.write_text(tidy_batches.unit_of(files))
    good, text, seconds = tidy({"file": str(unit), "directory": sources[0].entry["directory"]}, sources[0].arguments)
    verdict = Verdict(times=[(seconds, f"{len(files)} files from {name_of(files[0])}")])
    if not good and "[clang-diagnostic-error" in text:  # names that collide, or an error of one file
        half = len(sources) // 2
        return verdict.add(check_batch(sources[:half], folder)).add(check_batch(sources[half:], folder))
    found = {finding: finding.split(":", 1)[0] for finding in findings_in(text)}
    if not good and not found:
        found = {f"{name_of(files[0])}:1: clang-tidy failed on a batch and said nothing": "nothing"}
    own = {name_of(file) for file in files}
    in_headers = [finding for finding, name in found.items() if name not in own]
    verdict.add(Verdict(in_headers, {found[finding] for finding in in_headers}))
    for source in sources:
        if name_of(source.entry["file"]) in found.values():
            verdict.add(check_alone(source))
        elif not in_headers:  # a header's finding may be anyone's
            source.passed.touch()
    return verdict


def main() -> int:
    began = time.monotonic()
    database = json.loads((BUILD / "compile_commands.json").read_text())
    tracked = set(tracked_files())
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    work: dict[str, Source] = {}  # one a file: a source built twice is checked once
    for entry in database:
        file = Path(entry["file"])
        if file.is_relative_to(ROOT) and str(file.relative_to(ROOT)) in tracked and entry["file"] not in work:
            arguments = clang_arguments(entry)
            key = key_of(arguments, own_dependencies(file, arguments), settings(), ROOT)
            work[entry["file"]] = Source(entry, arguments, cache / key)
    todo = {file: source for file, source in work.items() if not source.passed.exists()}
    batches = tidy_batches.batches_of([(file, "\0".join(source.arguments)) for file, source in todo.items()])
    batches.sort(key=len, reverse=True)  # the long ones first, so that no processor waits at the end

    total, told = Verdict(), set()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for verdict in pool.map(lambda files: check_batch([todo[file] for file in files], Path(folder)), batches):
            for finding in verdict.findings:
                if finding not in told:  # one in a header is found by each file that includes it
                    print(finding, flush=True)
                told.add(finding)
            total.add(verdict)
    for seconds, name in sorted(total.times, reverse=True)[:5]:
        print(f"{seconds:6.1f} s {name}")
    print(
        f"tidy: {len(work)} files, {len(todo)} of them changed, in {len(total.times)} runs; "
        f"{len(total.bad)} to mend, {time.monotonic() - began:.0f} s"
    )
    return 1 if total.bad else 0


if __name__ == "__main__":
    sys.exit(main())
