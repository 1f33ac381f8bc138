#!/usr/bin/env python3
"""Times a model file with nagare and with other programs in turns, and prints medians and ratios as Markdown.

bench/compare_peers.py --nagare build/release/bin/nagare \\
    --peer llama.cpp=path/to/llama-bench --peer ik=path/to/another/llama-bench model.gguf ...

A round runs each program once, whoever began the last round coming last, so that what else the machine does hits all
alike. A peer is a program that takes the options of llama-bench and prints its JSON. Beside a rate stands its ratio to
nagare's in the same rounds: the median of the rounds' own ratios.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path


def run(command: list[str], seconds: float) -> dict | list:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


class Nagare:
    name = "nagare"

    def __init__(self, program: str):
        self.program = program

    def rates(self, model: str, options: argparse.Namespace) -> dict[str, float]:
        command = [self.program, "bench", model, "--prompt", str(options.prompt), "--generate", str(options.generate),
                   "--threads", str(options.threads), "--repeat", "1", "--json"]  # fmt: skip
        report = run(command, options.seconds)
        return {"prompt": report["prompt_tokens_per_second"], "generate": report["generate_tokens_per_second"]}


class Peer:
    def __init__(self, text: str):
        self.name, _, self.program = text.partition("=")
        if not self.program:
            raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PROGRAM")

    def rates(self, model: str, options: argparse.Namespace) -> dict[str, float]:
        command = [self.program, "-m", model, "-p", str(options.prompt), "-n", str(options.generate),
                   "-t", str(options.threads), "-r", "1", "-o", "json"]  # fmt: skip
        rates = {}
        for test in run(command, options.seconds):
            rates["prompt" if test["n_prompt"] > 0 else "generate"] = test["avg_ts"]
        return rates


def compare(model: str, programs: list, options: argparse.Namespace) -> None:
    rounds: list[dict[str, dict[str, float]]] = []
    for index in range(options.rounds):
        order = programs if index % 2 == 0 else programs[::-1]
        rounds.append({program.name: program.rates(model, options) for program in order})
        print(f"{model}: round {index + 1} of {options.rounds}", file=sys.stderr)
    for phase, tokens in (("prompt", options.prompt), ("generate", options.generate)):
        ours = [results["nagare"][phase] for results in rounds]
        cells = [Path(model).stem, f"{phase} {tokens}", str(options.threads), f"{statistics.median(ours):.1f}"]
        for program in programs[1:]:
            theirs = [results[program.name][phase] for results in rounds]
            ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
            cells.append(f"{statistics.median(theirs):.1f} ({statistics.median(ratios):.2f} ×)")
        print("| " + " | ".join(cells) + " |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nagare", required=True, help="our program")
    parser.add_argument("--peer", action="append", default=[], type=Peer, metavar="NAME=PROGRAM")
    parser.add_argument("--prompt", type=int, default=512, help="tokens of the prompt")
    parser.add_argument("--generate", type=int, default=64, help="tokens generated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=300, help="after which a program counts as hung")
    parser.add_argument("models", nargs="+")
    options = parser.parse_args()
    programs = [Nagare(options.nagare), *options.peer]
    print("| " + " | ".join(["model", "work", "threads", "nagare tok/s", *[peer.name for peer in options.peer]]) + " |")
    print("|---" * (4 + len(options.peer)) + "|", flush=True)
    try:
        for model in options.models:
            compare(model, programs, options)
    except (OSError, RuntimeError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        print(f"compare_peers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
