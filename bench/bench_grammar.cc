// How long it takes to know which tokens a grammar allows: random answers over the vocabulary of a GGUF file,
// the time of each mask, and that of a plain sampling step beside it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "base/clock.h"
#include "formats/gguf/gguf_file.h"
#include "output/grammar/token_constraint.h"
#include "output/sampler/sampler.h"
#include "output/schema/schema_to_grammar.h"
#include "prepare/tokenizer/vocab_from_gguf.h"

namespace nagare {
namespace {

struct Arguments {
  std::string vocabulary;
  std::string grammar;
  std::string schema = "true";
  int answers = 20;
  int most_tokens = 200;
};

double us_since(int64_t start_ns) {
  return static_cast<double>(now_ns() - start_ns) * 1e-3;
}

void print(const char* what, std::vector<double>& times_us) {
  std::ranges::sort(times_us);
  double sum = 0;
  for (const double time : times_us) sum += time;
  const auto at = [&](double share) {
    return times_us[static_cast<size_t>(share * static_cast<double>(times_us.size() - 1))];
  };
  fmt::print("{}: {} times, mean {:.1f} us, median {:.1f}, 90 % {:.1f}, 99 % {:.1f}, most {:.1f}\n", what,
             times_us.size(), sum / static_cast<double>(times_us.size()), at(0.5), at(0.9), at(0.99),
             at(1.0));
}

Status run(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const GgufFile file, GgufFile::open(arguments.vocabulary));
  ASSIGN_OR_RETURN(Vocab loaded, vocab_from_gguf(file));
  const auto vocab = std::make_shared<const Vocab>(std::move(loaded));
  int64_t start = now_ns();
  const auto trie = std::make_shared<const TokenTrie>(*vocab);
  fmt::print("tree of {} tokens: {} nodes, {:.1f} ms\n", vocab->size(), trie->node_count(),
             us_since(start) * 1e-3);
  std::string text = arguments.grammar;
  if (text.empty()) {
    ASSIGN_OR_RETURN(text, schema_to_grammar(arguments.schema));
  }
  start = now_ns();
  ASSIGN_OR_RETURN(Grammar compiled, Grammar::parse(text));
  const auto grammar = std::make_shared<const Grammar>(std::move(compiled));
  fmt::print("grammar: {} rules, {} states, {:.1f} ms\n", grammar->rule_count(), grammar->state_count(),
             us_since(start) * 1e-3);

  std::mt19937 engine(1);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(static_cast<size_t>(vocab->size()));
  std::vector<double> masks, accepts, samples;
  for (int answer = 0; answer < arguments.answers; ++answer) {
    TokenConstraint constraint(grammar, trie, vocab);
    Sampler sampler({.temperature = 1, .seed = static_cast<uint64_t>(answer)}, vocab->size());
    for (int token = 0; token < arguments.most_tokens && !constraint.finished(); ++token) {
      for (float& logit : logits) logit = normal(engine);
      start = now_ns();
      ASSIGN_OR_RETURN(const TokenMask* allowed, constraint.allowed());
      masks.push_back(us_since(start));
      start = now_ns();
      const int32_t drawn = sampler.sample(logits.data(), allowed);
      samples.push_back(us_since(start));
      if (vocab->is_end_of_generation(drawn)) break;
      start = now_ns();
      if (!constraint.accept(drawn, 1 << 20)) return failure("an allowed token was not accepted");
      accepts.push_back(us_since(start));
    }
  }
  print("mask", masks);
  print("sample", samples);
  print("accept", accepts);
  return {};
}

}  // namespace
}  // namespace nagare

int main(int argc, char** argv) {
  nagare::Arguments arguments;
  CLI::App app{"times the masks of a grammar over a vocabulary"};
  app.add_option("vocabulary", arguments.vocabulary, "a GGUF file")->required();
  app.add_option("--grammar", arguments.grammar, "a grammar's text");
  app.add_option("--schema", arguments.schema, "a JSON schema");
  app.add_option("--answers", arguments.answers, "");
  app.add_option("--tokens", arguments.most_tokens, "of one answer, at most");
  CLI11_PARSE(app, argc, argv);
  if (const auto status = nagare::run(arguments); !status) {
    fmt::print(stderr, "bench_grammar: {}\n", status.error().message);
    return 1;
  }
  return 0;
}
