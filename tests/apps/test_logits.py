"""`nagare logits`: the numbers of an independent float64 forward pass, and what is refused."""

import unittest

from commands import SHIPPED_MODEL, CommandTest, data_folder, read_npy

TOKENS = "1,403,407,261,378,31,500,17,88,260,511,300,42,199,350,271,9,444,333,120,265,480,77,290"


class Logits(CommandTest):
    def largest_difference(self, name: str, wanted_file: str, *arguments) -> float:
        """Between what the model of data/llm/arch/NAME gives for TOKENS and a file beside it; the shapes are the same."""
        folder = data_folder(f"llm/arch/{name}")
        out = self.folder / "out.npy"
        self.output("logits", folder / "model.gguf", "--tokens", TOKENS, "--out", out, *arguments)
        shape, got = read_npy(out)
        wanted_shape, wanted = read_npy(folder / wanted_file)
        self.assertEqual(shape, wanted_shape, name)
        return max(abs(a - b) for a, b in zip(got, wanted))

    def test_agree_with_float64(self):
        names = [path.parent.name for path in data_folder("llm/arch").glob("*/ref64.npy")]
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertLess(self.largest_difference(name, "ref64.npy"), 1e-4, name)

    def test_encoders_pool_what_they_give_for_each_token(self):
        # The expected ones round their GELU to half precision.
        for pooling in ("mean", "cls"):
            self.assertLess(self.largest_difference("bert", f"expected.{pooling}.npy", "--pooling", pooling), 5e-3)
        exact = self.folder / "none.npy"
        model = data_folder("llm/arch/bert") / "model.gguf"
        self.output("logits", model, "--tokens", TOKENS, "--out", exact)
        (rows, width), every = read_npy(exact)
        pooled = self.folder / "pooled.npy"
        self.output("logits", model, "--tokens", TOKENS, "--out", pooled, "--pooling", "mean")
        _, mean = read_npy(pooled)
        for column in range(width):
            self.assertAlmostEqual(mean[column], sum(every[column::width]) / rows, delta=1e-5)
        self.output("logits", model, "--tokens", TOKENS, "--out", pooled, "--pooling", "cls")
        self.assertEqual(read_npy(pooled)[1], every[:width])

    def test_the_shipped_model_gives_one_row_per_token(self):
        out = self.folder / "out.npy"
        self.output("logits", SHIPPED_MODEL, "--tokens", "1,2,3,4,5", "--out", out)
        shape, five = read_npy(out)
        self.assertEqual(shape[0], 5)
        self.output("logits", SHIPPED_MODEL, "--tokens", "1,2,3", "--out", out)
        shape_of_three, three = read_npy(out)
        self.assertEqual(shape_of_three, (3, shape[1]))
        self.assertEqual(three, five[: len(three)], "later tokens change nothing before them")

    def test_bad_input_is_named_and_no_file_is_left(self):
        out = self.folder / "out.npy"
        for tokens, named in (("1,99999999", "99999999"), ("1,2,oops", "oops"), ("", "tokens")):
            self.assertIn(named, self.refused("logits", SHIPPED_MODEL, "--tokens", tokens, "--out", out))
        self.assertIn("--ctx", self.refused("logits", SHIPPED_MODEL, "--tokens", "1,2,3", "--ctx", 2, "--out", out))
        self.assertIn(
            "pooling", self.refused("logits", SHIPPED_MODEL, "--tokens", "1", "--pooling", "mean", "--out", out)
        )
        self.assertEqual([path.name for path in self.folder.glob("out*")], [])
        self.refused("logits", SHIPPED_MODEL, "--tokens", "1", "--out", self.folder / "no" / "such", code=1)

    def test_learned_positions_end_where_their_table_ends(self):
        model = data_folder("llm/arch/gpt2") / "model.gguf"
        out = self.folder / "out.npy"
        self.assertIn(
            "positions", self.refused("logits", model, "--tokens", "1", "--ctx", 1000000, "--out", out)
        )


if __name__ == "__main__":
    unittest.main()
