// What is known of a choice among solvers, for people and as JSON: shared by explain, find and bench.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/explain.h"
#include "engine/text_model.h"

namespace nagare::cli {

// "45.3 GB/s, 90.6 GFLOP/s" of work done in so many seconds; "" where nothing is known.
std::string describe_speed(const Work& work, double seconds);

nlohmann::ordered_json to_json(const Work& work);
nlohmann::ordered_json to_json(const Choice& choice);
nlohmann::ordered_json to_json(const Candidate& candidate);
nlohmann::ordered_json to_json(const DeviceTraits& traits);
nlohmann::ordered_json to_json(const FallbackEvent& event);

}  // namespace nagare::cli
