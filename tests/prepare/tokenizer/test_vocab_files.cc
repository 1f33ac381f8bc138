// Every text of the real vocabularies' test files, id by id, and back.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "formats/gguf/gguf_file.h"
#include "output/detokenize/detokenizer.h"
#include "prepare/tokenizer/tokenizer.h"
#include "prepare/tokenizer/vocab_from_gguf.h"
#include "support/test_data.h"

namespace nagare {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Texts are separated by lines __ggml_vocab_test__; the last is followed by one.
std::vector<std::string> read_texts(const std::filesystem::path& path) {
  const std::string all = read_file(path);
  const std::string mark = "\n__ggml_vocab_test__\n";
  std::vector<std::string> texts;
  size_t begin = 0;
  for (size_t at = all.find(mark); at != std::string::npos; at = all.find(mark, begin)) {
    texts.push_back(all.substr(begin, at - begin));
    begin = at + mark.size();
  }
  if (begin < all.size()) texts.push_back(all.substr(begin));
  return texts;
}

std::vector<std::vector<int32_t>> read_ids(const std::filesystem::path& path) {
  std::istringstream all(read_file(path));
  std::vector<std::vector<int32_t>> ids;
  for (std::string line; std::getline(all, line);) {
    std::istringstream numbers(line);
    ids.emplace_back(std::istream_iterator<int32_t>(numbers), std::istream_iterator<int32_t>());
  }
  return ids;
}

TEST(VocabFiles, EveryTextGivesTheIdsOfItsModelsTokenizer) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/vocab");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".gguf") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  ASSERT_FALSE(files.empty());
  for (const auto& path : files) {
    SCOPED_TRACE(path.filename());
    const auto file = GgufFile::open(path);
    ASSERT_TRUE(file) << file.error().message;
    auto vocab = vocab_from_gguf(*file);
    ASSERT_TRUE(vocab) << vocab.error().message;
    for (const std::string& warning : vocab->warnings())
      std::cout << path.filename() << ": " << warning << "\n";
    const auto shared = std::make_shared<const Vocab>(std::move(*vocab));
    const auto tokenizer = Tokenizer::create(shared);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;

    const auto texts = read_texts(path.string() + ".inp");
    const auto ids = read_ids(path.string() + ".out");
    ASSERT_EQ(texts.size(), ids.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      const auto encoded = (*tokenizer)->encode(texts[i]);
      ASSERT_TRUE(encoded) << encoded.error().message;
      EXPECT_EQ(*encoded, ids[i]) << "text " << i << ": '" << texts[i] << "'";
      const auto decoded = detokenize(shared, *encoded);
      ASSERT_TRUE(decoded) << decoded.error().message;
      if (shared->kind() != VocabKind::kWordPiece) {
        EXPECT_EQ(*decoded, texts[i]);
      }
    }
  }
}

}  // namespace
}  // namespace nagare
