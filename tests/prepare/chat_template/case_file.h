// Reads the text-file cases under cases/: a template, its input, and what Jinja2 makes of it (expect.py wrote
// that).
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace nagare::test {

struct TemplateCase {
  std::string name;
  std::string source;
  std::string input = "{}";
  std::string expected;  // the text; where is_error, Jinja2's message
  bool is_error = false;
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// One section ends where the next begins: less one line end, and one more for the empty line between cases.
inline std::string without_last_line_ends(std::string text, int count) {
  while (count-- > 0 && text.ends_with('\n')) text.pop_back();
  return text;
}

inline std::vector<TemplateCase> read_cases(const std::filesystem::path& path) {
  constexpr std::string_view kMark = "### ";
  std::vector<TemplateCase> cases;
  std::string section;
  std::string content;
  const auto finish = [&] {
    if (cases.empty()) return;
    TemplateCase& last = cases.back();
    if (section == "case") last.source = without_last_line_ends(content, 1);
    if (section == "input") last.input = without_last_line_ends(content, 1);
    if (section == "text" || section == "error") last.expected = without_last_line_ends(content, 2);
    last.is_error |= section == "error";
  };
  const std::string text = read_text(path);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const std::string line = text.substr(begin, end - begin);
    begin = end;
    const std::string word = line.starts_with(kMark) ? line.substr(4, line.find_first_of(" \n", 4) - 4) : "";
    if (word != "case" && word != "input" && word != "text" && word != "error") {
      content += line;
      continue;
    }
    finish();
    section = word;
    content.clear();
    if (word == "case") {
      cases.emplace_back();
      cases.back().name = without_last_line_ends(line.substr(std::min<size_t>(9, line.size())), 1);
    }
  }
  finish();
  return cases;
}

}  // namespace nagare::test
