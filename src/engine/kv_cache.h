// The keys and values of all sequences, in pages of kKvPageTokens tokens. Sequences that begin alike share
// their full pages: a page is known by what it holds and by the page before it, and stays findable after its
// sequence ended, until its memory is needed.
//
// A page is the books of 64 tokens; the numbers lie in slots, one slot per group of layers with the same
// attention window. A sequence gives back the slots that lie before a group's window (and a page of slack, so
// that going back a little costs nothing), but keeps the page: layers without a window still need theirs.
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
#include "graph/executor.h"
#include "runtime/buffer.h"

namespace nagare {

// What a cache is made for.
struct KvCapacity {
  int64_t context_length = 0;  // tokens of one sequence
  int32_t sequences = 1;
  int64_t step_tokens = 512;  // the most that are reserved at once
};

// Bytes that a cache of such layers takes when it is full.
int64_t kv_cache_bytes(std::span<const KvLayer> layers, const KvCapacity& capacity);

// One sequence's place in the cache.
struct KvSequence {
  std::vector<int32_t> pages;   // in order of position
  std::vector<int32_t> tokens;  // whose keys and values lie in the pages, by position
  size_t shared_pages = 0;      // leading pages that are registered for sharing (and must not be written)
  // What it has in each group of layers: the slot of each page, which attention reads; those of the first
  // `dropped` pages are not its own any more.
  struct Slots {
    std::vector<int32_t> numbers;
    size_t dropped = 0;
  };
  std::vector<Slots> groups;
};

class KvCache {
 public:
  static Result<KvCache> create(std::span<const KvLayer> layers, const KvCapacity& capacity);

  // An empty sequence with room for a whole context: it never allocates again.
  KvSequence make_sequence() const;

  size_t group_count() const { return groups_.size(); }
  // Of each layer: its storage, and the group whose slots it is addressed by.
  std::byte* layer_data(size_t layer) const { return layers_[layer].data(); }
  size_t layer_group(size_t layer) const { return layer_groups_[layer]; }
  size_t layer_count() const { return layers_.size(); }
  int64_t page_count() const { return static_cast<int64_t>(pages_.size()); }
  int64_t bytes() const;

  // Makes an empty sequence begin with as many known full pages as fit `prompt`, leaving at least its last
  // token to be computed. Returns how many tokens are there already.
  int64_t reuse_prefix(KvSequence& sequence, std::span<const int32_t> prompt);
  // Makes room for `count` more tokens. An error where no page is left.
  Status reserve(KvSequence& sequence, int64_t count);
  // Says that `tokens` were computed and written behind the sequence's last; full pages become shareable.
  void commit(KvSequence& sequence, std::span<const int32_t> tokens);
  // Forgets the tokens behind the first `length`; more where that ends inside a page that others may share,
  // or where a window's slots are gone that going on from there would read. Returns how many remain.
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
    std::vector<int32_t> slots;         // by group; -1: none, or given to another page since
  };
  struct Slot {
    int32_t users = 0;
    int32_t page = -1;                  // whose numbers it holds
    std::list<int32_t>::iterator idle;  // its place in Group::idle, where users is 0
  };
  struct Group {
    int64_t window = 0;  // 0: none, all slots are kept
    std::vector<Slot> slots;
    std::list<int32_t> idle;  // slots without users, the first to be taken first
  };

  void add_group(int64_t window, const KvCapacity& capacity);
  int32_t find_page(int64_t parent, std::span<const int32_t> tokens) const;
  Result<int32_t> take_page();
  Result<int32_t> take_slot(size_t group, int32_t page);
  void use_slot(size_t group, int32_t slot);
  void drop_slot(size_t group, int32_t slot);
  void forget_slots(int32_t page);
  void drop_last_page(KvSequence& sequence);
  void unregister(int32_t page);
  void slide_windows(KvSequence& sequence);
  // Whether every window's slots are there that a token at `position`, behind `pages`, would read.
  bool can_go_on(std::span<const int32_t> pages, int64_t position) const;
  void take_windows(KvSequence& sequence, int64_t position);
  int64_t generation_before(const KvSequence& sequence, size_t page_index) const;

  int64_t context_length_ = 0;
  std::vector<Buffer> layers_;
  std::vector<size_t> layer_groups_;
  std::vector<Group> groups_;
  std::vector<Page> pages_;
  std::list<int32_t> idle_;  // pages without users, the first to be taken first
  std::unordered_multimap<uint64_t, int32_t> known_;
  int64_t next_generation_ = 0;
};

}  // namespace nagare
