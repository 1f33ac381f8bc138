// The options that say how the next token is drawn: of `run` and every other command that generates text.
#pragma once

#include <CLI/CLI.hpp>

#include "engine/text_session.h"

namespace nagare::cli {

void add_sampler_options(CLI::App& command, SamplerOptions& sampler);

}  // namespace nagare::cli
