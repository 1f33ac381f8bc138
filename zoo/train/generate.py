"""Writes the training conversations: facts × wordings × politeness, casing, punctuation and typos.

The data are in facts/*.toml and templates.toml; this file only combines them. Every draw comes from the
`random.Random` that the caller passes in, so a seed fixes the text. Run as a program it prints samples.
"""
import random
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LANGUAGES = ("en", "ja")
OFFTOPIC = "offtopic"
GROUP = re.compile(r"\(([^()]*)\)")


@dataclass
class Fact:
    id: str
    topic: str
    answer: dict  # language → the one right answer
    terms: dict  # language → what the "what is …" templates ask for
    asks: dict  # language → whole wordings


def load_facts():
    """All facts in file order; the topic is the file's name without its number."""
    facts = []
    for path in sorted((HERE / "facts").glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["fact"]:
            pick = lambda prefix: {lang: entry.get(f"{prefix}_{lang}", []) for lang in LANGUAGES}
            answer = {lang: entry[lang] for lang in LANGUAGES}
            facts.append(Fact(entry["id"], path.stem.split("_", 1)[1], answer, pick("terms"), pick("ask")))
    return facts


def normalised(text):
    """A wording without what a person varies by accident: case, width, punctuation, spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN" or c in "+-_")


def expand(pattern, rng):
    """One random choice for every (a|b|c) of the pattern."""
    while match := GROUP.search(pattern):
        pattern = pattern[:match.start()] + rng.choice(match[1].split("|")) + pattern[match.end():]
    return re.sub(" +", " ", pattern).strip()


def expansions(pattern):
    """All wordings of a pattern, for the check that no held-back wording is among them."""
    match = GROUP.search(pattern)
    if not match:
        yield re.sub(" +", " ", pattern).strip()
        return
    for choice in match[1].split("|"):
        yield from expansions(pattern[:match.start()] + choice + pattern[match.end():])


class Generator:
    """Draws questions and conversations. `forbidden` holds normalised wordings that must never be drawn
    (the development and held-back sets)."""

    def __init__(self, forbidden=frozenset()):
        self.facts = load_facts()
        self.by_id = {fact.id: fact for fact in self.facts}
        self.templates = tomllib.loads((HERE / "templates.toml").read_text(encoding="utf-8"))
        self.forbidden = forbidden
        self.weights = {(fact.id, lang): 14.0 if fact.id == OFFTOPIC else 1.0
                        for fact in self.facts for lang in LANGUAGES}

    def base_wordings(self, fact, lang):
        """Every wording of a fact before noise (off-topic ones are too many to list: none)."""
        for ask in fact.asks[lang]:
            yield from expansions(ask)
        for pattern in self.templates[f"{lang}_define"] + self.templates[f"{lang}_purpose"]:
            for wording in expansions(pattern):
                yield from (wording.replace("{t}", term) for term in fact.terms[lang])

    def wording(self, fact, lang, rng):
        """One wording before noise: a whole one, or a template around a term."""
        if fact.id == OFFTOPIC:
            return self.offtopic_wording(lang, rng)
        terms, asks = fact.terms[lang], fact.asks[lang]
        if terms and (not asks or rng.random() < 0.45):
            kind = "define" if rng.random() < 0.7 else "purpose"
            return expand(rng.choice(self.templates[f"{lang}_{kind}"]), rng).replace("{t}", rng.choice(terms))
        return expand(rng.choice(asks), rng)

    def offtopic_wording(self, lang, rng):
        lists = self.templates["lists" if lang == "en" else "lists_ja"]
        text = expand(rng.choice(self.templates["offtopic"][lang]), rng)
        while match := re.search(r"\{(\w+)\}", text):
            word = pseudo_word(match[1], rng) if "noise" in match[1] else rng.choice(lists[match[1]])
            text = text[:match.start()] + word + text[match.end():]
        return text

    def question(self, fact, lang, rng):
        """A wording as a person might type it; never a forbidden one."""
        while True:
            text = self.wording(fact, lang, rng)
            text = self.vary_words(text, lang, rng)
            if rng.random() < 0.3:
                text = rng.choice(self.templates[f"{lang}_before"]) + text
            if rng.random() < 0.15:
                text += rng.choice(self.templates[f"{lang}_after"])
            text = add_typos(text, lang, rng)
            text = casing_and_end(text, lang, rng)
            if normalised(text) not in self.forbidden:
                return text

    def vary_words(self, text, lang, rng):
        """Now and then a synonym for a word, or a small word left out."""
        synonyms = self.templates["synonyms"]
        if lang == "ja":
            for word in (w for w in synonyms if not w.isascii() and w in text and rng.random() < 0.25):
                text = text.replace(word, rng.choice(synonyms[word]), 1)
            return text
        words = text.split(" ")
        words = [rng.choice(synonyms[w]) if w in synonyms and rng.random() < 0.15 else w for w in words]
        if len(words) > 4 and rng.random() < 0.1:
            small = [i for i, w in enumerate(words) if w in ("the", "a", "is", "do", "does", "of", "i", "to")]
            if small:
                del words[rng.choice(small)]
        return " ".join(words)

    def conversation(self, rng):
        """→ (fact id, language, messages). The last message is the answer that training asks for; the
        earlier ones are an optional system message, up to two turns of history, and the question."""
        keys = list(self.weights)
        fact_id, lang = rng.choices(keys, [self.weights[key] for key in keys])[0]
        messages = []
        if rng.random() < 0.15:
            messages.append(("system", rng.choice(self.templates["systems"])))
        turns = rng.choices((0, 1, 2), (0.945, 0.05, 0.005))[0]
        for _ in range(turns):
            earlier = rng.choice(self.facts)
            earlier_lang = lang if rng.random() < 0.8 else rng.choice(LANGUAGES)
            messages.append(("user", self.question(earlier, earlier_lang, rng)))
            messages.append(("assistant", earlier.answer[earlier_lang]))
        if turns and rng.random() < 0.3:
            kind, answer_lang = rng.choice((("to_ja", "ja"), ("to_en", "en"), ("again", earlier_lang)))
            patterns = self.templates[kind if kind != "again" else f"again_{earlier_lang}"]
            text = casing_and_end(expand(rng.choice(patterns), rng), lang, rng)
            return earlier.id, answer_lang, messages + [("user", text), ("assistant", earlier.answer[answer_lang])]
        fact = self.by_id[fact_id]
        messages.append(("user", self.question(fact, lang, rng)))
        messages.append(("assistant", fact.answer[lang]))
        return fact_id, lang, messages


def pseudo_word(kind, rng):
    """A word that does not exist: the model learns that unknown words are not its subject."""
    if kind == "jnoise":
        if rng.random() < 0.5:
            return "".join(rng.choice("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンガギグゲゴ")
                           for _ in range(rng.randint(3, 6)))
        return "".join(chr(rng.randint(0x4E00, 0x8FFF)) for _ in range(rng.randint(2, 3)))
    return "".join(rng.choice("bcdfghjklmnprstvwz") + rng.choice("aeiou") + rng.choice(("", "", "n", "r", "s", "l"))
                   for _ in range(rng.randint(2, 4)))


def add_typos(text, lang, rng):
    """One or two slips of the finger in some English wordings; a lost particle in a few Japanese ones."""
    if lang == "ja":
        if rng.random() < 0.06 and (spots := [m.start() for m in re.finditer("[はをがの]", text)]):
            spot = rng.choice(spots)
            text = text[:spot] + text[spot + 1:]
        return text
    if rng.random() > 0.14:
        return text
    for _ in range(rng.choice((1, 1, 2))):
        spots = [i for i in range(1, len(text) - 1) if text[i - 1:i + 2].isalpha()]
        if not spots:
            return text
        i = rng.choice(spots)
        kind = rng.random()
        if kind < 0.35:
            text = text[:i] + text[i + 1:]
        elif kind < 0.65:
            text = text[:i] + text[i + 1] + text[i] + text[i + 2:]
        elif kind < 0.85:
            text = text[:i] + text[i] + text[i:]
        else:
            text = text[:i] + rng.choice("abcdefghijklmnopqrstuvwxyz") + text[i + 1:]
    return text


def casing_and_end(text, lang, rng):
    """Casing and the final punctuation."""
    if lang == "ja":
        if text.endswith(("？", "。")):
            return text
        end = rng.choices(("？", "", "。", "?", "？？", "！"), (40, 35, 14, 8, 1, 2))[0]
        return (text.lower() if rng.random() < 0.2 else text) + end
    roll = rng.random()
    if roll < 0.5:
        text = text[:1].upper() + text[1:]
    elif roll < 0.75:
        text = text.lower()
    elif roll < 0.77:
        text = text.upper()
    elif roll < 0.79:
        text = text.title()
    if text.endswith("?"):
        return text
    return text + rng.choices(("?", "", ".", "??", " ?", "!", "?!"), (50, 35, 8, 1, 2, 3, 1))[0]


def main():
    rng = random.Random(1)
    generator = Generator()
    for _ in range(40):
        fact_id, lang, messages = generator.conversation(rng)
        print(f"[{fact_id} {lang}] " + " / ".join(text for role, text in messages[:-1]))


if __name__ == "__main__":
    main()
