// Stop strings in a stream of text: found wherever they begin and end, token borders or not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nagare {

class StopMatcher {
 public:
  explicit StopMatcher(std::vector<std::string> stops);

  // Takes the next piece of text and gives what may be shown now. The end of the text that could still become
  // a stop string is held back; once one is complete, stopped() is true and nothing more comes out.
  std::string push(std::string_view text);
  // The text that was held back, when no more will come.
  std::string finish();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace nagare
