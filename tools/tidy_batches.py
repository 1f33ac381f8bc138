"""Batches for check_tidy.py: sources that are checked in one translation unit.

clang-tidy spends four fifths of its time on the headers of a file, again for every file. So sources with the same
flags are included by one generated file and checked together; findings still name the real files. Sources that
declare the same name in the same namespace cannot share a unit, so they go to different batches. The scan for names
is rough on purpose: where it misses a collision, clang says so and check_tidy.py halves the batch.
A source that opens a namespace for the rest of the file stays alone.
"""

import re
from pathlib import Path

BATCH_LINES = 3000

NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"' r"|(?<![0-9A-Za-z])'(?:\\.|[^'\\])+'", re.DOTALL
)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
ATTRIBUTE = re.compile(r"\[\[[^\]]*\]\]|\b(?:__attribute__|alignas|decltype|noexcept|explicit)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
TOKEN = re.compile(r"[A-Za-z_]\w*|::|[^\s\w]")
OPENED = re.compile(r"^using namespace", re.MULTILINE)  # changes what names mean in all that follows
GTEST = re.compile(r"(?:TYPED_)?TEST(?:_[FP])?$|INSTANTIATE_\w+$")


def without_template(head: list[str]) -> list[str]:
    """Cuts a leading template<…>."""
    while head and head[0] == "template":
        depth = 0
        for at, token in enumerate(head[1:], 1):
            depth += (token == "<") - (token == ">")
            if depth == 0:
                break
        head = head[at + 1 :]
    return head


def declared_name(head: list[str], defines: bool) -> str | None:
    """The name that a declaration outside functions gives, from its tokens up to its body or its end."""
    head = without_template(head)
    if not head or head[0] == "static_assert" or (head[0] == "using" and "=" not in head) or "operator" in head:
        return None
    if head[0] in ("struct", "class", "enum", "union"):
        names = [token for token in head[1:] if token not in ("class", "struct")]
        return names[0] if defines and names and names[0][0].isidentifier() else None
    cut = next((at for at, token in enumerate(head) if at > 0 and token in "([="), len(head))
    if cut == 0 or not head[cut - 1].isidentifier():
        return None
    if GTEST.match(head[cut - 1]):
        return "_".join(token for token in head[cut + 1 :] if token.isidentifier())
    if cut > 1 and head[cut - 2] == "::":
        return None  # a member or something qualified: its home is elsewhere
    return head[cut - 1]


def outer_names(text: str) -> set[str]:
    """What a source declares outside functions and classes, with its named namespaces, and its macros."""
    text = NOT_CODE.sub(" ", text)
    names = set(MACRO.findall(text))
    tokens = TOKEN.findall(ATTRIBUTE.sub(" ", DIRECTIVE.sub(" ", text)))
    scopes: list[str] = []
    head: list[str] = []
    inner = 0  # braces that are no namespace's

    def declare(defines: bool) -> None:
        if name := declared_name(head, defines):
            names.add("::".join([scope for scope in scopes if scope] + [name]))

    for token in tokens:
        if inner:
            inner += (token == "{") - (token == "}")
        elif token == "{":
            if "namespace" in head[:2]:
                scopes.append("".join(head[head.index("namespace") + 1 :]))
            elif head == ["extern"]:
                scopes.append("")
            else:
                declare(defines=True)
                inner = 1
            head = []
        elif token == "}":
            if scopes:
                scopes.pop()
            head = []
        elif token == ";":
            declare(defines=False)
            head = []
        else:
            head.append(token)
    return names


def batches_of(sources: list[tuple[str, str]], lines: int = BATCH_LINES) -> list[list[str]]:
    """(file, flags) -> groups of files that can share a translation unit, each of about `lines` lines at most."""
    batches: list[tuple[str, set[str], list[str], int]] = []
    for file, flags in sorted(sources):
        text = Path(file).read_text(errors="replace")
        names, length = outer_names(text), text.count("\n")
        alone = OPENED.search(text) is not None
        for at, (batch_flags, taken, files, total) in enumerate(batches):
            if not alone and batch_flags == flags and total + length <= lines and not taken & names:
                batches[at] = (flags, taken | names, [*files, file], total + length)
                break
        else:
            batches.append((flags, names, [file], lines if alone else length))
    return [files for _, _, files, _ in batches]


def unit_of(files: list[str]) -> str:
    """The text of the generated file. Included sources are what a checker of includes warns of: not here."""
    return "".join(["// NOLINTBEGIN\n", *(f'#include "{file}"\n' for file in files), "// NOLINTEND\n"])
