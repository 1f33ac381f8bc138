"""nagare explain, find and bench: what is chosen, measured and remembered."""
import os

from program import MODEL, ProgramTest

LINE = "gemm m=1 n=256 k=256 b=q8_0"


class Explain(ProgramTest):
    def test_it_shows_the_way_without_measuring(self):
        text = self.run_program("explain", MODEL).stdout
        for wanted in ("gemm m=1", "attention m=1", "→ ", "estimated", "blk.*.", "tokens/s"):
            self.assertIn(wanted, text)
        self.assertNotIn("\x1b", text)

    def test_json(self):
        plan = self.run_json("explain", MODEL, "--tokens", "32")
        self.assertEqual(plan["tokens"], 32)
        self.assertEqual({op["source"] for op in plan["ops"]} - {"estimated", "reference"}, set())
        gemms = [op for op in plan["ops"] if op["station"] == "multiply"]
        self.assertTrue(any(op["repeats"] > 1 for op in gemms))
        for op in plan["ops"]:
            self.assertGreater(op["seconds"], 0)
            chosen = [c for c in op["candidates"] if c["solver"] == op["solver"]]
            self.assertTrue(chosen[0]["accepted"])
            for candidate in op["candidates"]:
                self.assertTrue(candidate["accepted"] or candidate["reason"])

    def test_refusals_have_reasons(self):
        plan = self.run_json("explain", MODEL, environment={"NAGARE_CPU": "generic"})
        refused = [c for op in plan["ops"] for c in op["candidates"] if not c["accepted"]]
        self.assertIn("missing-isa", {c["refusal"] for c in refused})

    def test_force_and_forbid(self):
        forced = self.run_json("explain", MODEL, "--solver", "gemm:reference")
        self.assertEqual({(op["solver"], op["source"]) for op in forced["ops"] if op["station"] == "multiply"},
                         {("reference", "forced")})
        taken = self.run_json("explain", MODEL)["ops"]
        solver = next(op["solver"] for op in taken if op["station"] == "multiply")
        without = self.run_json("explain", MODEL, "--without", "gemm:" + solver)
        self.assertNotIn(solver, {op["solver"] for op in without["ops"] if op["station"] == "multiply"})

    def test_too_many_tokens(self):
        self.assert_one_line_error(self.run_program("explain", MODEL, "--tokens", "100000", rc=2), "100000")


class FindBeforeARun(ProgramTest):
    def test_the_second_run_does_not_measure_again(self):
        answer = ("run", MODEL, "What is inference?", "--temp", "0", "--max-tokens", "4")
        # On a busy machine the time may not suffice for a single one; that is told, too.
        self.assertRegex(self.run_program(*answer).stderr, "measured solvers for|did not suffice to measure")
        for threads in ((), ("--threads", "1")):
            self.assertNotIn("measure", self.run_program(*answer, *threads).stderr)

    def test_off_measures_nothing(self):
        off = self.run_program("run", MODEL, "hello", "-n", "2", "--find", "off",
                               environment={"NAGARE_CACHE": os.path.join(self.folder, "off")})
        self.assertNotIn("measure", off.stderr)

    def test_a_cache_that_cannot_be_written_costs_one_line(self):
        done = self.run_program("run", MODEL, "hello", "-n", "2", environment={"NAGARE_CACHE": "/dev/null/cache"})
        self.assertIn("perf-db: ", done.stderr)
        self.assertNotIn("measured solvers", done.stderr)
        self.assertNotIn("did not suffice", done.stderr)


class Find(ProgramTest):
    def test_find_then_explain_says_measured(self):
        found = self.run_json("find", MODEL, "--tokens", "1", "--seconds", "2")
        self.assertGreater(found["measured"], 0)
        sources = {op["problem"]: op["source"] for op in self.run_json("explain", MODEL)["ops"]}
        measured = [p for p in found["problems"] if p["source"] == "measured"]
        self.assertTrue(measured)
        for problem in measured:
            self.assertEqual(sources[problem["problem"]], "measured")

    def test_what_is_known_is_not_measured_again(self):
        self.run_json("find", MODEL, "--tokens", "2", "--seconds", "20")
        again = self.run_program("find", MODEL, "--tokens", "2").stdout
        self.assertIn("Nothing to do", again)


class BenchProblem(ProgramTest):
    def test_every_solver_is_checked(self):
        bench = self.run_json("bench", LINE)
        self.assertTrue(bench["problem"].startswith("gemm m=1 n=256 k=256"))
        self.assertGreater(bench["limits"]["f32_flops_per_second"], 0)
        timed = [s for s in bench["solvers"] if "seconds" in s]
        self.assertIn("reference", {s["solver"] for s in timed})
        for solver in timed:
            self.assertLess(solver["error"], 0.1)
            self.assertGreater(solver["of_limit"], 0)
        for solver in bench["solvers"]:
            self.assertTrue("seconds" in solver or solver["reason"])
        self.assertIn(bench["best"], {s["solver"] for s in timed})

    def test_the_table(self):
        text = self.run_program("bench", LINE).stdout
        for wanted in ("of limit", "→", "chosen: ", "reference"):
            self.assertIn(wanted, text)

    def test_assert_fails_where_a_slow_one_is_chosen(self):
        done = self.run_program("bench", LINE, "--solver", "reference", "--assert", rc=1)
        self.assert_one_line_error(done, "reference was chosen (forced)")

    def test_assert_holds_where_there_is_no_choice(self):
        bench = self.run_json("bench", LINE)
        others = [s["solver"] for s in bench["solvers"] if s["accepted"] and s["solver"] != "reference"]
        forbidden = [part for solver in others[1:] for part in ("--without", "gemm:" + solver)]
        only = self.run_json("bench", LINE, "--solver", "gemm:" + bench["best"], *forbidden, "--assert")
        self.assertLessEqual(only["chosen_by_best"], 1.05)

    def test_bad_lines(self):
        self.assert_one_line_error(self.run_program("bench", "gemm m=0 n=1 k=1", rc=2), "gemm")
        self.assert_one_line_error(self.run_program("bench", "warp speed=9", rc=2), "'warp'")
        self.assert_one_line_error(self.run_program("bench", "nothing.gguf", rc=2), "nothing.gguf")
        self.assert_one_line_error(self.run_program("bench", MODEL, "--assert", rc=2), "problem line")


class BenchModel(ProgramTest):
    def test_json(self):
        bench = self.run_json("bench", MODEL, "--prompt", "32", "--generate", "8", "--repeat", "3",
                              "--threads", "1", "--find", "off")
        for kind in ("prompt", "generate"):
            runs = sorted(bench[f"{kind}_tokens_per_second_runs"])
            self.assertEqual(len(runs), 3)
            self.assertEqual(bench[f"{kind}_tokens_per_second"], runs[1])
            self.assertEqual(bench[f"{kind}_tokens_per_second_min"], runs[0])
            self.assertEqual(bench[f"{kind}_tokens_per_second_max"], runs[2])
        self.assertEqual(bench["threads"], 1)

    def test_several_sequences(self):
        bench = self.run_json("bench", MODEL, "--prompt", "8", "--generate", "4", "--repeat", "1",
                              "--sequences", "3", "--find", "off")
        self.assertEqual(bench["sequences"], 3)
        self.assertGreater(bench["generate_tokens_per_second"], 0)

    def test_the_table(self):
        text = self.run_program("bench", MODEL, "--prompt", "0", "--generate", "4", "--repeat", "1",
                                "--find", "off").stdout
        self.assertIn("generate", text)
        self.assertNotIn("prompt", text)
