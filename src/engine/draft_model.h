// A smaller model of the same vocabulary that guesses ahead, so that the large one computes several tokens in
// one step. It keeps its own sequence in step with the text that it is shown.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/text_model.h"

namespace nagare {

class DraftModel {
 public:
  // Both models must outlive it. An error where their vocabularies are not the same, token for token.
  static Result<std::unique_ptr<DraftModel>> open(TextModel& draft, const TextModel& target);
  ~DraftModel();
  DraftModel(const DraftModel&) = delete;
  DraftModel& operator=(const DraftModel&) = delete;

  // Sets `proposal` to at most `most` tokens that it would say after `tokens`. It stops where it is not sure;
  // past its own context it says nothing.
  Status propose(std::span<const int32_t> tokens, int32_t most, std::vector<int32_t>& proposal);

 private:
  DraftModel(TextModel& model, SequenceId sequence) : model_(model), sequence_(sequence) {}
  Result<const float*> next_logits();

  TextModel& model_;
  SequenceId sequence_;
};

}  // namespace nagare
