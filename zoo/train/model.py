"""The network that ships: a small llama (RMSNorm, interleaved RoPE, grouped-query attention, SwiGLU).

Written so that its weights go into a GGUF of architecture "llama" as they are, without a permutation:
RoPE turns the pairs (2i, 2i+1), which is what that architecture means. Nothing here trains or reads files.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Shape:
    """Sizes of the network. Every row length (dim, ffn) is a multiple of 256 so that any block-quantised
    type fits a row."""

    vocab: int = 4096
    dim: int = 256
    layers: int = 4
    heads: int = 8
    kv_heads: int = 4
    ffn: int = 512
    context: int = 512
    norm_eps: float = 1e-5
    rope_base: float = 10000.0

    @property
    def head_dim(self):
        return self.dim // self.heads


def rope_table(shape, positions):
    """cos and sin for each position and each pair of a head: two tensors [positions, head_dim / 2]."""
    pair = torch.arange(0, shape.head_dim, 2, dtype=torch.float32)
    angle = torch.arange(positions, dtype=torch.float32)[:, None] * shape.rope_base ** (-pair / shape.head_dim)
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    """Turns the pairs (2i, 2i+1) of the last axis; x is [batch, token, head, head_dim]."""
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = cos[None, :, None, :], sin[None, :, None, :]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Norm(nn.Module):
    """x / rms(x) * weight, always in float32."""

    def __init__(self, dim, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


class Layer(nn.Module):
    """One repeat of the line: normalise, attend, add; normalise, feed forward, add. Parameter names are
    the GGUF's, so that writing the file is a plain loop."""

    def __init__(self, s):
        super().__init__()
        self.s = s
        kv_dim = s.kv_heads * s.head_dim
        self.attn_norm = Norm(s.dim, s.norm_eps)
        self.attn_q = nn.Linear(s.dim, s.dim, bias=False)
        self.attn_k = nn.Linear(s.dim, kv_dim, bias=False)
        self.attn_v = nn.Linear(s.dim, kv_dim, bias=False)
        self.attn_output = nn.Linear(s.dim, s.dim, bias=False)
        self.ffn_norm = Norm(s.dim, s.norm_eps)
        self.ffn_gate = nn.Linear(s.dim, s.ffn, bias=False)
        self.ffn_up = nn.Linear(s.dim, s.ffn, bias=False)
        self.ffn_down = nn.Linear(s.ffn, s.dim, bias=False)

    def attend(self, x, rope, mask, past):
        """Causal attention. `past` is None, or a list that holds this layer's earlier keys and values and
        gets the new ones appended (used for answering, not for training)."""
        s, (batch, tokens, _) = self.s, x.shape
        q = rotate(self.attn_q(x).view(batch, tokens, s.heads, s.head_dim), *rope)
        k = rotate(self.attn_k(x).view(batch, tokens, s.kv_heads, s.head_dim), *rope)
        v = self.attn_v(x).view(batch, tokens, s.kv_heads, s.head_dim)
        if past is not None:
            k, v = (torch.cat((old, new), 1) for old, new in zip(past, (k, v))) if past else (k, v)
            past[:] = [k, v]
        group = s.heads // s.kv_heads  # query heads h*group … h*group+group-1 share key/value head h
        k, v = k.repeat_interleave(group, dim=2), v.repeat_interleave(group, dim=2)
        q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
        score = torch.matmul(q, k.transpose(-1, -2)).float() * s.head_dim ** -0.5 + mask
        mixed = torch.matmul(score.softmax(-1).to(v.dtype), v)
        return self.attn_output(mixed.transpose(1, 2).reshape(batch, tokens, s.dim))

    def forward(self, x, rope, mask, past=None):
        x = x + self.attend(self.attn_norm(x), rope, mask, past)
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class Guide(nn.Module):
    """The whole network. `forward` gives the hidden state before the last matrix, so that training
    computes logits only where a loss is wanted."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocab, shape.dim)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape.dim, shape.norm_eps)
        self.output = nn.Linear(shape.dim, shape.vocab, bias=False)
        cos, sin = rope_table(shape, shape.context)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                deep = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * shape.layers) ** 0.5 if deep else 0.02)

    def forward(self, tokens, past=None):
        """tokens [batch, n] → hidden states [batch, n, dim]. `past` is a list of one list per layer."""
        start = past[0][0].shape[1] if past and past[0] else 0
        count = tokens.shape[1]
        rope = (self.cos[start:start + count], self.sin[start:start + count])
        mask = torch.full((count, start + count), float("-inf")).triu(start + 1)
        x = self.token_embd(tokens)
        for index, layer in enumerate(self.blk):
            x = layer(x, rope, mask, past[index] if past is not None else None)
        return self.output_norm(x)
