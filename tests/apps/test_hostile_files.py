"""Files that are not what they say they are: every command that opens one ends with exit code 2 and one line that
says what is wrong (the table of bad inputs, GGUF, 1 to 21)."""

import os
import struct
import unittest

import gguf_bytes as gguf
from commands import CommandTest

F32_ROW = gguf.TYPE_F32


class HostileFiles(CommandTest):
    def write(self, data: bytes, name="model.gguf"):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def refused_by_show(self, data: bytes, *words: str):
        """The file's structure is wrong: nothing of it is shown."""
        error = self.refused("show", self.write(data))
        for word in words:
            self.assertIn(word, error)

    def refused_inside(self, data: bytes, *words: str, arguments=()):
        """The file is sound and the model in it is not: `show` prints it and ends with the reason; nothing runs it."""
        path = self.write(data)
        done = self.run_program("show", path, *arguments)
        error = done.stderr.decode()
        self.assertEqual(done.returncode, 2, error)
        self.assertIn(b"metadata", done.stdout)
        self.assertRegex(error, r"\Anagare: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, error)
        out = self.folder / "out.npy"
        self.refused("logits", path, "--tokens", "1,2", "--out", out, *arguments)
        self.assertFalse(out.exists())

    def one_tensor(self, dims, kind=F32_ROW, offset=0, data_bytes=4096, keys=()):
        return gguf.file(
            [gguf.key("general.architecture", gguf.STRING, "llama"), *keys],
            [gguf.tensor("t", dims, kind, offset)],
            data_bytes,
        )

    def test_the_file_that_is_changed_here_is_sound(self):
        path = self.write(gguf.llama())
        self.output("show", path)
        self.output("logits", path, "--tokens", "1,2", "--out", self.folder / "out.npy")

    def test_not_gguf(self):  # 1, 2
        self.refused_by_show(b"", "not GGUF", "0 bytes")
        self.refused_by_show(b"GGML" + bytes(100), "not GGUF")
        self.refused_by_show(b"FUGG" + bytes(100), "byte-swapped")
        for version in (0, 1, 4, 0x03000000):
            self.refused_by_show(gguf.file([], version=version), "version")
        self.refused("show", self.folder)
        self.refused("show", "/dev/null")

    def test_cut_anywhere(self):  # 3
        whole = gguf.llama()
        data_start = len(whole) - 4 * 32 * gguf.VOCAB_SIZE - 7 * 4096 - 3 * 128
        for length in (*range(0, 64, 9), 1000, 5000, data_start - 1, data_start + 5, len(whole) - 1):
            self.refused_by_show(whole[:length])

    def test_counts_and_lengths_past_the_file(self):  # 4, 5, 6, 7
        for count in (2**63, 2**64 - 1, 2**58):
            self.refused_by_show(gguf.file([], tensor_count=count))
            self.refused_by_show(gguf.file([], key_count=count))
        long_text = gguf.text("k") + struct.pack("<IQ", gguf.STRING, 2**62)
        self.refused_by_show(gguf.file([long_text]))
        for kind, length in ((gguf.U64, 2**61 + 1), (gguf.U8, 2**64 - 1), (gguf.STRING, 2**60)):
            self.refused_by_show(gguf.file([gguf.text("k") + struct.pack("<IIQ", gguf.ARRAY, kind, length)]))
        nested = gguf.text("k") + struct.pack("<IIQ", gguf.ARRAY, gguf.ARRAY, 1)
        self.refused_by_show(gguf.file([nested], data_bytes=64))

    def test_shapes_and_places_of_tensors(self):  # 8, 9, 10, 13
        for dims in ((2**63 - 1, 2), (2**32, 2**32), (0, 4), (-4, 4), (2**61, 4)):
            self.refused_by_show(self.one_tensor(dims), "'t'")
        self.refused_by_show(self.one_tensor((2**62 - 8,)), "'t'")
        self.refused_by_show(self.one_tensor((4, 4), offset=2**64 - 32), "'t'")
        self.refused_by_show(self.one_tensor((4, 4), offset=8192), "'t'")
        self.refused_by_show(self.one_tensor((4, 4), offset=8), "'t'")
        self.refused_by_show(self.one_tensor((1, 1, 1, 1, 1)), "'t'")
        self.refused_by_show(self.one_tensor((32,), kind=4), "4")  # Q4_2, removed
        self.refused_by_show(self.one_tensor((32,), kind=9999), "9999")
        self.refused_by_show(self.one_tensor((33,), kind=gguf.TYPE_Q4_0), "'t'")
        two = [gguf.tensor("a", (64,), F32_ROW, 0), gguf.tensor("b", (64,), F32_ROW, 32)]
        self.refused_by_show(gguf.file([], two, 4096), "overlap")

    def test_alignment(self):  # 11
        for alignment in (0, 3, 2**31):
            keys = [gguf.key("general.alignment", gguf.U32, alignment)]
            self.refused_by_show(self.one_tensor((4, 4), keys=keys), "alignment")
        self.refused_by_show(gguf.file([gguf.key("general.alignment", gguf.STRING, "32")]), "alignment")

    def test_names_that_occur_twice(self):  # 12
        self.refused_by_show(gguf.file([gguf.key("a.b", gguf.U8, 1)] * 2), "a.b")
        twice = [gguf.tensor("t", (8,), F32_ROW, 0), gguf.tensor("t", (8,), F32_ROW, 32)]
        self.refused_by_show(gguf.file([], twice, 4096), "'t'")

    def test_keys_of_the_model(self):  # 14, 15, 21
        self.refused_inside(gguf.llama({"llama.block_count": None}), "llama.block_count")
        self.refused_inside(gguf.llama({"llama.embedding_length": (gguf.STRING, "x")}), "llama.embedding_length")
        self.refused_inside(gguf.llama({"llama.attention.head_count": (gguf.U32, 0)}), "llama.attention.head_count")
        for name in ("", "no-such-model"):
            self.refused_inside(gguf.llama({"general.architecture": (gguf.STRING, name)}), "llama", "qwen2")
        for number in (0.0, float("nan"), 1e30):
            for name in ("llama.rope.freq_base", "llama.attention.layer_norm_rms_epsilon"):
                self.refused_inside(gguf.llama({name: (gguf.F32, number)}), name)
        self.refused_inside(gguf.llama({"llama.context_length": (gguf.U32, 0)}), "llama.context_length")

    def test_tensors_of_the_model(self):  # 16
        self.refused_inside(gguf.llama(tensors={"blk.0.attn_q.weight": None}), "blk.0.attn_q.weight")
        self.refused_inside(gguf.llama(tensors={"blk.0.ffn_up.weight": (32, 16)}), "blk.0.ffn_up.weight", "32", "16")

    def test_vocabularies(self):  # 17
        whole = gguf.vocab_arrays()
        for name in ("scores", "token_type"):
            kind, contents = whole[name]
            self.refused_inside(gguf.llama(vocab=whole | {name: (kind, contents[:-1])}), str(gguf.VOCAB_SIZE))
        for bad in ("<0x-1>", "<0xZZ>"):
            texts = list(whole["tokens"][1])
            texts[3] = bad
            self.refused_inside(gguf.llama(vocab=whole | {"tokens": (gguf.STRING, texts)}), bad)
        special = {"tokenizer.ggml.eos_token_id": (gguf.U32, gguf.VOCAB_SIZE)}
        self.refused_inside(gguf.llama(special), str(gguf.VOCAB_SIZE))

    def test_numbers_that_are_none(self):  # 20
        infinite = gguf.llama(fill=struct.pack("<f", float("inf")))
        self.refused_inside(infinite, "token_embd.weight", arguments=["--check"])
        self.refused_inside(gguf.llama(fill=struct.pack("<f", float("nan"))), "weight", arguments=["--check"])

    def test_names_cannot_drive_the_terminal(self):
        hostile = "\x1b[2J\x07\r\n\u202e"
        path = self.write(gguf.file([gguf.key(hostile, gguf.STRING, hostile)]))
        shown = self.output("show", path).decode()
        for character in hostile.replace("\n", ""):
            if not character.isprintable():
                self.assertNotIn(character, shown)
        self.assertIn("\\x1b[2J", shown)
        self.refused("show", self.folder / hostile)

    def test_other_commands_refuse_broken_files_too(self):
        path = self.write(gguf.llama()[:3000])
        out = self.folder / "out"
        for arguments in (
            ("tokenize", path, "--text", "a"),
            ("detokenize", path, "--tokens", "1"),
            ("logits", path, "--tokens", "1", "--out", out),
            ("template", path, "--messages", os.devnull),
            ("run", path, "hello"),
        ):
            self.refused(*arguments)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
