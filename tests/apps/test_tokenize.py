"""`nagare tokenize` and `nagare detokenize`, on the shipped model and on real vocabularies without weights."""

import json
import unittest

from commands import SHIPPED_MODEL, CommandTest, data_folder

MARK = "\n__ggml_vocab_test__\n"


class Tokenize(CommandTest):
    def ids(self, *arguments, **options) -> list[int]:
        return json.loads(self.output("tokenize", *arguments, **options))

    def text(self, ids, *arguments, model=SHIPPED_MODEL) -> str:
        return self.output("detokenize", model, "--tokens", ",".join(map(str, ids)), *arguments).decode()

    def test_real_vocabularies_agree_with_their_own_tokenizers(self):
        for vocab in sorted(data_folder("llm/vocab").glob("*.gguf")):
            texts = (vocab.parent / f"{vocab.name}.inp").read_bytes().decode().split(MARK)
            wanted = (vocab.parent / f"{vocab.name}.out").read_text().splitlines()
            self.assertGreater(len(wanted), 20, vocab.name)
            file = self.folder / "text"
            for index in (0, 9, len(wanted) - 1):
                file.write_bytes(texts[index].encode())
                got = self.ids(vocab, "--file", file)
                self.assertEqual(got, list(map(int, wanted[index].split())), f"{vocab.name}, text {index}")

    def test_there_and_back(self):
        for text in ("What is inference?", "推論とは何ですか。", " two  spaces\n\n", "a\ttab", "🙂"):
            ids = self.ids(SHIPPED_MODEL, "--text", text)
            self.assertGreater(len(ids), 0)
            self.assertEqual(self.text(ids), text)

    def test_nothing_is_added_and_control_tokens_are_text_unless_asked(self):
        plain = self.ids(SHIPPED_MODEL, "--text", "hello")
        begun = self.ids(SHIPPED_MODEL, "--text", "hello", "--add-bos")
        self.assertEqual(begun[1:], plain)
        bos = self.text(begun[:1], "--show-special")
        self.assertEqual(self.text(begun[:1]), "", "control tokens are hidden")
        self.assertEqual(self.ids(SHIPPED_MODEL, "--text", bos, "--parse-special"), begun[:1])
        self.assertNotIn(begun[0], self.ids(SHIPPED_MODEL, "--text", bos))

    def test_text_and_ids_come_from_options_files_and_standard_input(self):
        text = "one two\n"
        file = self.folder / "text"
        file.write_text(text)
        ids = self.ids(SHIPPED_MODEL, "--text", text)
        self.assertEqual(self.ids(SHIPPED_MODEL, "--file", file), ids)
        self.assertEqual(self.ids(SHIPPED_MODEL, "--file", "-", stdin=text.encode()), ids)
        for form in (json.dumps(ids), " ".join(map(str, ids)) + "\n", ",".join(map(str, ids))):
            file.write_text(form)
            self.assertEqual(self.output("detokenize", SHIPPED_MODEL, "--file", file).decode(), text)
        self.assertEqual(self.ids(SHIPPED_MODEL, "--text", ""), [])
        self.assertEqual(self.text([]), "")

    def test_bad_input_is_named(self):
        self.assertIn("x7", self.refused("detokenize", SHIPPED_MODEL, "--tokens", "1,x7,2"))
        self.assertIn("99999999999", self.refused("detokenize", SHIPPED_MODEL, "--tokens", "99999999999"))
        self.assertIn("7654321", self.refused("detokenize", SHIPPED_MODEL, "--tokens", "7654321"))
        self.assertIn("-1", self.refused("detokenize", SHIPPED_MODEL, "--tokens=-1"))
        self.assertIn("--text", self.refused("tokenize", SHIPPED_MODEL))
        self.assertIn("nowhere", self.refused("tokenize", SHIPPED_MODEL, "--file", self.folder / "nowhere"))
        self.refused("tokenize", self.folder, "--text", "a")
        self.refused("tokenize", self.folder / "nowhere.gguf", "--text", "a")


if __name__ == "__main__":
    unittest.main()
