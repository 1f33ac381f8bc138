// The manual page nagare(1), in man's roff, written from the description of the command line.
#pragma once

#include <string>

#include "command_description.h"

namespace nagare::cli {

std::string man_page(const ProgramDescription& program, const std::string& version);

}  // namespace nagare::cli
