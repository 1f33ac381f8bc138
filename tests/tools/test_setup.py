"""tools/setup.sh installs what is missing and nothing else, and says what to do where it cannot."""

import os
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parents[2] / "tools" / "setup.sh"
USED = ("bash", "cat", "dirname", "env", "sed", "tr")


class InstallPackages(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "bin").mkdir()
        for name in USED:
            (self.folder / "bin" / name).symlink_to(shutil.which(name))
        # A copy of the script beside a package list of its own: it looks for lists in tools/.
        (self.folder / "tools").mkdir()
        shutil.copy(SETUP, self.folder / "tools")
        (self.folder / "tools" / "list.txt").write_text("# libraries\nlibone-dev\nlibtwo-dev  # with a reason\n")
        self.fake("apt-cache", "exit 0")
        self.fake("apt-get", f'echo "apt-get $*" >> {self.folder}/calls')
        self.fake("id", "echo 0")

    def fake(self, name: str, body: str):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def install(self) -> tuple[int, str, str]:
        done = subprocess.run(
            ["bash", "-euc", "source tools/setup.sh; install_packages list.txt"],
            cwd=self.folder, env={"PATH": str(self.folder / "bin")}, capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.stdout, "", "standard output belongs to the program")
        calls = self.folder / "calls"
        return done.returncode, done.stderr, calls.read_text() if calls.exists() else ""

    def test_nothing_is_done_or_said_when_all_is_there(self):
        self.fake("dpkg-query", "printf 'installed:libone-dev installed:libtwo-dev '")
        self.assertEqual(self.install(), (0, "", ""))

    def test_only_what_is_missing_is_installed(self):
        self.fake("dpkg-query", "printf 'config-files:libone-dev installed:libtwo-dev '; exit 1")
        code, said, calls = self.install()
        self.assertEqual((code, said), (0, "installing: libone-dev\n"))
        self.assertEqual(calls, "apt-get install --yes --quiet --no-install-recommends libone-dev\n")

    def test_an_unknown_package_updates_the_lists_first(self):
        self.fake("dpkg-query", "exit 1")
        self.fake("apt-cache", "exit 100")
        code, _, calls = self.install()
        self.assertEqual(code, 0)
        self.assertEqual([line.split()[1] for line in calls.splitlines()], ["update", "install"])

    def test_without_root_and_sudo_it_says_what_root_would_do(self):
        self.fake("dpkg-query", "exit 1")
        self.fake("id", "echo 1000")
        code, said, calls = self.install()
        self.assertEqual((code, calls), (1, ""))
        self.assertIn("as root, run: apt-get install libone-dev libtwo-dev", said)

    def test_where_there_is_no_dpkg_it_names_what_is_needed_and_goes_on(self):
        os.unlink(self.folder / "bin" / "apt-get")
        code, said, _ = self.install()
        self.assertEqual(code, 0)
        self.assertIn("libone-dev libtwo-dev", said)


if __name__ == "__main__":
    unittest.main()
