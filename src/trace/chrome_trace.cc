#include "trace/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nagare {
namespace {

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string chrome_trace_json(const Tracer& tracer) {
  int64_t first_ns = 0;
  for (const TraceEvent& event : tracer.events()) {
    first_ns = first_ns == 0 ? event.start_ns : std::min(first_ns, event.start_ns);
  }
  std::string out = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
  bool first = true;
  for (const TraceEvent& event : tracer.events()) {
    const TraceLabel& label = tracer.labels()[static_cast<size_t>(event.label)];
    out += first ? "\n" : ",\n";
    first = false;
    out += "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"cat\":";
    append_json_string(out, name(label.station));
    out += ",\"name\":";
    append_json_string(out, label.name);
    out += fmt::format(",\"ts\":{:.3f},\"dur\":{:.3f},\"args\":{{\"bytes\":{},\"flops\":{}",
                       static_cast<double>(event.start_ns - first_ns) / 1e3,
                       static_cast<double>(event.duration_ns) / 1e3, event.bytes, event.flops);
    if (!label.solver.empty()) {
      out += ",\"solver\":";
      append_json_string(out, label.solver);
    }
    if (!label.problem.empty()) {
      out += ",\"problem\":";
      append_json_string(out, label.problem);
    }
    out += "}}";
  }
  out += "\n]}\n";
  return out;
}

Status write_chrome_trace(const Tracer& tracer, const std::string& path) {
  const std::string text = chrome_trace_json(tracer);
  const std::string temporary = path + ".partial";
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) return failure("trace: cannot write {}: {}", temporary, std::strerror(errno));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed) return failure("trace: cannot write {}: {}", temporary, std::strerror(errno));
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return failure("trace: cannot rename {} to {}: {}", temporary, path, std::strerror(errno));
  }
  return {};
}

}  // namespace nagare
