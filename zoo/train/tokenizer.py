"""Byte-level BPE, trained here and written into the GGUF as tokenizer "gpt2" with the "qwen2" splitter.

Training follows the method's definition: count words, merge the most frequent neighbouring pair, repeat.
Encoding applies the merges in the order in which they were learned.
"""
from collections import Counter, defaultdict
from functools import lru_cache

import regex

# Qwen2's pre-tokenizer. A pair is never merged across the border of two of these pieces.
SPLIT = regex.compile(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                      r"|\s*[\r\n]+|\s+(?!\S)|\s+")
END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, START, END)


def byte_alphabet():
    """GPT-2's printable stand-in for each of the 256 bytes: printable bytes stand for themselves, the
    others take the code points from 256 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable},
            **{byte: chr(256 + index) for index, byte in enumerate(others)}}


BYTE_TO_CHAR = byte_alphabet()
CHAR_TO_BYTE = {char: byte for byte, char in BYTE_TO_CHAR.items()}


def to_alphabet(piece):
    return "".join(BYTE_TO_CHAR[byte] for byte in piece.encode("utf-8"))


def merge_pair(symbols, pair):
    """symbols with every neighbouring `pair` joined, from left to right."""
    merged, index = [], 0
    while index < len(symbols):
        if index + 1 < len(symbols) and (symbols[index], symbols[index + 1]) == pair:
            merged.append(symbols[index] + symbols[index + 1])
            index += 2
        else:
            merged.append(symbols[index])
            index += 1
    return merged


def train(texts, vocab_size):
    """→ the merges, most frequent first; together with 256 bytes and the special tokens they make
    vocab_size tokens. Ties go to the pair that sorts first, so the result depends on the text alone."""
    counts = Counter(piece for text in texts for piece in SPLIT.findall(text))
    words = [list(to_alphabet(piece)) for piece in counts]
    weight = list(counts.values())
    pair_count, pair_words = Counter(), defaultdict(set)
    for index, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pair_count[pair] += weight[index]
            pair_words[pair].add(index)
    merges, tokens = [], set()
    while len(tokens) < vocab_size - 256 - len(SPECIAL):
        pair = min(pair_count, key=lambda p: (-pair_count[p], p))
        if pair_count[pair] < 2:
            raise ValueError(f"the text has too few pieces for {vocab_size} tokens")
        merges.append(pair)
        tokens.add(pair[0] + pair[1])
        for index in list(pair_words[pair]):
            for old in zip(words[index], words[index][1:]):
                pair_count[old] -= weight[index]
                pair_words[old].discard(index)
            words[index] = merge_pair(words[index], pair)
            for new in zip(words[index], words[index][1:]):
                pair_count[new] += weight[index]
                pair_words[new].add(index)
        del pair_count[pair]
    return merges


class Tokenizer:
    """Text ↔ token ids. Ids: 256 bytes, then one token per merge, then the special tokens."""

    def __init__(self, merges):
        self.merges = [tuple(pair) for pair in merges]
        self.tokens = list(dict.fromkeys([*BYTE_TO_CHAR.values(), *(a + b for a, b in self.merges), *SPECIAL]))
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        self.rank = {pair: index for index, pair in enumerate(self.merges)}
        self.encode_piece = lru_cache(maxsize=200_000)(self._encode_piece)

    def _encode_piece(self, piece):
        symbols = list(to_alphabet(piece))
        while len(symbols) > 1:
            best = min(zip(symbols, symbols[1:]), key=lambda pair: self.rank.get(pair, len(self.rank)))
            if best not in self.rank:
                break
            symbols = merge_pair(symbols, best)
        return tuple(self.ids[symbol] for symbol in symbols)

    def encode(self, text):
        """Ids of plain text; special tokens in it are not special."""
        return [token for piece in SPLIT.findall(text) for token in self.encode_piece(piece)]

    def decode(self, ids):
        """Text of ids, special tokens left out."""
        chars = "".join(self.tokens[index] for index in ids if self.tokens[index] not in SPECIAL)
        return bytes(CHAR_TO_BYTE[char] for char in chars).decode("utf-8", errors="replace")

    def turn(self, role, text):
        """ChatML: one closed turn."""
        return [self.ids[START], *self.encode(f"{role}\n{text}"), self.ids[END], *self.encode("\n")]

    def prompt(self, messages):
        """Ids of (role, text) messages and the opening of the answer, as the chat template writes them."""
        ids = [token for role, text in messages for token in self.turn(role, text)]
        return ids + [self.ids[START], *self.encode("assistant\n")]
