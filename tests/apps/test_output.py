"""How answers are drawn, formed and hurried: samplers, grammars, schemas, proposed tokens."""
import json
import os
import unittest

from program import MODEL, ProgramTest

QUESTION = "What is inference?"
WILD = ("--temp", "1.5", "--top-k", "0", "--top-p", "1", "--min-p", "0")
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 40},
        "kind": {"enum": ["op", "solver", "推論"]},
        "count": {"type": "integer", "minimum": 1, "maximum": 12},
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1, "maxItems": 3},
        "note": {"type": ["string", "null"]},
    },
    "required": ["name", "kind", "count", "steps"],
    "$defs": {"step": {"type": "object", "properties": {"op": {"type": "string", "pattern": "^[a-z]{2,6}$"},
                                                        "day": {"type": "string", "format": "date"}},
                       "required": ["op"]}},
}


class Schemas(ProgramTest):
    def check_answer(self, answer):
        self.assertLessEqual(set(answer), set(SCHEMA["properties"]))
        self.assertIsInstance(answer["name"], str)
        self.assertLessEqual(len(answer["name"]), 40)
        self.assertIn(answer["kind"], ["op", "solver", "推論"])
        self.assertIn(answer["count"], range(1, 13))
        self.assertTrue(0 < answer.get("share", 1) <= 1)
        self.assertTrue(1 <= len(answer["steps"]) <= 3)
        for step in answer["steps"]:
            self.assertRegex(step["op"], r"^[a-z]{2,6}$")
        self.assertIsInstance(answer.get("note"), (str, type(None)))

    def test_a_schema_always_gives_its_json(self):
        for seed in range(8):
            done = self.run_program("run", MODEL, QUESTION, *WILD, "--seed", str(seed), "--max-tokens", "120",
                                    "--schema", json.dumps(SCHEMA))
            self.check_answer(json.loads(done.stdout))

    def test_any_object(self):
        for seed in range(4):
            done = self.run_program("run", MODEL, QUESTION, *WILD, "--seed", str(seed), "--max-tokens", "60",
                                    "--json-object")
            self.assertIsInstance(json.loads(done.stdout), dict)

    def test_a_schema_in_a_file(self):
        path = os.path.join(self.folder, "schema.json")
        with open(path, "w") as file:
            json.dump({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2}, file)
        answer = json.loads(self.run_program("run", MODEL, QUESTION, "--schema", path).stdout)
        self.assertEqual([type(value) for value in answer], [bool, bool])

    def test_what_cannot_be_is_refused_up_front(self):
        absent = os.path.join(self.folder, "absent.gguf")  # not even looked for
        for schema, words in (
                ('{"type":"integer","minimum":3,"maximum":2}', "no value can match"),
                ('{"$ref":"https://example.org/a.json"}', "nothing is fetched"),
                ('{"items":' * 10000 + "true" + "}" * 10000, "nested"),
                ('{"allOf":[{"$ref":"#"}]}', "circle"),
                ('{"not":{}}', "'not'"),
                ('{"type":', "JSON")):
            done = self.run_program("run", absent, QUESTION, "--schema", schema, rc=2)
            self.assert_one_line_error(done, "schema", words)
        done = self.run_program("run", absent, QUESTION, "--schema", "/nowhere/schema.json", rc=2)
        self.assert_one_line_error(done, "/nowhere/schema.json")
        self.run_program("run", absent, QUESTION, "--schema", "{}", "--json-object", rc=2)


class Grammars(ProgramTest):
    def test_a_grammar_as_text(self):
        done = self.run_program("run", MODEL, QUESTION, *WILD, "--grammar", 'root ::= ("yes" | "no") "!"?')
        self.assertIn(done.stdout, ("yes\n", "no\n", "yes!\n", "no!\n"))

    def test_a_grammar_in_a_file(self):
        path = os.path.join(self.folder, "digits.gbnf")
        with open(path, "w") as file:
            file.write("root ::= digit{4} # a year\ndigit ::= [0-9]\n")
        self.assertRegex(self.run_program("run", MODEL, QUESTION, *WILD, "--grammar", path).stdout, r"^\d{4}\n$")

    def test_hostile_grammars(self):
        for grammar, words in (
                ("root ::= " + "(" * 60000 + '"x"' + ")" * 60000, "nested"),
                ('root ::= "x"{1,1000000000}', "more than"),
                ("root ::= root", "no text"),
                ("root ::= nowhere", "'nowhere'"),
                ("root ::= [ab]* \"a\" [ab]{24}", "states")):
            done = self.run_program("run", MODEL, QUESTION, "--grammar", grammar, rc=2)
            self.assert_one_line_error(done, "grammar", words)


