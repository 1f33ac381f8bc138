"""What the machine may do to the program: no descriptors, no home, no room, no memory, nobody listening.

The program is $NAGARE_PROGRAM, run on the model that ships with the project. Whatever happens, it ends by itself with
an exit code, says what is wrong in a line of its own, and leaves nothing half written.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = os.environ["NAGARE_PROGRAM"]
MODEL = str(Path(__file__).resolve().parents[2] / "zoo" / "nagare-guide.gguf")
QUESTION = ["run", MODEL, "What is inference?", "--max-tokens", "4", "--temp", "0", "--threads", "2"]
# A sanitizer's shadow memory does not fit below a limit of address space.
SANITIZED = b"__asan_init" in Path(PROGRAM).read_bytes() or b"__tsan_init" in Path(PROGRAM).read_bytes()


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="nagare-faults-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.cache = self.folder / "cache"
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(self.cache), "HOME": str(self.folder)}

    def nagare(self, *arguments, limits=(), environment=None, **options):
        """Runs the program with resource limits; returns what it came to. A signal's death fails the test."""

        def before():
            for what, value in limits:
                resource.setrlimit(what, (value, resource.getrlimit(what)[1]))

        options.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment or self.environment,
            preexec_fn=before,
            timeout=60,
            **options,
        )
        self.assertGreaterEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"terminate called", done.stderr)
        return done

    def assert_answers(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, self.expected())

    def assert_says(self, done, code, part):
        self.assertEqual(done.returncode, code, done.stderr)
        lines = [line for line in done.stderr.decode().splitlines() if part in line]
        self.assertEqual(len(lines), 1, done.stderr)

    _expected = None

    def expected(self):
        """What it answers where nothing is wrong."""
        if Faults._expected is None:
            done = self.nagare(*QUESTION)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout.strip())
            Faults._expected = done.stdout
        return Faults._expected

    def test_sixty_four_descriptors_are_enough(self):
        self.assert_answers(self.nagare(*QUESTION, limits=[(resource.RLIMIT_NOFILE, 64)]))

    def test_almost_no_descriptors_are_an_error(self):
        for count in range(3, 9):
            done = self.nagare(*QUESTION, limits=[(resource.RLIMIT_NOFILE, count)])
            if done.returncode != 0:
                self.assertIn(done.returncode, (1, 2, 127), done.stderr)  # 127: not even its libraries
                self.assertTrue(done.stderr)

    def test_no_home_and_no_cache(self):
        environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
        self.assert_answers(self.nagare(*QUESTION, environment=environment))

    def test_a_home_that_cannot_be_written(self):
        environment = {**self.environment, "HOME": "/proc/self"}
        del environment["XDG_CACHE_HOME"]
        self.assert_answers(self.nagare(*QUESTION, environment=environment))

    def test_no_temporary_folder(self):
        self.assert_answers(self.nagare(*QUESTION, environment={**self.environment, "TMPDIR": "/nowhere"}))

    def test_no_room_on_the_disk_for_what_is_learnt(self):
        done = self.nagare(*QUESTION, limits=[(resource.RLIMIT_FSIZE, 0)])
        self.assert_answers(done)

    def test_a_damaged_and_a_strange_perf_db(self):
        self.expected()
        (self.cache / "nagare").mkdir(parents=True, exist_ok=True)
        path = self.cache / "nagare" / "perf.db"
        for content in (b"", b"no database", b"SQLite format 3\0" + random.Random(7).randbytes(5000)):
            path.write_bytes(content)
            self.assert_answers(self.nagare(*QUESTION))
        path.unlink()
        path.mkdir()
        self.assert_answers(self.nagare(*QUESTION))

    def test_a_full_standard_output(self):
        with open("/dev/full", "wb") as full:
            self.assert_says(self.nagare(*QUESTION, stdout=full), 1, "output")

    def test_a_closed_standard_output(self):
        model = Path(MODEL).stat()
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" >&-', "sh", PROGRAM, *QUESTION],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=self.environment,
            timeout=60,
        )
        self.assert_says(done, 1, "output")
        self.assertEqual((model.st_size, model.st_mtime_ns), (Path(MODEL).stat().st_size, Path(MODEL).stat().st_mtime_ns))

    def test_a_reader_that_goes_away(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        with open(write_end, "wb") as pipe:
            done = self.nagare(*QUESTION, stdout=pipe)
        self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_all_standard_streams_closed(self):
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", PROGRAM, *QUESTION], env=self.environment, timeout=60
        )
        self.assertEqual(done.returncode, 1)

    @unittest.skipIf(SANITIZED, "a sanitizer needs more address space than any limit gives")
    def test_any_limit_of_memory_is_an_error_or_enough(self):
        answered = 0
        for megabytes in (12, 20, 32, 48, 64, 96, 128, 192, 256, 400, 800):
            done = self.nagare(*QUESTION, limits=[(resource.RLIMIT_AS, megabytes << 20)])
            if done.returncode == 0:
                answered += 1
                self.assertEqual(done.stdout, self.expected())
            else:
                self.assertIn(done.returncode, (1, 127), (megabytes, done.stderr))  # 127: not even its libraries
                self.assertTrue(done.stderr)
        self.assertGreaterEqual(answered, 1)

    def test_a_context_beyond_the_memory_is_refused_with_the_numbers(self):
        done = self.nagare(*QUESTION, "--ctx", "2000000000")
        self.assertIn(done.returncode, (1, 2), done.stderr)
        self.assertIn(b"--ctx", done.stderr)

    def test_killed_at_any_time_the_next_start_is_clean(self):
        dice = random.Random(11)
        for _ in range(8):
            process = subprocess.Popen(
                [PROGRAM, *QUESTION],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self.environment,
            )
            time.sleep(dice.uniform(0, 0.1))
            process.kill()
            process.wait()
        done = self.nagare(*QUESTION)
        self.assert_answers(done)
        self.assertNotIn(b"damaged", done.stderr)


if __name__ == "__main__":
    unittest.main()
