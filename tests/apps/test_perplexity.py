"""`nagare perplexity` against the same sums over what `nagare logits` writes, chunk by chunk."""

import json
import math
import unittest

from commands import SHIPPED_MODEL, CommandTest, read_npy

TEXT = "Inference is running a trained model. A solver computes one op, and the line carries it. " * 12


class Perplexity(CommandTest):
    def losses_of(self, chunk: list[int]) -> list[float]:
        """The negative log-likelihood of the tokens in the second half of a chunk."""
        out = self.folder / "out.npy"
        self.output("logits", SHIPPED_MODEL, "--tokens", ",".join(map(str, chunk)), "--out", out, "--kv", "f32")
        (_, width), logits = read_npy(out)
        losses = []
        for position in range(len(chunk) // 2, len(chunk) - 1):
            row = logits[position * width : (position + 1) * width]
            largest = max(row)
            total = sum(math.exp(logit - largest) for logit in row)
            losses.append(math.log(total) + largest - row[chunk[position + 1]])
        return losses

    def test_agrees_with_the_logits(self):
        text = self.folder / "text"
        text.write_text(TEXT)
        got = json.loads(
            self.output("perplexity", SHIPPED_MODEL, "--file", text, "--ctx", 32, "--chunks", 4, "--json", "--kv", "f32")
        )
        ids = json.loads(self.output("tokenize", SHIPPED_MODEL, "--file", text))
        bos = json.loads(self.output("tokenize", SHIPPED_MODEL, "--text", "", "--add-bos"))
        losses = []
        # Each chunk begins with bos where the model wants one: which of the two it is, the values tell.
        shown = json.loads(self.output("show", SHIPPED_MODEL, "--json"))["metadata"]
        adds_bos = shown.get("tokenizer.ggml.add_bos_token", True)
        if adds_bos:
            ids = bos + ids
        for begin in range(0, 4 * 32, 32):
            chunk = ids[begin : begin + 32]
            losses += self.losses_of(bos + chunk[1:] if adds_bos else chunk)
        mean = sum(losses) / len(losses)
        variance = sum((loss - mean) ** 2 for loss in losses) / (len(losses) - 1)
        self.assertEqual(got["scored_tokens"], len(losses))
        self.assertEqual(got["chunks"], 4)
        self.assertAlmostEqual(got["mean_loss"], mean, delta=1e-4 * mean)
        self.assertAlmostEqual(got["perplexity"], math.exp(mean), delta=1e-3 * math.exp(mean))
        error = math.sqrt(variance / len(losses)) * math.exp(mean)
        self.assertAlmostEqual(got["standard_error"], error, delta=1e-2 * error)

    def test_running_values_go_to_stderr_and_the_result_to_stdout(self):
        done = self.run_program(
            "perplexity", SHIPPED_MODEL, "--file", "-", "--ctx", 64, "--chunks", 2, stdin=TEXT.encode()
        )
        self.assertRegex(done.stdout.decode(), r"\Aperplexity \d+\.\d+ ± \d+\.\d+: 62 tokens scored.*\n\Z")
        self.assertRegex(done.stderr.decode(), r"\[1/2\] \d+\.\d+\n\[2/2\] \d+\.\d+\n")

    def test_bad_input_is_named(self):
        self.assertIn("tokens", self.refused("perplexity", SHIPPED_MODEL, "--quiet", "--file", "-", "--ctx", 512, stdin=b"short"))
        self.assertIn("chunks", self.refused("perplexity", SHIPPED_MODEL, "--quiet", "--file", "-", "--ctx", 3, stdin=b"a b c d e"))
        self.refused("perplexity", SHIPPED_MODEL, "--quiet", "--file", self.folder / "nowhere")


if __name__ == "__main__":
    unittest.main()
