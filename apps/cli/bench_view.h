// What `nagare bench` shows: of a model and of a problem, for people and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/model_bench.h"
#include "engine/problem_bench.h"
#include "terminal.h"

namespace nagare::cli {

nlohmann::ordered_json to_json(const ModelBenchOptions& options, const ModelBenchResult& result);
std::string describe(const ModelBenchOptions& options, const ModelBenchResult& result);

nlohmann::ordered_json to_json(const ProblemBench& bench);
std::string describe(const ProblemBench& bench, const Palette& palette);

}  // namespace nagare::cli
