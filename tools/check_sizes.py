#!/usr/bin/env python3
"""The size report: how long files and functions are, the ten biggest of each, and failure past the hard limits.

A file should end by 500 lines and a function by 60 (kernels 120). Past 700 lines (tables not counted) or 120 lines
it fails, unless tools/size-exceptions.txt names it with a reason.
"""

import re
import sys
from dataclasses import dataclass

from gates import ROOT, Finding, finish, tracked_cpp_files

FILE_ADVICE, FILE_LIMIT = 500, 700
FUNCTION_ADVICE, KERNEL_ADVICE, FUNCTION_LIMIT = 60, 120, 120
EXCEPTIONS = "tools/size-exceptions.txt"

KERNEL_FILE = re.compile(r"(?:^|/)src/(?:ops/.*(?:kernel|generic|avx2|avx512|vnni|neon|/hip/)|base/simd/)")
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.[^'\n]*|[^'\\\n])'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
    re.DOTALL | re.MULTILINE,
)
NAME = re.compile(r"([\w:~]*operator\s*[^\s\w(]+|[\w:~]+)\s*\(")


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int


@dataclass
class Scope:
    kind: str  # namespace, type, function, inner, initialiser, table
    line: int
    head: str  # what stood before its brace


def without_noise(text: str) -> str:
    """`text` with comments, literals and preprocessor lines blanked; every newline stays where it was."""
    return NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def outside_parentheses(head: str) -> str:
    """`head` without what stands in parentheses; each pair leaves its closing one."""
    kept, depth = [], 0
    for char in head:
        depth += (char == "(") - (char == ")")
        if depth == 0:
            kept.append(char)
    return "".join(kept)


def kind_of_brace(head: str) -> str:
    """What a brace opens at namespace or class level, judged by the text before it."""
    if head.count("(") > head.count(")"):
        return "initialiser"  # of a default argument
    if re.search(r"\bnamespace\b|\bextern\s*$", head):
        return "namespace"
    head = re.sub(r"\b(?:alignas|requires|noexcept|explicit)\s*\((?:[^()]|\([^()]*\))*\)", " ", head)
    flat = outside_parentheses(re.sub(r"\boperator\s*[^\s\w(]+", "operator", head))
    flat = re.sub(r"<[^<>]*>", "", re.sub(r"<[^<>]*>", "", flat))
    if ")" not in flat:
        return "type" if re.search(r"\b(?:class|struct|union|enum)\b", flat) else "table"
    if "=" in flat:
        return "function" if re.search(r"\[[^\]]*\]\s*\)", flat) else "table"  # a lambda, or a computed table
    if re.search(r"\)\s*:(?!:)", flat) and re.search(r"\w\s*$", flat):
        return "initialiser"  # of a member, in a constructor's list: `: name_{…}`
    return "function"


def name_of_function(head: str) -> str:
    if test := re.search(r"\bTEST\w*\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)", head):
        return f"{test.group(1)}.{test.group(2)}"
    name = NAME.search(head)
    return name.group(1) if name else "lambda"


def measure(text: str) -> tuple[list[Function], int]:
    """The functions of a file, and how many of its lines are not the inside of a table."""
    functions: list[Function] = []
    scopes: list[Scope] = []
    head, line, table_lines = "", 1, 0
    for char in without_noise(text):
        if char == "{":
            outer = scopes[-1].kind if scopes else "namespace"
            inside = outer in ("function", "inner", "table", "initialiser")
            scopes.append(Scope("inner" if inside else kind_of_brace(head), line, head))
            head = ""
        elif char == "}":
            if not scopes:
                continue
            scope = scopes.pop()
            head = scope.head + "{}" if scope.kind == "initialiser" else ""
            if scope.kind == "function":
                functions.append(Function(name_of_function(scope.head), scope.line, line - scope.line + 1))
            elif scope.kind == "table":
                table_lines += max(0, line - scope.line - 1)
        elif char == ";":
            head = ""
        else:
            head += char
            line += char == "\n"
    return functions, text.count("\n") - table_lines


def read_exceptions(text: str) -> dict[str, str]:
    """`path[:function] reason` a line; # comments."""
    rows = (line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {row[0]: row[1] if len(row) > 1 else "" for row in rows}


def main() -> int:
    exceptions = read_exceptions((ROOT / EXCEPTIONS).read_text(encoding="utf-8"))
    findings = [Finding(EXCEPTIONS, 1, f"{key}: give a reason") for key, why in exceptions.items() if not why]
    files, functions, advised = [], [], 0
    for name in tracked_cpp_files():
        found, lines = measure((ROOT / name).read_text(encoding="utf-8"))
        files.append((lines, name))
        if lines > FILE_LIMIT and name not in exceptions:
            findings.append(Finding(name, 1, f"{lines} lines, past {FILE_LIMIT}; split it by idea"))
        advised += lines > FILE_ADVICE
        for function in found:
            functions.append((function.lines, f"{name}:{function.line} {function.name}"))
            advised += function.lines > (KERNEL_ADVICE if KERNEL_FILE.search(name) else FUNCTION_ADVICE)
            if function.lines > FUNCTION_LIMIT and f"{name}:{function.name}" not in exceptions:
                what = f"{function.name} has {function.lines} lines, past {FUNCTION_LIMIT}; give its parts names"
                findings.append(Finding(name, function.line, what))
    for title, rows in (("files", files), ("functions", functions)):
        print(f"biggest {title} (lines):")
        for lines, what in sorted(rows, reverse=True)[:10]:
            print(f"{lines:6} {what}")
    total = sum(lines for lines, _ in files)
    checked = f"{len(files)} files, {len(functions)} functions, {total} lines; {advised} past the advised size"
    return finish("sizes", findings, checked)


if __name__ == "__main__":
    sys.exit(main())
