// Where this user's regenerable files lie.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace nagare {

// $NAGARE_CACHE, else $XDG_CACHE_HOME/nagare (where that is absolute), else $HOME/.cache/nagare. The folder
// may not exist yet. An error where none of them is set.
Result<std::filesystem::path> cache_folder();

}  // namespace nagare
