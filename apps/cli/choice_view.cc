#include "choice_view.h"

#include "table.h"

namespace nagare::cli {
namespace {

std::string_view name(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::kF32:
      return "f32";
    case Arithmetic::kBf16:
      return "bf16";
    case Arithmetic::kInt8:
      return "int8";
  }
  return "";
}

}  // namespace

std::string describe_speed(const Work& work, double seconds) {
  if (!(seconds > 0)) return "";
  const auto per_ns = [&](int64_t amount) {
    return human_rate(static_cast<double>(amount) / seconds * 1e-9);
  };
  std::string text = fmt::format("{} GB/s", per_ns(work.bytes));
  if (work.flops > 0) text += fmt::format(", {} GFLOP/s", per_ns(work.flops));
  return text;
}

nlohmann::ordered_json to_json(const Work& work) {
  return {{"flops", work.flops}, {"bytes", work.bytes}, {"arithmetic", name(work.arithmetic)}};
}

nlohmann::ordered_json to_json(const Candidate& candidate) {
  nlohmann::ordered_json json{
      {"solver", candidate.id}, {"version", candidate.version}, {"accepted", candidate.verdict.accepted}};
  if (candidate.verdict) {
    json["estimate_seconds"] = candidate.estimate_seconds;
  } else {
    json["refusal"] = nagare::name(candidate.verdict.refusal);
    json["reason"] = candidate.verdict.reason;
  }
  return json;
}

nlohmann::ordered_json to_json(const Choice& choice) {
  nlohmann::ordered_json candidates = nlohmann::ordered_json::array();
  for (size_t i = 0; i < choice.candidates.size(); ++i) {
    nlohmann::ordered_json json = to_json(choice.candidates[i]);
    if (choice.measured[i]) json["measured_seconds"] = *choice.measured[i];
    candidates.push_back(std::move(json));
  }
  return {{"solver", choice.solver},
          {"source", nagare::name(choice.source)},
          {"seconds", choice.seconds},
          {"candidates", std::move(candidates)}};
}

nlohmann::ordered_json to_json(const DeviceTraits& traits) {
  return {{"name", traits.name}, {"threads", traits.threads}, {"fingerprint", traits.fingerprint()}};
}

nlohmann::ordered_json to_json(const FallbackEvent& event) {
  return {{"problem", event.problem},
          {"refused", event.refused},
          {"reason", event.reason},
          {"chosen", event.chosen}};
}

}  // namespace nagare::cli
