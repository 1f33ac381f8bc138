"""GGUF version 3, written and read: only what the shipped model needs (F32 and Q8_0 tensors).

The layout: magic, version, counts; key-value pairs; tensor descriptions; padding to 32 bytes; tensor data,
each tensor padded to 32 bytes. All little-endian. Dimensions are written innermost first.
"""
import struct

import numpy as np

ALIGNMENT = 32
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?",
           10: "<Q", 11: "<q", 12: "<d"}
F32, Q8_0 = 0, 8
BLOCK = 32  # weights that share one scale in Q8_0
Q8_0_BLOCK = np.dtype([("scale", "<f2"), ("values", "i1", BLOCK)])


def quantise_q8_0(matrix):
    """float32 [rows, columns] → bytes: per 32 weights a float16 scale (largest magnitude / 127), then 32
    signed bytes, rounded half away from zero as the format's own reference does."""
    blocks = np.ascontiguousarray(matrix, np.float32).reshape(-1, BLOCK)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    scaled = blocks * inverse
    out = np.empty(len(blocks), Q8_0_BLOCK)
    out["scale"] = scale[:, 0]
    out["values"] = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)
    return out.tobytes()


def dequantise_q8_0(data, shape):
    blocks = np.frombuffer(data, Q8_0_BLOCK)
    return (blocks["scale"].astype(np.float32)[:, None] * blocks["values"]).reshape(shape)


def packed_string(text):
    raw = text.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def packed_value(kind, value):
    """kind is a type number, or (ARRAY, element type)."""
    if isinstance(kind, tuple):
        body = b"".join(packed_value(kind[1], item)[4:] for item in value)
        return struct.pack("<IIQ", ARRAY, kind[1], len(value)) + body
    body = packed_string(value) if kind == STRING else struct.pack(SCALARS[kind], value)
    return struct.pack("<I", kind) + body


def padding(size):
    return b"\0" * (-size % ALIGNMENT)


def write(path, metadata, tensors):
    """metadata: list of (key, kind, value). tensors: list of (name, float32 array); matrices are stored as
    Q8_0, vectors as F32."""
    descriptions, bodies, offset = b"", [], 0
    for name, array in tensors:
        kind, body = (Q8_0, quantise_q8_0(array)) if array.ndim == 2 else (F32, array.astype("<f4").tobytes())
        descriptions += packed_string(name) + struct.pack("<I", array.ndim)
        descriptions += struct.pack(f"<{array.ndim}Q", *reversed(array.shape)) + struct.pack("<IQ", kind, offset)
        body += padding(len(body))
        bodies.append(body)
        offset += len(body)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(packed_string(key) + packed_value(kind, value) for key, kind, value in metadata)
    head += descriptions
    path.write_bytes(head + padding(len(head)) + b"".join(bodies))


class Reader:
    """Reads what `write` wrote → metadata (key → value) and tensors (name → float32 array)."""

    def __init__(self, path):
        self.data, self.at = path.read_bytes(), 4
        version, tensor_count, key_count = self.take("<IQQ")
        if self.data[:4] != b"GGUF" or version != 3:
            raise ValueError(f"{path}: not a GGUF file of version 3")
        self.metadata = {}
        for _ in range(key_count):
            key = self.string()
            self.metadata[key] = self.value(*self.take("<I"))
        described = [self.description() for _ in range(tensor_count)]
        begin = self.at + len(padding(self.at))
        self.tensors = {name: self.tensor(begin + offset, shape, kind) for name, shape, kind, offset in described}

    def take(self, pattern):
        values = struct.unpack_from(pattern, self.data, self.at)
        self.at += struct.calcsize(pattern)
        return values

    def string(self):
        (length,) = self.take("<Q")
        self.at += length
        return self.data[self.at - length:self.at].decode("utf-8")

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            element, count = self.take("<IQ")
            return [self.value(element) for _ in range(count)]
        return self.take(SCALARS[kind])[0]

    def description(self):
        name = self.string()
        (axes,) = self.take("<I")
        shape = tuple(reversed(self.take(f"<{axes}Q")))
        kind, offset = self.take("<IQ")
        return name, shape, kind, offset

    def tensor(self, at, shape, kind):
        count = int(np.prod(shape))
        if kind == F32:
            return np.frombuffer(self.data, "<f4", count, at).reshape(shape)
        if kind == Q8_0:
            size = count // BLOCK * Q8_0_BLOCK.itemsize
            return dequantise_q8_0(self.data[at:at + size], shape)
        raise ValueError(f"tensor type {kind} is not read here")
