// The events as Chrome-trace JSON ("Trace Event Format", complete events), which Perfetto and
// chrome://tracing open.
#pragma once

#include <string>

#include "base/result.h"
#include "trace/tracer.h"

namespace nagare {

// The whole JSON text: {"traceEvents": [...]}; times in microseconds from the first event.
std::string chrome_trace_json(const Tracer& tracer);

// Writes it to `path` (through a temporary name beside it, so that a full disk leaves no half file).
Status write_chrome_trace(const Tracer& tracer, const std::string& path);

}  // namespace nagare
