"""GGUF files put together field by field, so that any field can be wrong."""

import struct

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
NUMBERS = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "?", U64: "Q", I64: "q", F64: "d"}
TYPE_F32, TYPE_F16, TYPE_Q4_0 = 0, 1, 2


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def value(kind: int, content) -> bytes:
    return text(content) if kind == STRING else struct.pack("<" + NUMBERS[kind], content)


def key(name: str, kind: int, content) -> bytes:
    return text(name) + struct.pack("<I", kind) + value(kind, content)


def array(name: str, kind: int, contents) -> bytes:
    head = text(name) + struct.pack("<IIQ", ARRAY, kind, len(contents))
    return head + b"".join(value(kind, content) for content in contents)


def tensor(name: str, dims, kind: int, offset: int) -> bytes:
    """`dims` innermost first, as in the file; they may be out of a u64's range on purpose."""
    packed = b"".join(struct.pack("<Q", dim & (2**64 - 1)) for dim in dims)
    return text(name) + struct.pack("<I", len(dims)) + packed + struct.pack("<IQ", kind, offset)


def front(keys, tensors, version=3, key_count=None, tensor_count=None, magic=b"GGUF") -> bytes:
    counts = struct.pack(
        "<IQQ",
        version,
        len(tensors) if tensor_count is None else tensor_count,
        len(keys) if key_count is None else key_count,
    )
    return magic + counts + b"".join(keys) + b"".join(tensors)


def padded(data: bytes, alignment=32) -> bytes:
    return data + bytes(-len(data) % alignment)


def file(keys, tensors=(), data_bytes=0, **fields) -> bytes:
    return padded(front(list(keys), list(tensors), **fields)) + bytes(data_bytes)


LLAMA = {
    "general.architecture": (STRING, "llama"),
    "llama.block_count": (U32, 1),
    "llama.context_length": (U32, 64),
    "llama.embedding_length": (U32, 32),
    "llama.feed_forward_length": (U32, 32),
    "llama.attention.head_count": (U32, 2),
    "llama.attention.layer_norm_rms_epsilon": (F32, 1e-5),
}
VOCAB_SIZE = 259
LLAMA_TENSORS = {
    "token_embd.weight": (32, VOCAB_SIZE),
    "output_norm.weight": (32,),
    "blk.0.attn_norm.weight": (32,),
    "blk.0.attn_q.weight": (32, 32),
    "blk.0.attn_k.weight": (32, 32),
    "blk.0.attn_v.weight": (32, 32),
    "blk.0.attn_output.weight": (32, 32),
    "blk.0.ffn_norm.weight": (32,),
    "blk.0.ffn_gate.weight": (32, 32),
    "blk.0.ffn_up.weight": (32, 32),
    "blk.0.ffn_down.weight": (32, 32),
}


def vocab_arrays(**changed) -> dict:
    """The tokenizer's arrays: name to (kind, contents)."""
    texts = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    arrays = {
        "tokens": (STRING, texts),
        "scores": (F32, [0.0] * VOCAB_SIZE),
        "token_type": (I32, [2, 3, 3] + [6] * 256),
    }
    return arrays | changed


def llama(keys=None, tensors=None, vocab=None, fill: bytes = b"") -> bytes:
    """A whole llama of one layer with F32 weights, all zero or `fill` repeated. A key or tensor set to None is absent."""
    pairs = LLAMA | {"tokenizer.ggml.model": (STRING, "llama")} | (keys or {})
    written = [key(name, *pair) for name, pair in pairs.items() if pair is not None]
    arrays = vocab_arrays() if vocab is None else vocab
    written += [array(f"tokenizer.ggml.{name}", kind, contents) for name, (kind, contents) in arrays.items()]
    shapes = {name: dims for name, dims in (LLAMA_TENSORS | (tensors or {})).items() if dims is not None}
    records, offset = [], 0
    for name, dims in shapes.items():
        records.append(tensor(name, dims, TYPE_F32, offset))
        count = 1
        for dim in dims:
            count *= dim
        offset += (4 * count + 31) // 32 * 32
    data = (fill * (offset // len(fill) + 1))[:offset] if fill else bytes(offset)
    return padded(front(written, records)) + data


BLOCKS = {0: (1, 4), 1: (1, 2), 30: (1, 2), 2: (32, 18), 6: (32, 22), 7: (32, 24), 8: (32, 34), 12: (256, 144), 13: (256, 176), 14: (256, 210)}
TYPE_NAMES = {0: "f32", 1: "f16", 30: "bf16", 2: "q4_0", 6: "q5_0", 7: "q5_1", 8: "q8_0", 12: "q4_K", 13: "q5_K", 14: "q6_K"}


def read(path) -> tuple[dict, dict]:
    """A sound file's keys and tensors: name to value, name to (type's name, dims, bytes)."""
    data = path.read_bytes()
    at = 8
    tensor_count, key_count = struct.unpack_from("<QQ", data, at)
    at += 16

    def take(form: str):
        nonlocal at
        (one,) = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return one

    def take_text() -> bytes:
        nonlocal at
        length = take("Q")
        at += length
        return data[at - length : at]

    def take_value(kind: int):
        if kind == STRING:
            return take_text()
        if kind != ARRAY:
            return take(NUMBERS[kind])
        element, count = take("I"), take("Q")
        return [take_value(element) for _ in range(count)]

    keys = {}
    for _ in range(key_count):
        name = take_text().decode()
        keys[name] = take_value(take("I"))
    records = []
    for _ in range(tensor_count):
        name = take_text().decode()
        dims = [take("Q") for _ in range(take("I"))]
        records.append((name, dims, take("I"), take("Q")))
    start = (at + 31) // 32 * 32
    tensors = {}
    for name, dims, kind, offset in records:
        elements, block_bytes = BLOCKS[kind]
        count = 1
        for dim in dims:
            count *= dim
        begin = start + offset
        tensors[name] = (TYPE_NAMES[kind], dims, data[begin : begin + count // elements * block_bytes])
    return keys, tensors
