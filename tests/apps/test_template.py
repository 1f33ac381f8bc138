"""`nagare template`: the text that Jinja2 itself makes of real templates, byte for byte, and nothing else."""

import json
import unittest

from commands import SHIPPED_MODEL, CommandTest, data_folder

SHARED = ("strftime_now", "bos_token", "eos_token", "unk_token", "pad_token")


class Template(CommandTest):
    def rendered(self, template, messages: dict) -> str:
        return self.output("template", template, "--messages", "-", stdin=json.dumps(messages).encode()).decode()

    def test_real_templates(self):
        folder = data_folder("chat-templates")
        everything = json.loads((folder / "cases.json").read_text())
        cases = {case["name"]: {k: v for k, v in case.items() if k != "name"} for case in everything["cases"]}
        checked = 0
        for template in sorted(folder.glob("*.jinja")):
            for wanted in json.loads((folder / f"{template.stem}.expected.json").read_text()):
                messages = {k: everything[k] for k in SHARED} | cases[wanted["case"]]
                done = self.run_program("template", template, "--messages", "-", stdin=json.dumps(messages).encode())
                where = f"{template.stem}, {wanted['case']}: {done.stderr.decode()}"
                if "text" in wanted:
                    self.assertEqual(done.returncode, 0, where)
                    self.assertEqual(done.stdout.decode(), wanted["text"], where)
                    checked += 1
                else:
                    self.assertEqual(done.returncode, 2, where)
                    self.assertEqual(done.stdout, b"", where)
        self.assertGreater(checked, 100)

    def test_the_shipped_models_own_template_and_tokens(self):
        messages = {"messages": [{"role": "user", "content": "Hello <s>"}], "add_generation_prompt": True}
        text = self.rendered(SHIPPED_MODEL, messages)
        self.assertIn("Hello <s>", text)
        template = self.folder / "bos.jinja"
        template.write_text("{{ bos_token }}|{{ messages|length }}")
        self.assertEqual(self.rendered(template, messages), "|1")
        self.assertEqual(self.rendered(template, messages | {"bos_token": "[B]"}), "[B]|1")

    def test_bad_input_is_named(self):
        template = self.folder / "t.jinja"
        template.write_text("{{ messages[0].content }}")
        for messages in (b"", b"[]", b"{", b"7", b"[" * 100000, b'{"messages": ' + b"[" * 100000):
            self.refused("template", template, "--messages", "-", stdin=messages)
            self.refused("template", SHIPPED_MODEL, "--messages", "-", stdin=messages)
        self.refused("template", template, "--messages", self.folder / "nowhere.json")
        good = b'{"messages": [{"role": "user", "content": "a"}]}'
        for source in ("{% for %}", "{{ raise_exception('no') }}", "{% for i in range(10**9) %}a{% endfor %}", "{{ 1 +"):
            template.write_text(source)
            self.refused("template", template, "--messages", "-", stdin=good)


if __name__ == "__main__":
    unittest.main()
