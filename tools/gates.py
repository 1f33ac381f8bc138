"""What the gates share: the tracked files, findings, and how a gate ends."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPP_SUFFIXES = (".h", ".cc")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend: where it is, what is wrong, what to do."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def tracked_files(root: Path = ROOT) -> list[str]:
    """The files of the project, relative to its root: tracked by git and still there."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z"], check=True, capture_output=True
    ).stdout.decode()
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def tracked_cpp_files(root: Path = ROOT) -> list[str]:
    return [name for name in tracked_files(root) if name.endswith(CPP_SUFFIXES)]


def finish(gate: str, findings: list[Finding], checked: str) -> int:
    """Prints the findings and the verdict; returns the exit code."""
    for finding in sorted(set(findings)):
        print(finding)
    if findings:
        print(f"{gate}: {len(set(findings))} to mend", file=sys.stderr)
        return 1
    print(f"{gate}: {checked}")
    return 0
