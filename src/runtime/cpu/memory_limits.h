// What memory this process may take: the machine's, its cgroups' (version 1 and 2, every level up to the
// root), and its own resource limits.
#pragma once

#include <cstdint>
#include <filesystem>

namespace nagare {

// Both read the files of procfs and sysfs below `root`: "/", or a folder that a test has made.
// The machine's.
int64_t physical_memory_bytes(const std::filesystem::path& root);
// The most that this process could ever have.
int64_t memory_limit_bytes(const std::filesystem::path& root);
// What it may still take. Page cache that the system would give back counts as free.
int64_t available_memory_bytes(const std::filesystem::path& root);

}  // namespace nagare
