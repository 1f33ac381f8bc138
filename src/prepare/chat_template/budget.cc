#include "prepare/chat_template/budget.h"

namespace nagare::chat_template {

Status Meter::steps_exceeded() const {
  return bad_input("it takes more than {} steps; does it loop without end?", budget_.steps);
}

Status Meter::memory_exceeded(size_t bytes) const {
  return bad_input("it needs {} bytes on top of {} bytes, and may use {}", bytes, live_bytes_,
                   budget_.memory_bytes);
}

}  // namespace nagare::chat_template
