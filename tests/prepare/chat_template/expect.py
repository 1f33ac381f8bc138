#!/usr/bin/env python3
"""Writes what Jinja2 prints into the case files: expect.py cases/*.txt (needs python3-jinja2).

A case is `### case NAME`, the template, optionally `### input` with a JSON object, then `### text` with what the
template prints, or `### error` where Jinja2 raises. The last two are rewritten here; the test reads them. A case
named `… (ours)` is kept as it stands: there we differ from Jinja2 on purpose.
"""

import datetime
import json
import re
import sys
from pathlib import Path

import jinja2
import jinja2.ext
import jinja2.sandbox


class GenerationTag(jinja2.ext.Extension):
    """{% generation %} as transformers has it: a block with a scope of its own."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("call_body"), [], [], body).set_lineno(line)

    def call_body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def render(source, variables):
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[GenerationTag, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    clock = variables.pop("strftime_now", None)
    now = datetime.datetime.fromisoformat(clock) if clock else datetime.datetime.now()
    environment.globals["strftime_now"] = now.strftime
    return environment.from_string(source).render(**variables)


def sections(text):
    """[(kind, argument, content)] of a case file; the text before the first section is a comment."""
    parts = re.split(r"^### (case|input|text|error)(?: (.*))?\n", text, flags=re.MULTILINE)
    return parts[0], [(parts[i], parts[i + 1], parts[i + 2]) for i in range(1, len(parts), 3)]


def content(section):
    return section.removesuffix("\n").removesuffix("\n") if section.endswith("\n\n") else section.removesuffix("\n")


def rewritten(text):
    comment, parts = sections(text)
    cases = []
    for kind, argument, body in parts:
        if kind == "case":
            cases.append({"name": argument, "template": content(body), "input": None, "old": ("text", "")})
        elif kind == "input":
            cases[-1]["input"] = content(body)
        else:
            cases[-1]["old"] = (kind, content(body))
    out = comment
    for case in cases:
        kind, result = case["old"]
        if not case["name"].endswith("(ours)"):
            try:
                kind, result = "text", render(case["template"], json.loads(case["input"] or "{}"))
            except Exception as error:
                kind, result = "error", f"{type(error).__name__}: {error}"
        out += f"### case {case['name']}\n{case['template']}\n"
        if case["input"] is not None:
            out += f"### input\n{case['input']}\n"
        out += f"### {kind}\n{result}\n\n"
    return out.removesuffix("\n")


def main():
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(rewritten(path.read_text()))


if __name__ == "__main__":
    main()
