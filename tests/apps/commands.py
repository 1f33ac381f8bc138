"""What the tests of the program share: running it, the files it is given, and reading what it writes."""

import ast
import os
import struct
import subprocess
import tempfile
import unittest
from array import array
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("NAGARE_PROGRAM", str(ROOT / "build" / "release" / "bin" / "nagare"))
SHIPPED_MODEL = Path(os.environ.get("NAGARE_ZOO", ROOT / "zoo")) / "nagare-guide.gguf"


def data_folder(relative: str) -> Path:
    """A folder or file of the test data; skips the test where there is none."""
    for root in (os.environ.get("NAGARE_TEST_DATA"), ROOT.parent / "shared" / "data"):
        if root and (Path(root) / relative).exists():
            return Path(root) / relative
    raise unittest.SkipTest(f"needs the test data {relative} (set NAGARE_TEST_DATA)")


class CommandTest(unittest.TestCase):
    """Each test has an empty folder, which is also where the program may keep its caches."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def run_program(self, *arguments, stdin: bytes = b"", **options) -> subprocess.CompletedProcess:
        environment = dict(os.environ, NAGARE_CACHE=str(self.folder / "cache"), **options.pop("env", {}))
        return subprocess.run(
            [PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, env=environment, timeout=100, **options
        )

    def output(self, *arguments, **options) -> bytes:
        """Standard output of a run that must succeed."""
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def refused(self, *arguments, code: int = 2, **options) -> str:
        """The one line on standard error of a run that must end with this exit code and print nothing else."""
        done = self.run_program(*arguments, **options)
        text = done.stderr.decode()
        self.assertEqual(done.returncode, code, f"{arguments}: {text}")
        self.assertEqual(done.stdout, b"", arguments)
        self.assertRegex(text, r"\Anagare: [^\n]+\n\Z", arguments)
        return text


def read_npy(path: Path) -> tuple[tuple, array]:
    """Shape and numbers of a float32 or float64 NumPy file, without NumPy."""
    data = path.read_bytes()
    assert data[:6] == b"\x93NUMPY"
    length = struct.unpack_from("<H", data, 8)[0]
    header = ast.literal_eval(data[10 : 10 + length].decode())
    kind = {"<f4": "f", "<f8": "d"}[header["descr"]]
    return header["shape"], array(kind, data[10 + length :])
