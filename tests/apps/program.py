"""The built program, run as a person or a script would: what every test in this folder starts from.

NAGARE_PROGRAM is the program, NAGARE_ZOO the folder of the shipped model; ctest sets both.
"""
import json
import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["NAGARE_PROGRAM"]
MODEL = os.path.join(os.environ["NAGARE_ZOO"], "nagare-guide.gguf")
DEADLINE_S = 60


class ProgramTest(unittest.TestCase):
    """Gives each test class a cache folder of its own, so that no measurement of this machine matters."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="nagare-test-")
        cls.environment = {**os.environ, "NAGARE_CACHE": os.path.join(cls.folder, "cache")}
        cls.environment.pop("NO_COLOR", None)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def run_program(self, *arguments, rc=0, **options):
        """Runs to the end; checks the exit code; stdout and stderr as text."""
        options.setdefault("stdin", subprocess.DEVNULL)
        if "input" in options:
            del options["stdin"]
        environment = {**self.environment, **options.pop("environment", {})}
        done = subprocess.run([PROGRAM, *arguments], env=environment, timeout=DEADLINE_S,
                              stdout=options.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, **options)
        stderr = done.stderr.decode("utf-8")
        self.assertEqual(done.returncode, rc, f"{arguments}: {stderr}")
        done.stderr = stderr
        if done.stdout is not None:
            done.stdout = done.stdout.decode("utf-8")
        return done

    def run_json(self, *arguments, **options):
        return json.loads(self.run_program(*arguments, "--json", **options).stdout)

    def assert_one_line_error(self, done, *words):
        """The last line of stderr is the error, and there is only one."""
        errors = [line for line in done.stderr.splitlines() if line.startswith("nagare: ")]
        self.assertEqual(len(errors), 1, done.stderr)
        for word in words:
            self.assertIn(word, errors[0])


class Terminal:
    """The program at a pseudo-terminal of 80 columns. Everything it wrote is in `text`."""

    def __init__(self, arguments, environment):
        self.text = ""
        self.bytes = b""
        self.mark = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execve(PROGRAM, [PROGRAM, *arguments], {**environment, "TERM": "xterm"})
            finally:
                os._exit(127)
        # 24 rows, 80 columns
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def type(self, keys):
        os.write(self.fd, keys.encode("utf-8"))

    def wait_for(self, wanted, deadline_s=DEADLINE_S):
        """Reads until `wanted` appears behind what was waited for last; returns what came in between."""
        end = time.monotonic() + deadline_s
        while (found := self.text.find(wanted, self.mark)) < 0:
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"waited for {wanted!r}, got {self.text[self.mark:][:2000]!r}")
        begin, self.mark = self.mark, found + len(wanted)
        return self.text[begin:found]

    def wait_for_prompt(self):
        """The program begins to read a line: it asks for marks around pasted text."""
        return self.wait_for("\x1b[?2004h")

    def _read(self, timeout_s):
        if timeout_s <= 0 or not select.select([self.fd], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other side is gone
            return False
        self.bytes += data
        self.text = self.bytes.decode("utf-8", "replace")
        return bool(data)

    def exit_code(self):
        end = time.monotonic() + DEADLINE_S
        while self._read(end - time.monotonic()):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)
