#include "engine/read_ahead.h"

#include <map>
#include <system_error>

namespace nagare {

ReadAhead::ReadAhead(const GgufFile& file, const Graph& graph) {
  std::map<const std::byte*, const GgufTensor*> by_address;
  for (const GgufTensor& tensor : file.tensors()) by_address[tensor.view.data] = &tensor;
  std::vector<const GgufTensor*> wanted;
  wanted.reserve(by_address.size());
  for (const Node& node : graph.nodes()) {
    if (std::holds_alternative<EmbedNode>(node.attributes)) continue;
    for (const Operand& input : node.inputs) {
      if (!input.present()) continue;
      for (const TensorView& part : graph.value(input.value).parts) {
        const auto found = by_address.find(part.data);
        if (found != by_address.end()) wanted.push_back(found->second);
      }
    }
  }
  try {
    thread_ = std::jthread([&file, tensors = std::move(wanted)](const std::stop_token& stop) {
      for (const GgufTensor* tensor : tensors) {
        if (stop.stop_requested()) return;
        file.advise_will_need(*tensor);
      }
    });
  } catch (const std::system_error&) {
    return;  // no thread to be had: the pages come as they are touched
  }
}

}  // namespace nagare
