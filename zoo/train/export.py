"""Turns a checkpoint into the shipped file: a GGUF of architecture "llama" with its tokenizer inside.

    python3 export.py build/checkpoint.pt build/merges.json ../nagare-guide.gguf
"""
import json
import sys
from pathlib import Path

import torch

import gguf_file as gguf
from model import Shape
from tokenizer import END, END_OF_TEXT, SPECIAL, Tokenizer

NORMAL, CONTROL = 1, 3
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def general_metadata():
    text = lambda key, value: (f"general.{key}", gguf.STRING, value)
    return [text("architecture", "llama"), text("name", "nagare guide"), text("author", "the nagare contributors"),
            text("license", "apache-2.0"),
            text("description", "A guide to inference, in English and Japanese; made in zoo/train"),
            ("general.languages", (gguf.ARRAY, gguf.STRING), ["en", "ja"]),
            ("general.quantization_version", gguf.UINT32, 2), ("general.file_type", gguf.UINT32, 7)]


def network_metadata(shape):
    number = lambda key, value: (f"llama.{key}", gguf.UINT32, value)
    return [number("vocab_size", shape.vocab), number("context_length", shape.context),
            number("embedding_length", shape.dim), number("block_count", shape.layers),
            number("feed_forward_length", shape.ffn), number("attention.head_count", shape.heads),
            number("attention.head_count_kv", shape.kv_heads), number("rope.dimension_count", shape.head_dim),
            ("llama.attention.layer_norm_rms_epsilon", gguf.FLOAT32, shape.norm_eps),
            ("llama.rope.freq_base", gguf.FLOAT32, shape.rope_base)]


def tokenizer_metadata(tokenizer):
    kinds = [CONTROL if token in SPECIAL else NORMAL for token in tokenizer.tokens]
    return [("tokenizer.ggml.model", gguf.STRING, "gpt2"), ("tokenizer.ggml.pre", gguf.STRING, "qwen2"),
            ("tokenizer.ggml.tokens", (gguf.ARRAY, gguf.STRING), tokenizer.tokens),
            ("tokenizer.ggml.token_type", (gguf.ARRAY, gguf.INT32), kinds),
            ("tokenizer.ggml.merges", (gguf.ARRAY, gguf.STRING), [" ".join(pair) for pair in tokenizer.merges]),
            ("tokenizer.ggml.bos_token_id", gguf.UINT32, tokenizer.ids[END_OF_TEXT]),
            ("tokenizer.ggml.eos_token_id", gguf.UINT32, tokenizer.ids[END]),
            ("tokenizer.ggml.padding_token_id", gguf.UINT32, tokenizer.ids[END_OF_TEXT]),
            ("tokenizer.ggml.add_bos_token", gguf.BOOL, False),
            ("tokenizer.chat_template", gguf.STRING, CHAT_TEMPLATE)]


def export(checkpoint_path, merges_path, out_path):
    checkpoint = torch.load(checkpoint_path)
    tokenizer = Tokenizer(json.loads(Path(merges_path).read_text()))
    shape = Shape(**checkpoint["shape"])
    metadata = general_metadata() + network_metadata(shape) + tokenizer_metadata(tokenizer)
    tensors = [(name, weight.numpy()) for name, weight in checkpoint["weights"].items()]
    gguf.write(Path(out_path), metadata, tensors)
    print(f"{out_path}: {Path(out_path).stat().st_size} bytes, {sum(a.size for _, a in tensors)} weights, "
          f"step {checkpoint['step']}")


if __name__ == "__main__":
    export(*sys.argv[1:4])
