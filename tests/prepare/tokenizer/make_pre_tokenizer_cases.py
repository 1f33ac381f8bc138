#!/usr/bin/env python3
"""Writes pre_tokenizer_cases.txt: texts cut by the models' own regular expressions, for the scanners to agree with.

Needs the module `regex` (Debian: python3-regex), which knows \\p{…}, look-ahead and possessive quantifiers. The
expressions are those of the models' published tokenizer.json files. With a number as argument it writes nothing and
instead prints that many random cases per family to stdout, in the same form.
"""

import pathlib
import random
import sys
import unicodedata

import regex

CONTRACTION = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"
LOWER = r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
ASCII_PUNCTUATION = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""
DEEPSEEK_CJK = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"
HAN_KANA = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
BLOOM = " ?[^(\\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)]+"
DEEPSEEK_LETTERS = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377"
    "\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556"
)  # the part that the cases use


def gpt4(digits, contraction=CONTRACTION + "|", tail=r"[\r\n]*", spaces=SPACES):
    return rf"{contraction}[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{digits}| ?[^\s\p{{L}}\p{{N}}]+{tail}|{spaces}"


def o200k(digits, contraction=CONTRACTION + "?", tail=r"[\r\n/]*", without=""):
    upper, lower = f"[{UPPER}{without}]", f"[{LOWER}{without}]"
    lead = r"[^\r\n\p{L}\p{N}]?"
    return (
        rf"{lead}{upper}*{lower}+{contraction}|{lead}{upper}+{lower}*{contraction}|"
        rf"\p{{N}}{digits}| ?[^\s\p{{L}}\p{{N}}]+{tail}|{SPACES}"
    )


def deepseek_v3(end):
    return rf"{ASCII_PUNCTUATION}[A-Za-z]+|[^\r\n\p{{L}}\p{{P}}\p{{S}}]?[\p{{L}}\p{{M}}]+| ?[\p{{P}}\p{{S}}]+{end}"


