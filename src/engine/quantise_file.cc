#include "engine/quantise_file.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <system_error>
#include <utility>

#include "base/printable.h"
#include "formats/gguf/gguf_split.h"
#include "formats/gguf/gguf_writer.h"
#include "runtime/device.h"
#include "tensor/dequantise.h"
#include "tensor/quantise.h"

namespace nagare {
namespace {

constexpr uint32_t kQuantisationVersion = 2;          // of the block formats, as GGUF counts them
constexpr int64_t kPieceElements = 1 << 13;           // a thread's work at a time: a multiple of every block
constexpr int64_t kBatchElements = int64_t{1} << 23;  // converted, then written

// What the pieces of a tensor add up to; by piece, so that the sum does not depend on the threads.
struct PieceError {
  double difference = 0;  // squares
  double magnitude = 0;
};

class Converter {
 public:
  explicit Converter(const Stream& stream) : stream_(stream) {}

  // Elements [begin, end) of a tensor in another type; the result is valid until the next call.
  Result<std::span<const std::byte>> convert(const GgufTensor& tensor, DType to, int64_t begin, int64_t end) {
    const int64_t count = end - begin;
    const auto pieces = static_cast<size_t>((count + kPieceElements - 1) / kPieceElements);
    bytes_.resize(static_cast<size_t>(row_bytes(to, count)));
    errors_.assign(pieces, {});
    std::atomic<bool> sound = true, fits = true;
    stream_.parallel_for(static_cast<int>(pieces), [&](int piece) {
      const int64_t first = begin + piece * kPieceElements;
      const int64_t elements = std::min(kPieceElements, end - first);
      float *const before = buffer(), *const after = before + kPieceElements;
      const DType from = tensor.view.dtype;
      dequantise_row(from, tensor.view.data + row_bytes(from, first), before, elements);
      std::byte* const out = bytes_.data() + row_bytes(to, first - begin);
      quantise_row(to, before, out, elements);
      dequantise_row(to, out, after, elements);
      PieceError& error = errors_[static_cast<size_t>(piece)];
      for (int64_t i = 0; i < elements; ++i) {
        const double exact = before[i], off = static_cast<double>(after[i]) - exact;
        error.difference += off * off;
        error.magnitude += exact * exact;
      }
      if (!std::isfinite(error.magnitude)) sound.store(false, std::memory_order_relaxed);
      if (!std::isfinite(error.difference)) fits.store(false, std::memory_order_relaxed);
    });
    if (!sound) {
      return bad_input("tensor '{}' holds NaN or an infinity; the file is damaged or the training failed",
                       printable(tensor.name));
    }
    if (!fits) {
      return bad_input("tensor '{}' has weights that {} cannot hold; take BF16", printable(tensor.name),
                       name(to));
    }
    for (const PieceError& error : errors_) {
      sum_.difference += error.difference;
      sum_.magnitude += error.magnitude;
    }
    return std::span<const std::byte>(bytes_);
  }

  // The relative error of all that was converted since the last call.
  double take_error() {
    const PieceError sum = std::exchange(sum_, {});
    return sum.magnitude > 0 ? std::sqrt(sum.difference / sum.magnitude) : 0.0;
  }

 private:
  // Two pieces of float32 for the calling thread.
  static float* buffer() {
    thread_local std::vector<float> numbers(2 * kPieceElements);
    return numbers.data();
  }

  const Stream& stream_;
  std::vector<std::byte> bytes_;
  std::vector<PieceError> errors_;
  PieceError sum_;
};

// The front of the new file.
GgufBuilder front_of(const GgufFile& file, std::span<const DType> types, const QuantiseTarget& target) {
  GgufBuilder builder;
  const auto is_ours = [](std::string_view key) {
    return key == "general.file_type" || key == "general.quantization_version";
  };
  for (const GgufKeyValue& entry : file.metadata()) {
    if (entry.key.starts_with("split.") || is_ours(entry.key)) continue;
    if (entry.key == "general.alignment") {
      builder.set_alignment(file.alignment());
    } else {
      builder.add(entry.key, entry.value);
    }
  }
  builder.add_u32("general.file_type", target.gguf_file_type);
  builder.add_u32("general.quantization_version", kQuantisationVersion);
  for (size_t i = 0; i < types.size(); ++i) {
    builder.add_tensor(file.tensors()[i].name, types[i], file.tensors()[i].view.shape);
  }
  return builder;
}

// "model" from "model-00001-of-00003.gguf", else the name itself.
std::string stem_of_parts(const std::string& file_name) {
  constexpr std::string_view kForm = "-00000-of-00000.gguf";
  if (file_name.size() <= kForm.size()) return file_name;
  const size_t stem = file_name.size() - kForm.size();
  for (size_t i = 0; i < kForm.size(); ++i) {
    const char c = file_name[stem + i];
    if (kForm[i] == '0' ? c < '0' || c > '9' : c != kForm[i]) return file_name;
  }
  return file_name.substr(0, stem);
}

// Whether writing `out` would replace the model that is read.
bool is_same_file(const std::filesystem::path& in, const std::filesystem::path& out) {
  std::error_code none;
  if (std::filesystem::equivalent(in, out, none)) return true;
  const auto folder = [](const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  };
  const std::string in_name = in.filename().string(), out_name = out.filename().string();
  const std::string stem = stem_of_parts(in_name);
  return stem != in_name && stem_of_parts(out_name) == stem && stem != out_name &&
         std::filesystem::equivalent(folder(in), folder(out), none);
}

Status check_source(const GgufTensor& tensor, DType to, const QuantiseOptions& options) {
  const DType from = tensor.view.dtype;
  if (from == to || !is_quantised(from) || options.allow_requantise) return {};
  return bad_input(
      "tensor '{}' is {} already, and quantising twice adds the errors; start from a file in F32, F16 or "
      "BF16, "
      "or say --allow-requantize",
      printable(tensor.name), name(from));
}

// Everything about one tensor but its error.
QuantisedTensor entry_of(const GgufTensor& tensor, DType to) {
  const Shape& shape = tensor.view.shape;
  return {.name = std::string(tensor.name),
          .from = tensor.view.dtype,
          .to = to,
          .elements = shape.elements(),
          .bytes_before = tensor.view.bytes(),
          .bytes_after = TensorView{to, shape, nullptr}.bytes(),
          .error = std::nullopt};
}

class Job {
 public:
  Job(const GgufFile& file, const Device& device, const QuantiseOptions& options, GgufWriter* writer)
      : file_(file), options_(options), writer_(writer), converter_(device.stream()) {
    for (const GgufTensor& tensor : file.tensors()) bytes_all_ += tensor.view.bytes();
  }

