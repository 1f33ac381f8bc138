// Reads weights from disk while earlier ones are repacked: a thread of its own asks for their pages in the
// order in which a plan takes them. Where the file is in the page cache already it is done in milliseconds.
#pragma once

#include <thread>
#include <vector>

#include "formats/gguf/gguf_file.h"
#include "graph/graph.h"

namespace nagare {

class ReadAhead {
 public:
  // Begins at once; the destructor stops it. The file must outlive it. What is read row by row (embeddings)
  // is left out.
  ReadAhead(const GgufFile& file, const Graph& graph);

 private:
  std::jthread thread_;
};

}  // namespace nagare
