"""Each gate must find what it is there to find, and let the rest pass."""

import shutil
import tempfile
import unittest
from pathlib import Path

import check_layers
import check_map
import check_sizes
import check_tidy
import check_words
import tidy_batches

TABLE = {
    "rooms": {
        "base": [],
        "ops": ["base"],
        "prepare": ["base"],
        "output": ["base", "prepare/tokenizer/vocab.h"],
        "engine": ["base"],
        "apps": ["base", "engine/*.h"],
    },
    "headers": {"dnnl*": ["src/ops/*onednn*"], "hip/*": ["src/*/hip/*"], "fmt/*": ["*"]},
}
OWN = {
    "src/base/result.h",
    "src/ops/gemm/gemm.h",
    "src/ops/gemm/tiles.h",
    "src/ops/op_list.h",
    "src/prepare/tokenizer/vocab.h",
    "src/prepare/tokenizer/merges.h",
    "src/engine/text_session.h",
    "src/engine/text/batch.h",
    "tests/support/test_data.h",
    "tests/solve/fake_op.h",
}


class Layers(unittest.TestCase):
    def refusal(self, source: str, include: str) -> str | None:
        layers = check_layers.Layers(TABLE, OWN)
        found = check_layers.findings_of(layers, source, f"#include {include}\n")
        return found[0].message if found else None

    def test_what_is_written_is_allowed(self):
        for source, include in [
            ("src/ops/norm/norm.cc", '"base/result.h"'),
            ("src/ops/conv/conv.cc", '"ops/gemm/gemm.h"'),
            ("src/ops/conv/conv.cc", '"ops/op_list.h"'),
            ("src/ops/gemm/gemm.cc", '"ops/gemm/tiles.h"'),
            ("src/output/sampler.cc", '"prepare/tokenizer/vocab.h"'),
            ("apps/cli/main.cc", '"engine/text_session.h"'),
            ("tests/ops/test_gemm.cc", '"ops/gemm/tiles.h"'),
            ("tests/ops/test_gemm.cc", '"support/test_data.h"'),
            ("tests/solve/test_selector.cc", '"fake_op.h"'),
            ("src/ops/gemm/gemm_onednn.cc", "<dnnl.hpp>"),
            ("src/ops/gemm/hip/gemm.cc", "<hip/hip_runtime.h>"),
            ("src/base/log.cc", "<fmt/format.h>"),
            ("src/base/log.cc", "<vector>"),
        ]:
            self.assertIsNone(self.refusal(source, include), f"{source} {include}")

    def test_every_other_arrow_is_refused(self):
        for source, include, why in [
            ("src/base/result.cc", '"ops/op_list.h"', "base may not include"),
            ("src/ops/conv/conv.cc", '"ops/gemm/tiles.h"', "only through"),
            ("src/output/sampler.cc", '"prepare/tokenizer/merges.h"', "output may not include"),
            ("apps/cli/main.cc", '"engine/text/batch.h"', "apps may not include"),
            ("apps/cli/main.cc", '"ops/op_list.h"', "apps may not include"),
            ("src/sundry/a.cc", '"base/result.h"', "no room"),
            ("src/base/a.cc", '"../ops/op_list.h"', "climbs"),
            ("src/base/a.cc", '"result.h"', "no tracked header"),
            ("src/base/a.cc", "<base/result.h>", "our own header"),
            ("src/ops/gemm/gemm.cc", "<dnnl.hpp>", "may only be included by"),
            ("src/ops/gemm/gemm.cc", "<hip/hip_runtime.h>", "may only be included by"),
            ("src/base/a.cc", "<boost/any.hpp>", "unknown"),
        ]:
            self.assertIn(why, self.refusal(source, include) or "", f"{source} {include}")

    def test_the_projects_own_table_has_no_circle(self):
        import tomllib

        rooms = tomllib.loads((check_layers.ROOT / "layers.toml").read_text())["rooms"]
        above: dict[str, set[str]] = {}
        for room, allowed in rooms.items():  # written bottom up: a room includes only rooms above its line
            above[room] = {name.split("/")[0] for name in allowed}
        order = list(rooms)
        for room in order:
            for name in above[room]:
                self.assertLess(order.index(name), order.index(room) if room != "output" else len(order), room)


