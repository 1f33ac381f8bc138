// The registry behind install_mapped_file_guard(): which address ranges are mapped files. Only mapped_file.cc
// calls it.
#pragma once

#include <cstddef>

namespace nagare::internal {

// The slot that now watches [data, data + length), or -1 when all slots are taken.
int guard_register(const std::byte* data, size_t length);
// Forgets the slot; call it before the range is unmapped.
void guard_unregister(int slot);
// Whether a page of the slot's range was found gone.
bool guard_damaged(int slot);

}  // namespace nagare::internal
