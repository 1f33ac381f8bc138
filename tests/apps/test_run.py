"""nagare run and nagare alone: streams, exit codes, JSON, the chat."""
import json
import os
import re
import subprocess

from program import MODEL, PROGRAM, ProgramTest, Terminal

QUESTION = "What is inference?"
GREEDY = ("--temp", "0", "--max-tokens", "12")


class CommandLine(ProgramTest):
    def test_help_has_examples(self):
        self.assertIn("Examples:", self.run_program("--help").stdout)
        text = self.run_program("run", "--help").stdout
        self.assertIn("Examples:", text)
        self.assertIn("--temp", text)

    def test_version(self):
        self.assertRegex(self.run_program("--version").stdout, r"^nagare \d+\.\d+\.\d+\n$")

    def test_a_misspelt_command_is_recognised(self):
        done = self.run_program("rnu", rc=2)
        self.assert_one_line_error(done, "'rnu'", "did you mean run?")

    def test_a_misspelt_option_is_recognised(self):
        done = self.run_program("run", MODEL, QUESTION, "--max-tokns", "3", rc=2)
        self.assert_one_line_error(done, "--max-tokns", "did you mean --max-tokens?")

    def test_what_no_one_could_mean(self):
        done = self.run_program("run", MODEL, QUESTION, "--quetzalcoatl", rc=2)
        self.assert_one_line_error(done, "see nagare run --help")

    def test_bad_values(self):
        self.assert_one_line_error(self.run_program("run", MODEL, QUESTION, "--threads", "0", rc=2), "--threads")
        self.assert_one_line_error(self.run_program("run", MODEL, QUESTION, "--find", "always", rc=2), "--find")
        self.assert_one_line_error(self.run_program("run", MODEL, QUESTION, "--temp", "nan", rc=2), "temp")
        self.assert_one_line_error(self.run_program("run", MODEL, QUESTION, "--solver", "warp9", rc=2), "warp9")

    def test_no_file(self):
        done = self.run_program("run", os.path.join(self.folder, "absent.gguf"), QUESTION, rc=2)
        self.assert_one_line_error(done, "absent.gguf")

    def test_not_a_model(self):
        path = os.path.join(self.folder, "empty.gguf")
        open(path, "w").close()
        self.assert_one_line_error(self.run_program("run", path, QUESTION, rc=2), "0 bytes")