class Map(unittest.TestCase):
    FILES = ["src/base/CMakeLists.txt", "src/base/README.md", "src/base/simd/a.cc", "src/CMakeLists.txt"]

    def test_missing_rooms_pages_and_stale_lines_are_found(self):
        found = [str(f) for f in check_map.findings_of(self.FILES, "- `src/base`: x\n- `src/gone/`: y\n")]
        self.assertEqual(len(found), 4, found)
        self.assertTrue(any("src/gone does not exist" in f for f in found))
        self.assertTrue(any("src/base/simd is missing" in f for f in found))
        self.assertTrue(any(f.startswith("src/base/simd/README.md") for f in found))
        self.assertTrue(any(f.startswith("src/base/simd/CMakeLists.txt") for f in found))

    def test_a_true_map_passes(self):
        files = [*self.FILES, "src/base/simd/CMakeLists.txt", "src/base/simd/README.md", "src/base/simd/deep/b.h"]
        self.assertEqual(check_map.findings_of(files, "- `src/base`: x\n  - `src/base/simd`: y\n"), [])


class Words(unittest.TestCase):
    def test_machine_paths_and_undone_work_are_found(self):
        for text in ("see /wo" + "rk/main", "// TO" + "DO: x", "FIX" + "ME", '"/ro' + 'ot/x"'):
            self.assertEqual(len(check_words.findings_of("a.cc", text)), 1, text)

    def test_words_that_only_look_so_pass(self):
        self.assertEqual(check_words.findings_of("a.cc", "network/work/x todo mastodon https://a/work/b"), [])


class Sizes(unittest.TestCase):
    def functions(self, text: str) -> dict[str, int]:
        return {function.name: function.lines for function in check_sizes.measure(text)[0]}

    def test_functions_of_every_form_are_measured(self):
        text = """
        namespace nagare { namespace {
        template <class T = int> struct alignas(64) A : B<int> {
          A() : x_{1}, y_(2) {
            if (x_) { y(); }
          }
          bool operator==(const A& o) const { return true; }
          int x_ = 3; std::vector<int> v{1, 2};
        };
        auto f(int a = 3, B b = {}) -> Result<int> {
          const char* s = "}{"; char c = '{'; // }
          auto g = [&] { return R"x(
            }}} )x"; };
        }
        #define MACRO(x) { \\
          {
        }  // namespace
        TEST(Suite, Case) {
        }
        const auto kLambda = [](int n) {
          return n;
        };
        void k(std::span<const int> a) noexcept(true) requires(sizeof(int) == 4) { int m = 1'000'000; }
        extern "C" { void c() {} }
        }"""
        self.assertEqual(
            self.functions(text),
            {"A": 3, "operator==": 1, "f": 5, "Suite.Case": 2, "lambda": 3, "k": 1, "c": 1},
        )

    def test_tables_do_not_count_as_lines_of_a_file(self):
        rows = "  {1, 2},\n" * 900
        functions, lines = check_sizes.measure(f"constexpr Row kRows[] = {{\n{rows}}};\nint f() {{\n}}\n")
        self.assertEqual((len(functions), lines), (1, 4))

    def test_exceptions_need_a_reason(self):
        read = check_sizes.read_exceptions("# c\n\nsrc/a.cc:f the paper's own shape\nsrc/b.cc\n")
        self.assertEqual(read, {"src/a.cc:f": "the paper's own shape", "src/b.cc": ""})


class Tidy(unittest.TestCase):
    def test_flags_of_gcc_alone_are_dropped_and_the_compiler_is_replaced(self):
        entry = {
            "directory": "/b",
            "file": "/r/src/a.cc",
            "command": "env X=1 /usr/bin/ccache /usr/bin/c++ -O2 -fno-foo-gcc -mprefer-vector-width=512 -o a.o -c /r/src/a.cc",
        }
        arguments = check_tidy.clang_arguments(entry)
        self.assertNotIn("-o", arguments)
        self.assertNotIn("/usr/bin/ccache", arguments)
        self.assertIn("-O2", arguments)

    def test_the_key_changes_with_what_the_file_includes(self):
        with tempfile.TemporaryDirectory() as folder:
            header = Path(folder, "a.h")
            header.write_text("int a;")
            first = check_tidy.key_of(["-O2"], [header], b"settings", Path(folder))
            self.assertEqual(first, check_tidy.key_of(["-O2"], [header], b"settings", Path(folder)))
            header.write_text("int b;")
            self.assertNotEqual(first, check_tidy.key_of(["-O2"], [header], b"settings", Path(folder)))

    def test_what_a_file_includes_is_found_whether_it_was_built_or_not(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "src" / "a").mkdir(parents=True)
            texts = {
                "src/a/a.cc": '#include <vector>\n#include "beside.h"\n  #  include "b.h"\n#include "not/ours.h"\n',
                "src/a/beside.h": '#include "a/deep.h"\n',
                "src/b.h": '#include "a/beside.h"\n',
                "src/a/deep.h": "",
                "src/a/other.h": "",
            }
            for name, text in texts.items():
                (root / name).write_text(text)
            found = check_tidy.own_dependencies(root / "src/a/a.cc", ["-O2", f"-I{root / 'src'}"], root)
            names = {str(path.relative_to(root)) for path in found}
            self.assertEqual(names, {"src/a/a.cc", "src/a/beside.h", "src/b.h", "src/a/deep.h"})