  Result<QuantiseReport> run(std::span<const DType> types) {
    QuantiseReport report;
    report.tensors.reserve(types.size());
    for (size_t i = 0; i < types.size(); ++i) {
      const GgufTensor& tensor = file_.tensors()[i];
      QuantisedTensor entry = entry_of(tensor, types[i]);
      RETURN_IF_ERROR(entry.from == entry.to ? copy(tensor) : convert(tensor, types[i]));
      if (entry.from != entry.to) entry.error = converter_.take_error();
      report.elements += entry.elements;
      report.bytes_before += entry.bytes_before;
      report.bytes_after += entry.bytes_after;
      report.tensors.push_back(std::move(entry));
      file_.release_pages(tensor);
    }
    return report;
  }

 private:
  Status copy(const GgufTensor& tensor) {
    const auto bytes = static_cast<size_t>(tensor.view.bytes());
    if (writer_ != nullptr) RETURN_IF_ERROR(writer_->append({tensor.view.data, bytes}));
    tell(static_cast<int64_t>(bytes));
    return {};
  }

  Status convert(const GgufTensor& tensor, DType to) {
    const int64_t elements = tensor.view.shape.elements();
    for (int64_t begin = 0; begin < elements; begin += kBatchElements) {
      const int64_t end = std::min(elements, begin + kBatchElements);
      ASSIGN_OR_RETURN(const std::span<const std::byte> bytes, converter_.convert(tensor, to, begin, end));
      if (writer_ != nullptr) RETURN_IF_ERROR(writer_->append(bytes));
      tell(row_bytes(tensor.view.dtype, end - begin));
    }
    return {};
  }

  void tell(int64_t bytes) {
    bytes_done_ += bytes;
    if (options_.progress) options_.progress(bytes_done_, bytes_all_);
  }

  const GgufFile& file_;
  const QuantiseOptions& options_;
  GgufWriter* writer_;  // null: nothing is written
  Converter converter_;
  int64_t bytes_done_ = 0;
  int64_t bytes_all_ = 0;
};

}  // namespace

Result<QuantiseReport> quantise_file(const std::filesystem::path& in, const std::filesystem::path& out,
                                     const QuantiseOptions& options) {
  ASSIGN_OR_RETURN(const GgufFile file, open_gguf_model(in));
  if (!options.dry_run && is_same_file(in, out)) {
    return bad_input("{} is the input; give the result another name", printable(out.string()));
  }
  if (file.tensors().empty()) return bad_input("{} has no weights to quantise", printable(in.string()));
  ASSIGN_OR_RETURN(const std::vector<DType> types, quantised_types(file, options.target));
  for (size_t i = 0; i < types.size(); ++i)
    RETURN_IF_ERROR(check_source(file.tensors()[i], types[i], options));
  ASSIGN_OR_RETURN(const auto device, Device::open_cpu(options.threads));
  std::optional<GgufWriter> writer;
  if (!options.dry_run) {
    ASSIGN_OR_RETURN(GgufWriter created, GgufWriter::create(out, front_of(file, types, options.target)));
    writer.emplace(std::move(created));
  }
  Job job(file, *device, options, writer ? &*writer : nullptr);
  ASSIGN_OR_RETURN(QuantiseReport report, job.run(types));
  if (file.damaged()) return failure("the input was cut short while it was read; nothing was written");
  if (writer) RETURN_IF_ERROR(writer->commit());
  return report;
}

}  // namespace nagare
