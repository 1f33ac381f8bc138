// THE list of pre-tokenizers: every name that model files use, and what it means. Families that share their
// rules share their passes. To add one: its passes here (a new one goes to split_passes.h), its name below, a
// case in tests/prepare/tokenizer/test_pre_tokenizer.cc.
#include <algorithm>
#include <array>

#include "prepare/tokenizer/pre_tokenizer.h"
#include "prepare/tokenizer/split_passes.h"
#include "prepare/tokenizer/word_scanner.h"

namespace nagare {

namespace {

using namespace split;
using scan::Contractions;
using scan::Letters;
using scan::PunctuationTail;
using scan::WhiteSpace;
using scan::WordRules;

template <WordRules kRules>
constexpr SplitPass kWordsBy = &scan::WordScanner<kRules>::split;

constexpr WordRules kO200k{.contractions = Contractions::kOnWord,
                           .letters = Letters::kCased,
                           .max_digits = 3,
                           .tail = PunctuationTail::kNewlinesSlashes};

constexpr std::array<SplitPass, 4> kDefault{default_punctuation, gpt2_words, number_runs, three_ascii_digits};
constexpr std::array<SplitPass, 1> kGpt2{gpt2_words};
constexpr std::array<SplitPass, 2> kStarcoder{each_number, gpt2_words};
constexpr std::array<SplitPass, 3> kFalcon{falcon_punctuation, gpt2_words, three_ascii_digits};
constexpr std::array<SplitPass, 1> kLlama3{kWordsBy<WordRules{.max_digits = 3}>};
constexpr std::array<SplitPass, 1> kJais2{
    kWordsBy<WordRules{.max_digits = 3, .white_space = WhiteSpace::kCascade}>};
constexpr std::array<SplitPass, 1> kQwen2{kWordsBy<WordRules{}>};
constexpr std::array<SplitPass, 1> kQwen35{
    kWordsBy<WordRules{.letters = Letters::kWithMarks, .marks_are_punctuation = false}>};
constexpr std::array<SplitPass, 1> kSeedCoder{kWordsBy<WordRules{.tail = PunctuationTail::kNone}>};
constexpr std::array<SplitPass, 1> kUfakzeka{kWordsBy<WordRules{.contractions = Contractions::kNone}>};
constexpr std::array<SplitPass, 2> kLaguna{lines, kWordsBy<WordRules{}>};
constexpr std::array<SplitPass, 2> kMinicpm5{numbers_by_three, kWordsBy<WordRules{.max_digits = 0}>};
constexpr std::array<SplitPass, 1> kExaoneMoe{
    kWordsBy<WordRules{.letters = Letters::kSpaced, .tail = PunctuationTail::kOneNewlineOrSlash}>};
constexpr std::array<SplitPass, 1> kGpt4o{kWordsBy<kO200k>};
constexpr std::array<SplitPass, 1> kTekken{kWordsBy<WordRules{.contractions = Contractions::kNone,
                                                              .letters = Letters::kCased,
                                                              .tail = PunctuationTail::kNewlinesSlashes}>};
constexpr std::array<SplitPass, 1> kKimiK2{kWordsBy<WordRules{
    .contractions = Contractions::kOnWord, .letters = Letters::kCased, .max_digits = 3, .han_apart = true}>};
constexpr std::array<SplitPass, 2> kTinyAya{whole_numbers_from_the_right, kWordsBy<kO200k>};
constexpr std::array<SplitPass, 2> kYoutu{youtu_scripts,
                                          kWordsBy<WordRules{.contractions = Contractions::kOnWord,
                                                             .letters = Letters::kCased,
                                                             .tail = PunctuationTail::kNewlinesSlashes}>};
constexpr std::array<SplitPass, 1> kBloom{bloom_words};
constexpr std::array<SplitPass, 2> kViking{bloom_words, each_number};
constexpr std::array<SplitPass, 6> kDeepseekLlm{
    each_newline,     deepseek_llm_letters, deepseek_llm_punctuation,
    space_at_the_end, deepseek_cjk,         number_runs};
constexpr std::array<SplitPass, 5> kDeepseekCoder{each_newline, spaced_letters, spaced_punctuation,
                                                  deepseek_cjk, each_number};
constexpr std::array<SplitPass, 3> kDeepseekV3{numbers_by_three, han_and_kana, deepseek_v3_words};
constexpr std::array<SplitPass, 4> kSpark{numbers_by_three, han_and_kana, spark_words, each_number};
constexpr std::array<SplitPass, 3> kAfmoe{numbers_from_the_right, afmoe_scripts, deepseek_v3_words};
constexpr std::array<SplitPass, 2> kSuperBpe{number_runs, digits_from_the_right};
constexpr std::array<SplitPass, 6> kChameleon{chameleon_sentinels, chameleon_image_tokens, chameleon_blanks,
                                              each_number,         each_punctuation,       gpt2_words};
constexpr std::array<SplitPass, 1> kLines{lines};

constexpr PreTokenizer kList[] = {
    {.name = "default", .passes = kDefault},

    {.name = "gpt-2", .passes = kGpt2},
    {.name = "phi-2", .passes = kGpt2},
    {.name = "jina-es", .passes = kGpt2},
    {.name = "jina-de", .passes = kGpt2},
    {.name = "jina-v1-en", .passes = kGpt2},
    {.name = "jina-v2-es", .passes = kGpt2},
    {.name = "jina-v2-de", .passes = kGpt2},
    {.name = "jina-v2-code", .passes = kGpt2},
    {.name = "roberta-bpe", .passes = kGpt2},
    {.name = "modern-bert", .passes = kGpt2},
    {.name = "gigachat", .passes = kGpt2},
    {.name = "a.x-4.0", .passes = kGpt2},
    {.name = "mellum", .passes = kGpt2},
    {.name = "mpt", .passes = kGpt2},
    {.name = "olmo", .passes = kGpt2},
    {.name = "jais", .passes = kGpt2},
    {.name = "trillion", .passes = kGpt2},
    {.name = "exaone4", .passes = kGpt2},
    {.name = "granite-docling", .passes = kGpt2},

    {.name = "starcoder", .passes = kStarcoder},
    {.name = "refact", .passes = kStarcoder},
    {.name = "command-r", .passes = kStarcoder},
    {.name = "smollm", .passes = kStarcoder},
    {.name = "codeshell", .passes = kStarcoder},
    {.name = "exaone", .passes = kStarcoder},
    {.name = "minerva-7b", .passes = kStarcoder},
    {.name = "mellum2", .passes = kStarcoder},

    {.name = "falcon", .passes = kFalcon},

    {.name = "llama-bpe", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "llama3", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "llama-v3", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "falcon3", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "falcon-h1", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "pixtral", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "midm-2.0", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "lfm2", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "jina-v5-nano", .passes = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "dbrx", .passes = kLlama3},
    {.name = "smaug-bpe", .passes = kLlama3},
    {.name = "chatglm-bpe", .passes = kLlama3},
    {.name = "glm4", .passes = kLlama3},
    {.name = "jais-2", .passes = kJais2},

    {.name = "qwen2", .passes = kQwen2},
    {.name = "deepseek-r1-qwen", .passes = kQwen2},
    {.name = "stablelm2", .passes = kQwen2},
    {.name = "hunyuan", .passes = kQwen2},
    {.name = "solar-open", .passes = kQwen2},
    {.name = "megrez", .passes = kQwen2},
    {.name = "grok-2", .passes = kQwen2},
    {.name = "kormo", .passes = kQwen2},
    {.name = "f2llmv2", .passes = kQwen2},
    {.name = "bailingmoe", .passes = kQwen2},  // its \s*[\r\n] takes what \s*[\r\n]+ takes
    {.name = "bailingmoe2", .passes = kQwen2},
    {.name = "llada-moe", .passes = kQwen2},
    {.name = "qwen35", .passes = kQwen35},
    {.name = "seed-coder", .passes = kSeedCoder},
    {.name = "ufakzeka", .passes = kUfakzeka},
    {.name = "laguna", .passes = kLaguna},
    {.name = "minicpm5", .passes = kMinicpm5, .ignore_merges = true},
    {.name = "exaone-moe", .passes = kExaoneMoe},

    {.name = "gpt-4o", .passes = kGpt4o},
    {.name = "llama4", .passes = kGpt4o},
    {.name = "kanana2", .passes = kGpt4o},
    {.name = "talkie", .passes = kGpt4o},
    {.name = "minimax-m2", .passes = kGpt4o},
    {.name = "granite-embed-multi-97m", .passes = kGpt4o, .ignore_merges = true},
    {.name = "tekken", .passes = kTekken, .ignore_merges = true, .add_bos = true},
    {.name = "kimi-k2", .passes = kKimiK2},
    {.name = "tiny_aya", .passes = kTinyAya},
    {.name = "cohere2moe", .passes = kTinyAya},
    {.name = "youtu", .passes = kYoutu, .ignore_merges = true},

    {.name = "bloom", .passes = kBloom},
    {.name = "poro-chat", .passes = kBloom},
    {.name = "gpt3-finnish", .passes = kBloom},
    {.name = "viking", .passes = kViking},

    {.name = "deepseek-llm", .passes = kDeepseekLlm},
    {.name = "deepseek-coder", .passes = kDeepseekCoder},
    {.name = "deepseek-v3", .passes = kDeepseekV3},
    {.name = "hunyuan-dense", .passes = kDeepseekV3},
    {.name = "hy_v4", .passes = kDeepseekV3},
    {.name = "joyai-llm", .passes = kDeepseekV3},
    {.name = "spark2_5", .passes = kSpark},
    {.name = "afmoe", .passes = kAfmoe},

    {.name = "superbpe", .passes = kSuperBpe},
    {.name = "chameleon", .passes = kChameleon, .add_bos = true},

    {.name = "gemma4", .passes = kLines, .add_bos = true, .byte_level = false},
    {.name = "granite-embed-multi-311m", .passes = kLines, .add_bos = true, .byte_level = false},
    {.name = "sarvam-moe", .passes = kLines, .byte_level = false},
};

}  // namespace

std::span<const PreTokenizer> all_pre_tokenizers() {
  return kList;
}

const PreTokenizer& default_pre_tokenizer() {
  return kList[0];
}

const PreTokenizer* find_pre_tokenizer(std::string_view name) {
  const auto found = std::ranges::find(kList, name, &PreTokenizer::name);
  return found == std::end(kList) ? nullptr : found;
}

void split_words(const PreTokenizer& rules, std::string_view text, std::vector<uint32_t>& word_ends) {
  word_ends.clear();
  if (text.empty()) return;
  rules.passes[0](text, word_ends);
  std::vector<uint32_t> finer;
  for (const SplitPass pass : rules.passes.subspan(1)) {
    finer.clear();
    uint32_t begin = 0;
    for (const uint32_t end : word_ends) {
      const size_t before = finer.size();
      pass(text.substr(begin, end - begin), finer);
      for (size_t i = before; i < finer.size(); ++i) finer[i] += begin;
      begin = end;
    }
    word_ends.swap(finer);
  }
}

}  // namespace nagare
