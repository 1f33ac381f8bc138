"""Completion scripts and the manual page: sound for their readers, and every option of every command in them."""

import json
import re
import shutil
import subprocess
import unittest

from commands import SHIPPED_MODEL, CommandTest

ASK_BASH = r"""
source "$1"
COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
_nagare
printf '%s\n' "${COMPREPLY[@]}"
"""


class Described(CommandTest):
    def commands(self) -> list[str]:
        """From the program's own help: what stands under its heading of commands."""
        text = self.output("--help").decode()
        part = re.split(r"^Subcommands:\n", text, flags=re.MULTILINE)[1]
        return re.findall(r"^  (\w+)", part.split("\n\n")[0], flags=re.MULTILINE)

    def options(self, command: str) -> set[str]:
        text = self.output(command, "--help").decode()
        listed = re.findall(r"^ +((?:-{1,2}[\w-]+,?)+)", text, flags=re.MULTILINE)
        return {name for names in listed for name in names.split(",") if name}

    def script(self, shell: str):
        path = self.folder / f"completion.{shell}"
        path.write_bytes(self.output("completion", shell))
        return path


class Completion(Described):
    def completed(self, *words: str) -> set[str]:
        script = self.script("bash")
        done = subprocess.run(
            ["bash", "-c", ASK_BASH, "bash", script, *words], capture_output=True, text=True, cwd=self.folder, check=True
        )
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_bash_completes_commands_options_words_and_files(self):
        commands = self.commands()
        self.assertGreater(len(commands), 8)
        self.assertLessEqual(set(commands), self.completed("nagare", ""))
        self.assertEqual(self.completed("nagare", "detok"), {"detokenize"})
        for command in commands:
            self.assertLessEqual(self.options(command), self.completed("nagare", command, "-"), command)
        self.assertEqual(self.completed("nagare", "completion", ""), {"bash", "zsh", "fish"})
        self.assertEqual(self.completed("nagare", "logits", "m.gguf", "--pooling", "m"), {"mean"})
        (self.folder / "one.gguf").touch()
        self.assertEqual(self.completed("nagare", "run", "on"), {"one.gguf"})
        self.assertEqual(self.completed("nagare", "tokenize", "one.gguf", "--file", "on"), {"one.gguf"})

    def test_the_other_shells_have_every_option(self):
        zsh, fish = self.script("zsh").read_text(), self.script("fish").read_text()
        self.assertTrue(zsh.startswith("#compdef nagare\n"))
        for command in self.commands():
            zsh_part = zsh.split(f"\n    {command})\n")[1].split(";;")[0]
            for option in self.options(command):
                self.assertIn(f"{option}[", zsh_part, command)
                form = rf"from {command}' .*-l {option[2:]}\b" if option.startswith("--") else rf"from {command}' .*-s {option[1:]}\b"
                self.assertRegex(fish, form)

    def test_the_scripts_are_sound_where_the_shell_is_there(self):
        for shell, check in (("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])):
            script = self.script(shell)
            if shutil.which(shell):
                subprocess.run([shell, *check, script], check=True, capture_output=True)

    def test_an_unknown_shell_is_refused(self):
        self.assertEqual(self.run_program("completion", "tcsh").returncode, 2)


class ManualPage(Described):
    def test_every_option_is_in_it(self):
        page = self.output("man").decode().replace("\\-", "-")
        self.assertRegex(page, r"\n\.SH NAME\nnagare - [^:\n]+\n")
        for command in self.commands():
            section = page.split(f"\n.SS {command}\n")[1].split("\n.SS ")[0]
            for option in self.options(command):
                self.assertIn(f"\\fB{option}\\fR", section, command)

    @unittest.skipUnless(shutil.which("groff"), "needs groff")
    def test_groff_has_nothing_to_say_against_it(self):
        page = self.folder / "nagare.1"
        page.write_bytes(self.output("man"))
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z", page], capture_output=True, text=True, check=True
        )
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