class Samplers(ProgramTest):
    def test_the_chain_is_shown(self):
        done = self.run_program("run", MODEL, QUESTION, "--max-tokens", "2", "--verbose", "--presence-penalty", "0.5",
                                "--dry-multiplier", "0.8", "--xtc-probability", "0.1", "--typical", "0.9")
        self.assertIn("penalties presence 0.50 (last 64) → dry 0.80", done.stderr)
        self.assertIn("typical 0.90 → top-p 0.95 → min-p 0.05 → xtc 0.10", done.stderr)
        done = self.run_program("run", MODEL, QUESTION, "--max-tokens", "2", "--verbose", "--samplers", "min-p,temperature")
        self.assertIn("min-p 0.05 → temperature 0.80 → seed", done.stderr)

    def test_options_out_of_range_are_named(self):
        for option, value, word in (("--temp", "nan", "temperature"), ("--top-p", "1e30", "top-p"),
                                    ("--typical", "-1", "typical"), ("--dry-base", "0", "dry base"),
                                    ("--mirostat", "7", "mirostat"), ("--xtc-threshold", "2", "xtc threshold"),
                                    ("--frequency-penalty", "1e30", "frequency penalty"),
                                    ("--logit-bias", "5:1000", "logit bias"), ("--logit-bias", "5", "logit bias"),
                                    ("--logit-bias", "99999999:1", "logit bias"), ("--samplers", "top-q", "top-q"),
                                    ("--lookup", "-1", "lookup"), ("--lookup", "1000", "lookup")):
            done = self.run_program("run", MODEL, QUESTION, option, value, rc=2)
            self.assert_one_line_error(done, word)

    def test_a_forbidden_token_does_not_come(self):
        greedy = ("--temp", "0", "--max-tokens", "1")
        first = self.run_json("run", MODEL, QUESTION, *greedy)
        token = first["tokens"][0] if isinstance(first.get("tokens"), list) else None
        if token is None:
            self.skipTest("the JSON has no tokens")
        other = self.run_json("run", MODEL, QUESTION, *greedy, "--logit-bias", f"{token}:-100")
        self.assertNotEqual(other["text"], first["text"])


class ProposedTokens(ProgramTest):
    def test_look_up_changes_nothing_but_the_time(self):
        for arguments in (("--temp", "0"), ("--temp", "1", "--seed", "5")):
            common = ("run", MODEL, "--raw", "a line, a line, a line, a", *arguments, "--max-tokens", "80",
                      "--grammar", 'root ::= " line" (", a line"){8}')
            plain = self.run_json(*common)
            ahead = self.run_json(*common, "--lookup", "8")
            self.assertEqual(ahead["text"], plain["text"])
            self.assertEqual(plain["proposed_tokens"], 0)
            self.assertLessEqual(ahead["accepted_tokens"], ahead["proposed_tokens"])
            self.assertGreater(ahead["proposed_tokens"], 0)

    def test_a_draft_model(self):
        common = ("run", MODEL, QUESTION, "--temp", "0", "--max-tokens", "40")
        plain = self.run_json(*common)
        ahead = self.run_json(*common, "--draft", MODEL, "--draft-tokens", "4")
        self.assertEqual(ahead["text"], plain["text"])
        self.assertGreater(ahead["acceptance"], 0.5)

    def test_a_draft_model_of_another_vocabulary(self):
        other = os.path.join(os.environ.get("NAGARE_TEST_DATA", ""), "llm/stories260K/stories260K-F32.gguf")
        if not os.path.exists(other):
            self.skipTest("needs the test data")
        done = self.run_program("run", MODEL, QUESTION, "--draft", other, rc=2)
        self.assert_one_line_error(done, "vocabular")


if __name__ == "__main__":
    unittest.main()