class Run(ProgramTest):
    def test_only_the_text_is_on_stdout(self):
        text = self.run_json("run", MODEL, QUESTION, *GREEDY)["text"]
        done = self.run_program("run", MODEL, QUESTION, *GREEDY)
        self.assertEqual(done.stdout, text + "\n")
        self.assertIn("tokens in", done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_quiet_says_nothing_else(self):
        self.assertEqual(self.run_program("run", MODEL, QUESTION, *GREEDY, "--quiet").stderr, "")

    def test_the_same_bits_twice_and_at_any_thread_count(self):
        answers = {json.dumps(self.run_json("run", MODEL, QUESTION, "--temp", "0.9", "--seed", "7",
                                            "--max-tokens", "24", "--threads", str(threads))["tokens"])
                   for threads in (1, 2, 3, 1)}
        self.assertEqual(len(answers), 1, answers)

    def test_json(self):
        answer = self.run_json("run", MODEL, QUESTION, "--temp", "0", "--max-tokens", "5", "--stations")
        self.assertEqual(answer["reason"], "max-tokens")
        self.assertEqual(answer["generated_tokens"], 5)
        self.assertEqual(len(answer["tokens"]), 5)
        self.assertGreater(answer["prompt_tokens"], 0)
        self.assertGreater(answer["prompt_tokens_per_second"], 0)
        self.assertGreater(answer["generate_tokens_per_second"], 0)
        self.assertGreater(answer["memory"]["kv_bytes"], 0)
        stations = {station["station"]: station for station in answer["stations"]}
        for wanted in ("load", "prepare", "embed", "multiply", "attend", "output"):
            self.assertGreater(stations[wanted]["calls"], 0)
        self.assertTrue(stations["multiply"]["main_solver"])

    def test_the_prompt_from_a_pipe(self):
        expected = self.run_program("run", MODEL, QUESTION, *GREEDY).stdout
        piped = QUESTION.encode() + b"\n"
        self.assertEqual(self.run_program("run", MODEL, *GREEDY, input=piped).stdout, expected)
        self.assertEqual(self.run_program("run", MODEL, "-", *GREEDY, input=piped).stdout, expected)
        self.assert_one_line_error(self.run_program("run", MODEL, *GREEDY, input=b"", rc=2), "empty")

    def test_raw_and_system_change_the_prompt(self):
        counts = [self.run_json("run", MODEL, QUESTION, *GREEDY, *more)["prompt_tokens"]
                  for more in ((), ("--raw",), ("--system", "Be brief."))]
        self.assertLess(counts[1], counts[0])
        self.assertGreater(counts[2], counts[0])

    def test_a_prompt_past_the_context_is_refused_with_both_numbers(self):
        done = self.run_program("run", MODEL, QUESTION, "--ctx", "8", rc=2)
        self.assert_one_line_error(done, "8")

    def test_memory_that_does_not_suffice_is_refused_with_a_smaller_choice(self):
        done = self.run_program("run", MODEL, QUESTION, "--ctx", str(1 << 28), rc=1)
        self.assert_one_line_error(done, "--ctx", "are free")

    def test_stop_string(self):
        text = self.run_json("run", MODEL, QUESTION, *GREEDY)["text"]
        stop = text[len(text) // 2:][:3]
        answer = self.run_json("run", MODEL, QUESTION, *GREEDY, "--stop", stop)
        self.assertEqual(answer["reason"], "stop")
        self.assertEqual(answer["text"], text[:text.index(stop)])

    def test_a_full_disk_and_a_closed_stdout_are_failures(self):
        with open("/dev/full", "wb") as full:
            done = self.run_program("run", MODEL, QUESTION, *GREEDY, stdout=full, rc=1)
        self.assert_one_line_error(done, "No space left")
        closed = subprocess.run(["sh", "-c", '"$0" run "$1" hello -n 3 -q >&-', PROGRAM, MODEL],
                                env=self.environment, stderr=subprocess.PIPE, check=False)
        self.assertEqual(closed.returncode, 1)
        self.assertIn(b"standard output: it is closed", closed.stderr)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        with os.fdopen(write_end, "wb") as pipe:
            done = self.run_program("run", MODEL, QUESTION, *GREEDY, "--quiet", stdout=pipe)
        self.assertEqual(done.stderr, "")

    def test_trace_is_chrome_json(self):
        path = os.path.join(self.folder, "trace.json")
        self.run_program("run", MODEL, QUESTION, *GREEDY, "--trace", path)
        with open(path, encoding="utf-8") as file:
            events = json.load(file)["traceEvents"]
        self.assertTrue({"load", "multiply", "output"} <= {event["cat"] for event in events})
        multiply = next(event for event in events if event["cat"] == "multiply")
        self.assertTrue(multiply["args"]["problem"].startswith("gemm "))
        self.assertTrue(multiply["args"]["solver"])
        self.assertGreater(multiply["args"]["flops"], 0)

    def test_a_trace_that_cannot_be_written(self):
        done = self.run_program("run", MODEL, QUESTION, *GREEDY, "--trace", "/nowhere/trace.json", rc=1)
        self.assert_one_line_error(done, "/nowhere/trace.json")

    def test_verbose_tells_sampler_and_solvers(self):
        stderr = self.run_program("run", MODEL, QUESTION, "-n", "2", "--verbose").stderr
        self.assertIn("sampler: ", stderr)
        self.assertRegex(stderr, r"solver of gemm: \S+ \((estimated|measured)\) × \d+")

    def test_a_forced_solver_is_used(self):
        stderr = self.run_program("run", MODEL, QUESTION, "-n", "2", "-v", "--solver", "gemm:reference").stderr
        self.assertIn("solver of gemm: reference (forced)", stderr)


class Demonstration(ProgramTest):
    def test_it_answers_and_draws_the_line(self):
        done = self.run_program()
        for wanted in (QUESTION, "推論", "multiply", "attend", "output", "tokens per second"):
            self.assertIn(wanted, done.stdout)
        self.assertNotIn("\x1b", done.stdout)

    def test_colours_on_a_terminal_within_80_columns(self):
        terminal = Terminal([], self.environment)
        self.assertEqual(terminal.exit_code(), 0)
        self.assertIn("\x1b[36m", terminal.text)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.text)
        self.assertLessEqual(max(map(len, plain.splitlines())), 80)

    def test_no_color(self):
        terminal = Terminal([], {**self.environment, "NO_COLOR": "1"})
        self.assertEqual(terminal.exit_code(), 0)
        self.assertNotIn("\x1b", terminal.text)

    def test_without_the_model(self):
        done = self.run_program(environment={"NAGARE_ZOO": self.folder}, rc=2)
        self.assert_one_line_error(done, "nagare-guide.gguf")


class Chat(ProgramTest):
    def chat(self, *arguments):
        terminal = Terminal(["run", MODEL, *arguments], self.environment)
        terminal.wait_for_prompt()
        return terminal

    def test_commands_and_the_end(self):
        terminal = self.chat("--max-tokens", "4")
        for line, answer in (("/help", "/clear"), ("/stats", "Nothing was answered yet."),
                             ("/staats", "did you mean /stats?"), ("What is HIP?", ""),
                             ("/stats", "tokens of context used"), ("/system Be kind.", "begins anew"),
                             ("/system", "Be kind."), ("/clear", "Forgotten.")):
            terminal.type(line + "\r")
            self.assertIn(answer, terminal.wait_for_prompt())
        terminal.type("/exit\r")
        self.assertEqual(terminal.exit_code(), 0)

    def test_the_history_is_computed_once(self):
        terminal = self.chat("--max-tokens", "4", "--temp", "0")
        for _ in range(2):
            terminal.type("What is HIP?\r")
            terminal.wait_for_prompt()
        terminal.type("/stats\r")
        self.assertRegex(terminal.wait_for_prompt(), r"\d+ tokens in, \d+ of them known")
        terminal.type("\x04")
        self.assertEqual(terminal.exit_code(), 0)

    def test_ctrl_c_stops_the_answer_and_not_the_program(self):
        # At this temperature the model rambles: the end comes rarely.
        terminal = self.chat("--raw", "--ctx", "100000", "--temp", "5", "--top-k", "0", "--top-p", "1",
                             "--min-p", "0", "--seed", "3")
        terminal.type("A story: \r")
        terminal.wait_for("\x1b[?2004l")
        terminal.type("\x03")
        self.assertIn("(stopped)", terminal.wait_for_prompt())
        terminal.type("/stats\r")
        self.assertIn("cancelled", terminal.wait_for_prompt())
        terminal.type("\x03")
        self.assertIn("Ctrl-D or /exit ends.", terminal.wait_for_prompt())
        terminal.type("\x04")
        self.assertEqual(terminal.exit_code(), 0)

    def test_editing_whole_characters(self):
        terminal = self.chat()
        # 何 and が (か with a combining mark) are each erased by one key; the line is then "/exit".
        terminal.type("/ex何か\u3099\x7f\x7fit\r")
        self.assertEqual(terminal.exit_code(), 0)

    def test_arrows_and_history(self):
        terminal = self.chat()
        terminal.type("/stats\r")
        self.assertIn("Nothing was answered yet.", terminal.wait_for_prompt())
        terminal.type("\x1b[A")
        terminal.wait_for("/stats")
        terminal.type("\x01\x0b/eit\x1b[D\x1b[Dx\r")
        self.assertEqual(terminal.exit_code(), 0)

    def test_pasted_lines_are_one_message(self):
        terminal = self.chat("--max-tokens", "2")
        terminal.type("\x1b[200~one\ntwo\x1b[201~")
        terminal.wait_for("one⏎two")
        terminal.type("\x15/exit\r")
        self.assertEqual(terminal.exit_code(), 0)
