// The keys and values of all sequences, in pages of kKvPageTokens tokens. Sequences that begin alike share
// their full pages: a page is known by what it holds and by the page before it, and stays findable after its
// sequence ended, until its memory is needed.
//
// It only keeps the books; the numbers are written by the attention op. Not thread-safe: the scheduler owns
// it.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "runtime/buffer.h"

namespace nagare {

// One sequence's place in the cache.
struct KvSequence {
  std::vector<int32_t> pages;   // in order of position
  std::vector<int32_t> tokens;  // whose keys and values lie in the pages, by position
  size_t shared_pages = 0;      // leading pages that are registered for sharing (and must not be written)
};

class KvCache {
 public:
  // `page_bytes` per layer, as the executor says; `pages` for all sequences together.
  static Result<KvCache> create(std::span<const int64_t> page_bytes, int64_t pages);

  // The storage of each layer, for the executor.
  std::byte* const* layers() const { return layer_data_.data(); }
  int64_t page_count() const { return static_cast<int64_t>(pages_.size()); }
  int64_t bytes() const;

  // Makes an empty sequence begin with as many known full pages as fit `prompt`, leaving at least its last
  // token to be computed. Returns how many tokens are there already.
  int64_t reuse_prefix(KvSequence& sequence, std::span<const int32_t> prompt);
  // Makes room for `count` more tokens. An error where no page is left.
  Status reserve(KvSequence& sequence, int64_t count);
  // Says that `tokens` were computed and written behind the sequence's last; full pages become shareable.
  void commit(KvSequence& sequence, std::span<const int32_t> tokens);
  // Forgets the tokens behind the first `length` and, where that ends inside a page that others may share,
  // those back to the beginning of that page. Returns how many remain.
  int64_t truncate(KvSequence& sequence, int64_t length);
  void release(KvSequence& sequence);

 private:
  struct Page {
    int32_t users = 0;
    bool registered = false;
    uint64_t key = 0;  // of its contents and all pages before it, where registered
    std::vector<int32_t> tokens;
    int64_t parent = -1;                // the generation of the page before it; -1: the first
    int64_t generation = 0;             // changes whenever the page gets other contents
    std::list<int32_t>::iterator idle;  // its place in idle_, where users is 0
  };

  int32_t find_page(int64_t parent, std::span<const int32_t> tokens) const;
  Result<int32_t> take_page();
  void drop_user(int32_t page);
  void unregister(int32_t page);
  int64_t generation_before(const KvSequence& sequence, size_t page_index) const;

  std::vector<Buffer> layers_;
  std::vector<std::byte*> layer_data_;
  std::vector<Page> pages_;
  std::list<int32_t> idle_;  // pages without users, longest idle first
  std::unordered_multimap<uint64_t, int32_t> known_;
  int64_t next_generation_ = 0;
};

}  // namespace nagare
