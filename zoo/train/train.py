"""Trains the guide: generated conversations, loss on the answer only, checkpoints on the way.

    python3 train.py --out build --steps 9000

Most answers are cut after a few tokens: which answer it is gets decided at its start, and a whole answer
costs four times as much. Every `--whole` part of a batch keeps the whole answer, so that its end is learned.
"""
import argparse
import json
import math
import random
import time
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F

from evaluate import read_wordings, DEVELOPMENT, HELD_BACK
from generate import Generator, normalised
from model import Guide, Shape
from tokenizer import END, Tokenizer, train as train_merges

IGNORED = -100
STEP = 8  # lengths, in tokens
LOSS_STEP = 256  # answer tokens per batch


def make_tokenizer(generator, vocab_size, path, rng):
    """Trains the merges on generated conversations once and keeps them at `path`."""
    if not path.exists():
        texts = [text for fact in generator.facts for text in fact.answer.values() for _ in range(20)]
        for _ in range(40_000):
            fact_id, lang, messages = generator.conversation(rng)
            texts += [text for role, text in messages if role != "assistant"]
        path.write_text(json.dumps(train_merges(texts, vocab_size), ensure_ascii=False))
    return Tokenizer(json.loads(path.read_text()))


class Feed:
    """Endless batches of equal-length-ish samples: (tokens, targets, keys of the facts)."""

    def __init__(self, generator, tokenizer, args):
        self.generator, self.tokenizer, self.args = generator, tokenizer, args
        self.rng = random.Random(args.seed)
        self.ready, self.left = [], []

    def sample(self):
        fact_id, lang, messages = self.generator.conversation(self.rng)
        prompt = self.tokenizer.prompt(messages[:-1])
        answer = self.tokenizer.encode(messages[-1][1]) + [self.tokenizer.ids[END]]
        if self.rng.random() > self.args.whole:
            answer = answer[:self.rng.randint(2, 9)]
        return prompt + answer, len(prompt), (fact_id, lang)

    def batch(self):
        """A pool of samples is sorted by length and cut into batches of about batch_tokens tokens. Lengths are
        rounded up to STEP, so that few shapes occur: oneDNN compiles a kernel for every new one."""
        if not self.ready:
            pool = self.left + [self.sample() for _ in range(4096)]
            by_length = defaultdict(list)
            for item in pool:
                by_length[-(-len(item[0]) // STEP) * STEP].append(item)
            self.left = []
            for length, items in by_length.items():
                rows = self.args.batch_tokens // length
                whole = len(items) // rows * rows
                self.ready += [(length, items[i:i + rows]) for i in range(0, whole, rows)]
                self.left += items[whole:]
            self.rng.shuffle(self.ready)
        length, group = self.ready.pop()
        tokens = torch.zeros(len(group), length, dtype=torch.long)
        targets = torch.full((len(group), length), IGNORED)
        for row, (ids, prompt_length, _) in enumerate(group):
            tokens[row, :len(ids) - 1] = torch.tensor(ids[:-1])
            targets[row, prompt_length - 1:len(ids) - 1] = torch.tensor(ids[prompt_length:])
        return tokens, targets, [key for _, _, key in group]


def loss_of(model, tokens, targets):
    """→ (mean loss, loss per answer token, rows of those tokens). Matrix products run in bfloat16; the
    answer tokens are padded to LOSS_STEP for the same reason as the lengths."""
    rows, columns = (targets != IGNORED).nonzero(as_tuple=True)
    count = len(rows)
    spare = -count % LOSS_STEP
    padded_rows, padded_columns = F.pad(rows, (0, spare)), F.pad(columns, (0, spare))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model.output(model(tokens)[padded_rows, padded_columns])
    losses = F.cross_entropy(logits[:count].float(), targets[rows, columns], reduction="none")
    return losses.mean(), losses.detach(), rows


def learning_rate(step, args):
    """Linear warm-up, then a cosine down to 3 %."""
    if step < args.warmup:
        return args.rate * (step + 1) / args.warmup
    done = (step - args.warmup) / max(1, args.steps - args.warmup)
    return args.rate * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def reweight(generator, mean_loss):
    """Facts that are still mixed up are asked more often: weight 1 … 4 by their recent loss."""
    middle = sorted(mean_loss.values())[len(mean_loss) // 2]
    for key, loss in mean_loss.items():
        if key[0] != "offtopic":
            generator.weights[key] = min(4.0, max(1.0, loss / (middle + 1e-6)))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--steps", type=int, default=4700)
    parser.add_argument("--warmup", type=int, default=100)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--whole", type=float, default=0.08)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--vocab", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start", type=Path, help="a checkpoint whose weights to start from")
    return parser.parse_args()


def save(model, args, step):
    """The checkpoint carries the shape, so that nobody has to repeat the options."""
    part = args.out / "checkpoint.part"
    torch.save({"shape": vars(model.shape), "weights": model.state_dict(), "step": step}, part)
    part.rename(args.out / "checkpoint.pt")


def main():
    args = parse_arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    forbidden = {normalised(row.text) for path in (DEVELOPMENT, HELD_BACK) for row in read_wordings(path)}
    generator = Generator(forbidden)
    tokenizer = make_tokenizer(generator, args.vocab, args.out / "merges.json", random.Random(args.seed))
    model = Guide(Shape(vocab=len(tokenizer.tokens), layers=args.layers))
    if args.start:
        model.load_state_dict(torch.load(args.start)["weights"])
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05},
                                   {"params": others, "weight_decay": 0.0}], betas=(0.9, 0.97))
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(tokenizer.tokens)} tokens", flush=True)
    feed = Feed(generator, tokenizer, args)
    recent, seen_tokens, loss_sum, begin = defaultdict(lambda: 1.0), 0, 0.0, time.time()
    for step in range(args.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args)
        tokens, targets, keys = feed.batch()
        loss, losses, rows = loss_of(model, tokens, targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen_tokens += tokens.numel()
        loss_sum += loss.item()
        per_row = torch.zeros(len(keys)).index_add_(0, rows, losses)
        for key, value in zip(keys, per_row.tolist()):
            recent[key] += 0.1 * (value - recent[key])
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} loss {loss_sum / 50:.4f} tokens {seen_tokens} "
                  f"{seen_tokens / (time.time() - begin):.0f}/s {(time.time() - begin) / 60:.1f} min", flush=True)
            loss_sum = 0.0
        if (step + 1) % 100 == 0:
            reweight(generator, recent)
            save(model, args, step + 1)
    save(model, args, args.steps)


if __name__ == "__main__":
    main()
