"""`nagare show` and `nagare devices`: for people and as JSON."""

import json
import struct
import unittest

import gguf_bytes as gguf
from commands import SHIPPED_MODEL, CommandTest, data_folder


class Show(CommandTest):
    def shown(self, *arguments) -> dict:
        return json.loads(self.output("show", *arguments, "--json"))

    def test_the_shipped_model(self):
        page = self.output("show", SHIPPED_MODEL).decode()
        for word in ("general.architecture", "llama", "token_embd.weight", "KV cache", "in all]"):
            self.assertIn(word, page)
        shown = self.shown(SHIPPED_MODEL)
        self.assertEqual(shown["metadata"]["general.architecture"], "llama")
        self.assertEqual(shown["file_bytes"], SHIPPED_MODEL.stat().st_size)
        self.assertLess(sum(tensor["bytes"] for tensor in shown["tensors"]), shown["file_bytes"])
        memory = shown["memory"]
        self.assertEqual(
            memory["needed_bytes"], memory["weight_bytes"] + memory["activation_bytes"] + memory["kv_bytes"]
        )
        self.assertTrue(shown["memory"]["fits"])

    def test_long_arrays_are_cut_unless_all_is_asked_for(self):
        cut, whole = self.shown(SHIPPED_MODEL), self.shown(SHIPPED_MODEL, "--all")
        length = cut["metadata_cut"]["tokenizer.ggml.tokens"]
        self.assertLess(len(cut["metadata"]["tokenizer.ggml.tokens"]), 10)
        self.assertEqual(len(whole["metadata"]["tokenizer.ggml.tokens"]), length)
        self.assertEqual(whole["metadata_cut"], {})
        self.assertGreater(len(self.output("show", SHIPPED_MODEL, "--all")), len(self.output("show", SHIPPED_MODEL)))

    def test_the_cache_grows_with_the_context_and_its_type(self):
        cache = {
            (tokens, kind): self.shown(SHIPPED_MODEL, "--ctx", tokens, "--kv", kind)["memory"]["kv_bytes"]
            for tokens in (1024, 65536)
            for kind in ("f16", "f32")
        }
        self.assertGreater(cache[65536, "f16"], 30 * cache[1024, "f16"])
        self.assertEqual(cache[1024, "f32"], 2 * cache[1024, "f16"])

    def test_values_of_every_type(self):
        numbers = {
            gguf.U8: 200, gguf.I8: -100, gguf.U16: 60000, gguf.I16: -30000, gguf.U32: 2**32 - 1, gguf.I32: -(2**31),
            gguf.F32: 0.25, gguf.BOOL: True, gguf.U64: 2**64 - 1, gguf.I64: -(2**63), gguf.F64: 1e300,
            gguf.STRING: "流れ",
        }  # fmt: skip
        path = self.folder / "values.gguf"
        keys = [gguf.key(f"one.{kind}", kind, number) for kind, number in numbers.items()]
        keys += [gguf.array(f"many.{kind}", kind, [number] * 3) for kind, number in numbers.items()]
        path.write_bytes(gguf.file(keys))
        shown = self.shown(path)
        for kind, number in numbers.items():
            self.assertEqual(shown["metadata"][f"one.{kind}"], number)
            self.assertEqual(shown["metadata"][f"many.{kind}"], [number] * 3)
        self.assertIn(str(2**64 - 1), self.output("show", path).decode())

    def test_a_vocabulary_without_weights(self):
        shown = self.shown(data_folder("llm/vocab") / "ggml-vocab-qwen2.gguf")
        self.assertEqual(shown["tensors"], [])
        self.assertNotIn("memory", shown)

    def test_bytes_that_are_no_text_are_shown(self):
        path = self.folder / "odd.gguf"
        path.write_bytes(gguf.file([gguf.key("odd", gguf.STRING, b"\xff\x00a")]))
        self.assertEqual(self.shown(path)["metadata"]["odd"], "\ufffd\x00a")
        self.assertIn("\\xff\\x00a", self.output("show", path).decode())

    def test_a_split_model_is_shown_whole_from_any_part(self):
        parts = []
        for number in (0, 1):
            keys = [
                gguf.key("split.no", gguf.U16, number),
                gguf.key("split.count", gguf.U16, 2),
                gguf.key("split.tensors.count", gguf.I32, 2),
                gguf.key("general.architecture", gguf.STRING, "no-such-model"),
            ]
            path = self.folder / f"m-{number + 1:05}-of-00002.gguf"
            path.write_bytes(gguf.file(keys, [gguf.tensor(f"t{number}", (8,), gguf.TYPE_F32, 0)], 32))
            parts.append(path)
        for path in parts:
            done = self.run_program("show", path, "--json")
            shown = json.loads(done.stdout)
            self.assertEqual([tensor["name"] for tensor in shown["tensors"]], ["t0", "t1"])
            self.assertEqual(shown["parts"], 2)
            self.assertEqual(shown["error"], done.stderr.decode().removeprefix("nagare: ").strip())
        parts[1].unlink()
        self.assertIn("00002-of-00002", self.refused("show", parts[0]))


class Devices(CommandTest):
    def test_json_names_the_processor_and_its_limits(self):
        found = json.loads(self.output("devices", "--json", "--threads", 1))["devices"]
        self.assertEqual(len(found), 1)
        cpu = found[0]
        self.assertEqual(cpu["threads"], 1)
        self.assertGreater(cpu["memory_limit_bytes"], cpu["available_bytes"] // 2)
        self.assertGreaterEqual(cpu["physical_memory_bytes"], cpu["memory_limit_bytes"])
        for limit in ("f32_flops_per_second", "read_bytes_per_second"):
            self.assertGreater(cpu["limits"][limit], 1e8)

    def test_forced_instruction_sets_are_said(self):
        page = self.output("devices", "--no-measure", env={"NAGARE_CPU": "generic"}).decode()
        self.assertRegex(page, r"instruction sets +generic")
        self.assertNotIn("measured", page)
        self.assertIn("warp", self.refused("devices", env={"NAGARE_CPU": "warp9"}))


if __name__ == "__main__":
    unittest.main()