class TidyBatches(unittest.TestCase):
    def test_outer_names_know_their_namespace(self):
        names = tidy_batches.outer_names(
            """
            #include <a>
            #define LOCAL(x) \\
              int x
            namespace nagare::gguf {
            namespace {
            // int comment();
            constexpr std::array<int, 3> kTable{1'000, '}', 2};
            const char* const kText = "}{ int inside();";
            struct Part : Base { int member; };
            class Forward;
            using Alias = int;
            [[nodiscard]] __attribute__((target("avx2"))) static int helper(int a = 3) { int local = a; return local; }
            template <class T, int kN = 4> std::vector<std::array<T, kN>> made(T) { if (true) { } }
            }
            int Part::method() const { return 1; }
            TEST(Suite, Case) { }
            }  // namespace nagare::gguf
            extern "C" int entry() { return 0; }
            """
        )
        inside = {"kTable", "kText", "Part", "Alias", "helper", "made", "Suite_Case"}
        self.assertEqual(names, {"LOCAL", "entry"} | {f"nagare::gguf::{name}" for name in inside})

    def test_files_that_share_a_name_or_differ_in_flags_are_apart(self):
        with tempfile.TemporaryDirectory() as folder:

            def source(name, text):
                Path(folder, name).write_text(text)
                return str(Path(folder, name))

            a, b = source("a.cc", "static int f() { return 1; }\n"), source("b.cc", "static int f() { return 2; }\n")
            c, d = source("c.cc", "static int g() { return 3; }\n"), source("d.cc", "int h;\n")
            batches = tidy_batches.batches_of([(a, "-O2"), (b, "-O2"), (c, "-O2"), (d, "-mavx2")])
            self.assertEqual(batches, [[a, c], [b], [d]])
            self.assertEqual(tidy_batches.batches_of([(a, ""), (c, "")], lines=1), [[a], [c]])
            opens = source("b.cc", "using namespace other;\nint k;\n")
            self.assertEqual(tidy_batches.batches_of([(a, ""), (opens, ""), (c, "")]), [[a, c], [opens]])

    @unittest.skipUnless(shutil.which(check_tidy.TIDY), "clang-tidy is not installed")
    def test_a_batch_finds_what_a_file_alone_finds(self):
        """A finding of the matchers, one of the analyser, and a name that the scan for names does not see."""
        texts = {
            "clean.cc": "MAKE(same)\n",
            "matched.cc": "int* matched_pointer = 0;\n",
            "analysed.cc": "int divided(int by) { if (by == 0) return 1 / by; return by; }\n",
            "collides.cc": "MAKE(same)\n",
        }
        build = check_tidy.ROOT / "build"
        build.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=build) as folder:
            sources = []
            Path(folder, "src").mkdir()  # the header filter of .clang-tidy asks for such a folder
            for name, text in texts.items():
                file = Path(folder, "src", name)
                file.write_text("#define MAKE(name) static inline int name() { return 1; }\n" + text)
                entry = {"file": str(file), "directory": folder}
                sources.append(check_tidy.Source(entry, ["-std=c++23"], Path(folder, name + ".passed")))
            verdict = check_tidy.check_batch(sources, Path(folder))
            self.assertEqual({Path(name).name for name in verdict.bad}, {"matched.cc", "analysed.cc"})
            self.assertEqual([source.passed.exists() for source in sources], [True, False, False, True])
            text = "\n".join(verdict.findings)
            self.assertIn("modernize-use-nullptr", text)
            self.assertIn("clang-analyzer-core.DivideZero", text)


if __name__ == "__main__":
    unittest.main()