CASCADE = "|".join(rf"\s{{{n}}}(?!\S)" for n in (512, 256, 128, 64, 32, 16, 8, 4)) + r"|\s{1,2}(?!\S)|\s"
FAMILIES = {
    "default": [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"],
    "gpt-2": [GPT2],
    "starcoder": [r"\p{N}", GPT2],
    "falcon": [r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]"],
    "llama-bpe": [gpt4("{1,3}")],
    "jais-2": [gpt4("{1,3}", spaces=r"\s*[\r\n]+|" + CASCADE)],
    "qwen2": [gpt4("")],
    "bailingmoe": [
        r"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*"
        r"|\s*[\r\n]|\s+(?!\S)|\s+"
    ],
    "qwen35": [
        CONTRACTION + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACES
    ],
    "seed-coder": [CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|" + SPACES],
    "ufakzeka": [gpt4("", contraction="")],
    "laguna": [r"[^\n]+|[\n]+", gpt4("")],
    "minicpm5": [r"\p{N}{1,3}", gpt4("+")],
    "exaone-moe": [
        CONTRACTION + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"
        r"|\s*[\r\n]|\s+(?!\S)|\s+"
    ],
    "gpt-4o": [o200k("{1,3}")],
    "tekken": [o200k("", contraction="")],
    "kimi-k2": [r"[\p{Han}]+|" + o200k("{1,3}", tail=r"[\r\n]*", without=r"&&[^\p{Han}]")],
    "tiny_aya": [r"\d{1,3}(?=(?:\d{3})*\b)", o200k("{1,3}")],
    "youtu": [
        "[\uac00-\ud7a3\u3131-\u318e]+|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-\u303f"
        "\ufe30-\ufe4f]+|[\u3105-\u312f]+|" + HAN_KANA,
        o200k(""),
    ],
    "bloom": [BLOOM],
    "viking": [BLOOM, r"\p{N}"],
    "deepseek-llm": [
        "[\r\n]",
        rf"\s?[{DEEPSEEK_LETTERS}]+",
        "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+",
        r"\s+$",
        DEEPSEEK_CJK,
        r"\p{N}+",
    ],
    "deepseek-coder": ["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", DEEPSEEK_CJK, r"\p{N}"],
    "deepseek-v3": [r"\p{N}{1,3}", HAN_KANA, deepseek_v3(r"[\r\n]*|" + SPACES)],
    "spark2_5": [r"\p{N}{1,3}", HAN_KANA, deepseek_v3(r"|[\r\n]|\s+(?!\S)|\s+"), r"\p{N}"],
    "superbpe": [r"\p{N}+", r"(?=(\d{3})+(?!\d))"],
    "chameleon": [
        "<sentinel:[0-9]+>",
        "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
        "([\\t\\n]|    |  )",
        r"\p{N}",
        r"[\p{P}!-/:-@\[-`{-~]",
        GPT2,
    ],
    "gemma4": [r"[^\n]+|[\n]+"],
}
TEXTS = [
    "Hello, world! It's we'LL DON'T they'Ve I'd 'tis x's",
    "  two  spaces   three\ttab \u00a0nbsp\u3000wide ",
    "a\n\nb \n c\r\n\r\n  d\n   ",
    "0 12 345 6789 1234567 \u0663\u0664\u0665\u0666 \u00b2\u2167\u00bd x86_64 3.14 1,000,000a",
    "camelCase HTTPServer \u00c9COLE \u0130stanbul \u01c5 \u1e9e\u00df snake_case",
    "e\u0301a\u0308 \u0301x \u0915\u094d\u0937\u093f \u0e04\u0e33\u0e44\u0e17\u0e22 \u1780\u17b6\u1793\u17cb",
    "\u4e2d\u6587\u5b57\u3002\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8\u3001\ud55c\uad6d\uc5b4 text \u3005\u3007",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f !\U0001f3fb\u2603",
    "if (x<=10) { y->z += \"a\\b\"; } // ok?!\n/* $100 ^~`| */",
    "http://a.b/c?d=e&f#g /usr/bin//x/\n\n/y",
    "!!!???... ---===___ <sentinel:12> IMGIMGABCZ <|im_end|>",
    "\x00\x01\x7f\u200b\ufeff\ue000 \u2028\u2029\u0085end",
    " " * 9 + "x" + " " * 600 + "y" + "\t" * 5,
    "\u0627\u0644\u0633\u0644\u0627\u0645\u060c \u05e9\u05dc\u05d5\u05dd \u041f\u0440\u0438\u0432\u0435\u0442! "
    "\u03a3\u03c3\u03c2",
]


def split(passes, text):
    words = [text]
    for expression in passes:
        finer = []
        for word in words:
            last = 0
            for match in expression.finditer(word):
                finer += [word[last : match.start()], match.group(0)]
                last = match.end()
            finer.append(word[last:])
        words = [word for word in finer if word]
    return words


def escaped(text):
    plain = lambda c: c == " " or (c.isprintable() and c not in "\\\u00a6")
    return "".join(c if plain(c) else f"\\u{{{ord(c):x}}}" for c in text)


def random_text(random_source, pool):
    pieces = ["'s", "'LL", " ", "  ", "\n", "\r\n", "\t", "12", "3456", "/", "...", "Ab", "cDE", "\u0301", "\u4e2d"]
    count = random_source.choice([1, 3, 8, 20, 60])
    some = lambda: random_source.choice(pieces) if random_source.random() < 0.7 else random_source.choice(pool)
    return "".join(some() for _ in range(count))


def main():
    passes = {name: [regex.compile(e, regex.V1) for e in family] for name, family in FAMILIES.items()}
    texts, out = TEXTS, pathlib.Path(__file__).with_name("pre_tokenizer_cases.txt")
    if len(sys.argv) > 1:
        out = None
        source = random.Random(1)
        pool = [chr(c) for c in range(0x20000) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
        texts = [random_text(source, pool) for _ in range(int(sys.argv[1]))]
    lines = [
        f"{name}\t" + "\u00a6".join(escaped(word) for word in split(passes[name], text)) + "\n"
        for name in FAMILIES
        for text in texts
    ]
    if out:
        out.write_text("".join(lines), encoding="utf-8")
    else:
        sys.stdout.write("".join(lines))


if __name__ == "__main__":
    main()
