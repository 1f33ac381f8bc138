"""`nagare quantize`: the plain types byte for byte as llama.cpp writes them, its choice of types in the mixtures,
and what is refused."""

import json
import resource
import signal
import struct
import unittest

import gguf_bytes as gguf
from commands import CommandTest, data_folder

STORIES = "llm/stories260K"


def small_files_only():
    """The disk is full after 4 KiB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


class Quantize(CommandTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.gguf"
        self.model = self.folder / "model.gguf"
        numbers = [((i * 7919) % 1999 - 999) / 1000 for i in range(1000)]
        self.model.write_bytes(gguf.llama(fill=struct.pack("<1000f", *numbers)))

    def test_plain_types_are_llama_cpps_bytes(self):
        folder = data_folder(STORIES)
        for kind in ("F16", "Q8_0", "Q4_0"):
            wanted_keys, wanted = gguf.read(folder / f"stories260K-ffn256-{kind}.gguf")
            self.output("quantize", folder / "stories260K-ffn256-F32.gguf", self.out, kind)
            keys, got = gguf.read(self.out)
            self.assertEqual(got.keys(), wanted.keys())
            for name, tensor in wanted.items():
                self.assertEqual(got[name], tensor, f"{kind}: {name}")
            self.assertEqual(keys["general.file_type"], wanted_keys["general.file_type"])
            self.assertEqual(keys["general.quantization_version"], 2)
            for name in wanted_keys.keys() - {"general.file_type", "general.quantization_version"}:
                self.assertEqual(keys[name], wanted_keys[name], name)

    def test_a_mixture_has_llama_cpps_types(self):
        folder = data_folder(STORIES)
        _, wanted = gguf.read(folder / "stories260K-ffn256-Q4_K_M.gguf")
        self.output("quantize", folder / "stories260K-ffn256-F32.gguf", self.out, "q4_k_m")
        _, got = gguf.read(self.out)
        self.assertEqual({n: t[:2] for n, t in got.items()}, {n: t[:2] for n, t in wanted.items()})

    def test_what_was_written_runs(self):
        for kind in ("F16", "BF16", "Q8_0", "Q4_0", "Q4_K_M", "Q5_K_M", "Q6_K"):
            self.output("quantize", self.model, self.out, kind, "--threads", 2)
            self.output("logits", self.out, "--tokens", "1,2", "--out", self.folder / "out.npy")

    def test_threads_change_nothing(self):
        results = set()
        for threads in (1, 2, 3):
            self.output("quantize", self.model, self.out, "Q4_K_M", "--threads", threads)
            results.add(self.out.read_bytes())
        self.assertEqual(len(results), 1)

    def test_a_dry_run_lists_and_writes_nothing(self):
        page = self.output("quantize", self.model, self.out, "Q8_0", "--dry-run").decode()
        self.assertRegex(page, r"blk\.0\.attn_q\.weight .*f32 -> q8_0 .*error 0\.\d+ %")
        self.assertRegex(page, r"blk\.0\.attn_norm\.weight .*as it is")
        self.assertFalse(self.out.exists())
        dry = json.loads(self.output("quantize", self.model, self.out, "Q8_0", "--dry-run", "--json"))
        wet = json.loads(self.output("quantize", self.model, self.out, "Q8_0", "--json"))
        self.assertEqual(dry, wet)
        errors = {tensor["name"]: tensor["relative_rms_error"] for tensor in wet["tensors"]}
        self.assertEqual(errors["output_norm.weight"], 0)
        self.assertGreater(errors["blk.0.ffn_up.weight"], 0.001)
        self.assertLess(errors["blk.0.ffn_up.weight"], 0.01)
        written = sum(len(tensor[2]) for tensor in gguf.read(self.out)[1].values())
        self.assertEqual(wet["bytes_after"], written)

    def test_the_input_is_never_overwritten(self):
        before = self.model.read_bytes()
        link = self.folder / "link.gguf"
        link.symlink_to(self.model)
        for out in (self.model, link, self.folder / "." / "model.gguf"):
            self.assertIn("input", self.refused("quantize", self.model, out, "Q8_0"))
        self.assertEqual(self.model.read_bytes(), before)
        part = self.folder / "m-00001-of-00001.gguf"
        part.write_bytes(before)
        self.assertIn("input", self.refused("quantize", part, self.folder / "m-00002-of-00001.gguf", "Q8_0"))
        self.refused("quantize", self.model, self.folder, "Q8_0")
        self.refused("quantize", self.model, "/dev/null", "Q8_0")

    def test_a_full_disk_is_said_and_leaves_nothing(self):
        error = self.refused("quantize", self.model, self.out, "Q8_0", code=1, preexec_fn=small_files_only)
        self.assertIn("out.gguf", error)
        self.assertEqual([path.name for path in self.folder.glob("out*")], [])
        self.refused("quantize", self.model, self.folder / "no" / "out.gguf", "Q8_0", code=1)

    def test_what_cannot_be_quantised_is_refused(self):
        self.assertIn("Q4_K_M", self.refused("quantize", self.model, self.out, "Q3_X"))
        self.output("quantize", self.model, self.out, "Q4_0")
        again = self.folder / "again.gguf"
        self.assertIn("--allow-requantize", self.refused("quantize", self.out, again, "Q8_0"))
        self.output("quantize", self.out, again, "Q8_0", "--allow-requantize")
        for number, words in ((float("nan"), "NaN"), (float("inf"), "infinity"), (1e30, "BF16")):
            self.model.write_bytes(gguf.llama(fill=struct.pack("<f", number)))
            again.unlink(missing_ok=True)
            self.assertIn(words, self.refused("quantize", self.model, again, "F16"))
            self.assertEqual([path.name for path in self.folder.glob("again*")], [])
        self.model.write_bytes(gguf.llama()[:-1])
        self.refused("quantize", self.model, again, "F16")


if __name__ == "__main__":
    unittest.main()
