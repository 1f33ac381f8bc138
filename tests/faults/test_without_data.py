"""Where the larger test data is not there, every test that needs it says so and is skipped; nothing fails.

Only the suites of sources that ask for the data are run, so this takes seconds.
"""

import os
import re
import subprocess
import unittest
from pathlib import Path

PROGRAMS = Path(os.environ["NAGARE_PROGRAM"]).parent
TESTS = Path(__file__).resolve().parents[1]
PROGRAM = re.compile(r"nagare_test\(\s*(\w+)(.*?)\)", re.DOTALL)
SUITE = re.compile(r"^(?:TEST|TEST_F|TEST_P)\(\s*(\w+)", re.MULTILINE)


def suites_by_program() -> dict[str, set[str]]:
    """program -> its suites in sources that ask for the data"""
    found: dict[str, set[str]] = {}
    for listing in sorted(TESTS.rglob("CMakeLists.txt")):
        for name, arguments in PROGRAM.findall(listing.read_text()):
            for source in re.findall(r"[\w/.]+\.cc", arguments):
                text = (listing.parent / source).read_text()
                if "NAGARE_TEST_DATA_OR_SKIP" in text or "test_data_folder" in text:
                    found.setdefault(name, set()).update(SUITE.findall(text))
    return found


class WithoutData(unittest.TestCase):
    def test_what_needs_data_is_skipped_and_says_so(self):
        skipped = 0
        for program, suites in suites_by_program().items():
            with self.subTest(program=program):
                patterns = ":".join(f"{suite}.*:*/{suite}.*" for suite in sorted(suites))
                done = subprocess.run(
                    [PROGRAMS / program, f"--gtest_filter={patterns}"],
                    env={**os.environ, "NAGARE_TEST_DATA": "/nowhere/at/all"},
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=100,
                )
                self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
                skipped += done.stdout.count("needs the test data")
        self.assertGreaterEqual(skipped, 5)


if __name__ == "__main__":
    unittest.main()
