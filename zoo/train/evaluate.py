"""Asks the shipped model every held-back wording and compares the answers, letter for letter.

    python3 evaluate.py                                    the network in PyTorch, on the file's own weights
    python3 evaluate.py --program ../../build/release/bin/nagare     the program that ships

A wording counts as right when the whole answer equals the answer of its fact in its language. Exit code 1
below 90 %, 2 when a held-back wording also occurs in the generator's wordings. The held-back set is for
the final figure only; tuning looks at development.tsv (`--set development`).
"""
import argparse
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from generate import HERE, LANGUAGES, Generator, load_facts, normalised

HELD_BACK, DEVELOPMENT = HERE / "held_back.tsv", HERE / "development.tsv"
MODEL = HERE.parent / "nagare-guide.gguf"
REQUIRED = 0.90
MAX_TOKENS = 160


@dataclass
class Wording:
    fact: str
    lang: str
    text: str


def read_wordings(path):
    """Lines of fact id, language and wording, separated by tabs; # starts a comment line."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")]
    return [Wording(*row) for row in rows]


def leaks(wordings):
    """Wordings that the generator can write as they are (case, punctuation and spaces aside), or that stand
    in both sets."""
    generator = Generator()
    known = {normalised(text) for fact in generator.facts for lang in LANGUAGES
             for text in generator.base_wordings(fact, lang)}
    return [row for row in wordings if normalised(row.text) in known]


class TorchAnswerer:
    """Greedy answers from the network of model.py on the weights that the GGUF holds."""

    def __init__(self, path):
        import torch
        from gguf_file import Reader
        from model import Guide, Shape
        from tokenizer import END, Tokenizer
        file = Reader(path)
        get = lambda key: file.metadata[f"llama.{key}"]
        shape = Shape(vocab=get("vocab_size"), dim=get("embedding_length"), layers=get("block_count"),
                      heads=get("attention.head_count"), kv_heads=get("attention.head_count_kv"),
                      ffn=get("feed_forward_length"), context=get("context_length"),
                      norm_eps=get("attention.layer_norm_rms_epsilon"), rope_base=get("rope.freq_base"))
        self.torch = torch
        self.model = Guide(shape).eval()
        self.model.load_state_dict({name: torch.tensor(array) for name, array in file.tensors.items()})
        self.tokenizer = Tokenizer([merge.split(" ") for merge in file.metadata["tokenizer.ggml.merges"]])
        self.end = self.tokenizer.ids[END]

    def answer(self, messages):
        """messages: list of (role, text) that ends with the question."""
        fed = self.tokenizer.prompt(messages)
        past, answer = [[] for _ in self.model.blk], []
        with self.torch.no_grad():
            while len(answer) < MAX_TOKENS:
                hidden = self.model(self.torch.tensor([fed]), past)
                token = int(self.model.output(hidden[0, -1]).argmax())
                if token == self.end:
                    break
                answer.append(token)
                fed = [token]
        return self.tokenizer.decode(answer)


class ProgramAnswerer:
    """Answers of `PROGRAM run MODEL --temp 0 --json`: one process per question."""

    def __init__(self, program, path):
        self.command = [program, "run", str(path), "--temp", "0", "--json", "--max-tokens", str(MAX_TOKENS)]

    def answer(self, messages):
        done = subprocess.run([*self.command, "--", messages[-1][1]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=True)
        return json.loads(done.stdout)["text"]


def report(wordings, answers, facts):
    """Prints misses and the score per topic and language → share of right answers."""
    by_id = {fact.id: fact for fact in facts}
    by_answer = {text: f"{fact.id} {lang}" for fact in facts for lang, text in fact.answer.items()}
    right, asked = Counter(), Counter()
    for row, given in zip(wordings, answers):
        fact = by_id[row.fact]
        good = given.strip() == fact.answer[row.lang]
        for group in ("all", row.lang, f"topic {fact.topic}"):
            asked[group] += 1
            right[group] += good
        if not good:
            print(f"miss  {row.fact} {row.lang}: {row.text}\n      → {by_answer.get(given.strip(), given.strip())}")
    for group in sorted(asked):
        print(f"{group:16} {right[group]:4} of {asked[group]:4}  {right[group] / asked[group]:6.1%}")
    return right["all"] / asked["all"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--program", help="ask this nagare program instead of PyTorch")
    parser.add_argument("--set", choices=("held-back", "development"), default="held-back")
    args = parser.parse_args()
    wordings = read_wordings(HELD_BACK if args.set == "held-back" else DEVELOPMENT)
    leaked = leaks(wordings)
    if leaked:
        print("in the training text too:\n" + "\n".join(f"  {row.fact} {row.lang}: {row.text}" for row in leaked))
        sys.exit(2)
    answerer = ProgramAnswerer(args.program, args.model) if args.program else TorchAnswerer(args.model)
    answers = [answerer.answer([("user", row.text)]) for row in wordings]
    share = report(wordings, answers, load_facts())
    print(f"{'pass' if share >= REQUIRED else 'FAIL'}: {share:.1%} right, {REQUIRED:.0%} required")
    sys.exit(0 if share >= REQUIRED else 1)


if __name__ == "__main__":
    main()
