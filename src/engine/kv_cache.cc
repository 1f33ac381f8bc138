#include "engine/kv_cache.h"

#include <algorithm>

#include "graph/graph.h"

namespace nagare {
namespace {

// FNV-1a over the tokens, started from the page before. Equality is checked token by token afterwards.
uint64_t page_key(int64_t parent, std::span<const int32_t> tokens) {
  uint64_t hash = 0xcbf29ce484222325u ^ static_cast<uint64_t>(parent);
  for (const int32_t token : tokens) {
    hash ^= static_cast<uint32_t>(token);
    hash *= 0x100000001b3u;
  }
  return hash;
}

constexpr int64_t pages_for(int64_t tokens) {
  return (tokens + kKvPageTokens - 1) / kKvPageTokens;
}

// The first page that a token at `position` still reads through a window.
constexpr int64_t first_page_seen(int64_t window, int64_t position) {
  return window == 0 ? 0 : std::max<int64_t>(0, position - window + 1) / kKvPageTokens;
}

// Positions behind the window whose slots are kept, for sequences that go back a little: speculation, the
// last token of a prompt.
constexpr int64_t kSlackTokens = kKvPageTokens;

int64_t pages_of_sequence(int64_t window, const KvCapacity& capacity) {
  // One more than the context has: what is shared is never written, so going on may need a copy of a page.
  const int64_t all = pages_for(capacity.context_length) + 1;
  if (window == 0) return all;
  // A run of that many tokens may begin and end inside a page.
  return std::min(all, pages_for(window + kSlackTokens + capacity.step_tokens) + 1);
}

}  // namespace

int64_t kv_cache_bytes(std::span<const KvLayer> layers, const KvCapacity& capacity) {
  int64_t bytes = 0;
  for (const KvLayer& layer : layers) {
    bytes += layer.page_bytes * pages_of_sequence(layer.window, capacity) * capacity.sequences;
  }
  return bytes;
}

Result<KvCache> KvCache::create(std::span<const KvLayer> layers, const KvCapacity& capacity) {
  KvCache cache;
  cache.context_length_ = capacity.context_length;
  for (const KvLayer& layer : layers) {
    const auto same = std::find_if(cache.groups_.begin(), cache.groups_.end(),
                                   [&](const Group& group) { return group.window == layer.window; });
    cache.layer_groups_.push_back(static_cast<size_t>(same - cache.groups_.begin()));
    if (same == cache.groups_.end()) cache.add_group(layer.window, capacity);
    const auto slots = static_cast<int64_t>(cache.groups_[cache.layer_groups_.back()].slots.size());
    ASSIGN_OR_RETURN(Buffer buffer, Buffer::allocate(layer.page_bytes * slots));
    cache.layers_.push_back(std::move(buffer));
  }
  cache.pages_.resize(static_cast<size_t>(pages_of_sequence(0, capacity) * capacity.sequences));
  for (size_t i = 0; i < cache.pages_.size(); ++i) {
    Page& page = cache.pages_[i];
    page.idle = cache.idle_.insert(cache.idle_.end(), static_cast<int32_t>(i));
    page.tokens.reserve(kKvPageTokens);
    page.slots.assign(cache.groups_.size(), -1);
  }
  return cache;
}

void KvCache::add_group(int64_t window, const KvCapacity& capacity) {
  Group& group = groups_.emplace_back();
  group.window = window;
  group.slots.resize(static_cast<size_t>(pages_of_sequence(window, capacity) * capacity.sequences));
  for (size_t i = 0; i < group.slots.size(); ++i) {
    group.slots[i].idle = group.idle.insert(group.idle.end(), static_cast<int32_t>(i));
  }
}

KvSequence KvCache::make_sequence() const {
  const auto pages = static_cast<size_t>(pages_for(context_length_));
  KvSequence sequence;
  sequence.pages.reserve(pages);
  sequence.tokens.reserve(static_cast<size_t>(context_length_));
  sequence.groups.resize(groups_.size());
  for (KvSequence::Slots& slots : sequence.groups) slots.numbers.reserve(pages);
  return sequence;
}

int64_t KvCache::bytes() const {
  int64_t sum = 0;
  for (const Buffer& layer : layers_) sum += layer.bytes();
  return sum;
}

int32_t KvCache::find_page(int64_t parent, std::span<const int32_t> tokens) const {
  const auto [begin, end] = known_.equal_range(page_key(parent, tokens));
  for (auto entry = begin; entry != end; ++entry) {
    const Page& page = pages_[static_cast<size_t>(entry->second)];
    if (page.parent == parent &&
        std::equal(tokens.begin(), tokens.end(), page.tokens.begin(), page.tokens.end())) {
      return entry->second;
    }
  }
  return -1;
}

bool KvCache::can_go_on(std::span<const int32_t> pages, int64_t position) const {
  const auto end = static_cast<size_t>(pages_for(position));
  for (size_t group = 0; group < groups_.size(); ++group) {
    auto page = static_cast<size_t>(first_page_seen(groups_[group].window, position));
    for (; page < end; ++page) {
      if (pages_[static_cast<size_t>(pages[page])].slots[group] < 0) return false;
    }
  }
  return true;
}

// Makes the slots its own that a token at `position`, behind all pages, reads and that it does not have.
void KvCache::take_windows(KvSequence& sequence, int64_t position) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    KvSequence::Slots& slots = sequence.groups[g];
    const auto first = static_cast<size_t>(first_page_seen(groups_[g].window, position));
    const size_t last = std::min(slots.dropped, sequence.pages.size());
    for (size_t i = first; i < last; ++i) {
      slots.numbers[i] = pages_[static_cast<size_t>(sequence.pages[i])].slots[g];
      use_slot(g, slots.numbers[i]);
    }
    slots.dropped = std::min(slots.dropped, first);
  }
}

int64_t KvCache::reuse_prefix(KvSequence& sequence, std::span<const int32_t> prompt) {
  int64_t parent = -1;
  std::vector<int32_t> found;
  found.reserve(prompt.size() / kKvPageTokens);
  while (static_cast<int64_t>(found.size() + 1) * kKvPageTokens < static_cast<int64_t>(prompt.size())) {
    const int32_t index = find_page(parent, prompt.subspan(found.size() * kKvPageTokens, kKvPageTokens));
    if (index < 0) break;
    found.push_back(index);
    parent = pages_[static_cast<size_t>(index)].generation;
  }
  while (!can_go_on(found, static_cast<int64_t>(found.size()) * kKvPageTokens)) found.pop_back();
  for (const int32_t index : found) {
    Page& page = pages_[static_cast<size_t>(index)];
    if (page.users++ == 0) idle_.erase(page.idle);
  }
  const int64_t reused = static_cast<int64_t>(found.size()) * kKvPageTokens;
  for (KvSequence::Slots& slots : sequence.groups) {
    slots.numbers.assign(found.size(), -1);
    slots.dropped = found.size();
  }
  sequence.shared_pages = found.size();
  sequence.tokens.assign(prompt.begin(), prompt.begin() + reused);
  sequence.pages.assign(found.begin(), found.end());
  take_windows(sequence, reused);
  return reused;
}

void KvCache::unregister(int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  if (!page.registered) return;
  const auto [begin, end] = known_.equal_range(page.key);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second != index) continue;
    known_.erase(entry);
    break;
  }
  page.registered = false;
}

// Says that the slots of a page without users hold nothing: they are the first to be taken.
void KvCache::forget_slots(int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (page.slots[g] < 0) continue;
    Slot& slot = groups_[g].slots[static_cast<size_t>(page.slots[g])];
    slot.page = -1;
    groups_[g].idle.splice(groups_[g].idle.begin(), groups_[g].idle, slot.idle);
    page.slots[g] = -1;
  }
}

Result<int32_t> KvCache::take_page() {
  if (idle_.empty()) {
    return out_of_memory("the KV cache is full: {} pages of {} tokens are in use", pages_.size(),
                         kKvPageTokens);
  }
  const int32_t index = idle_.front();
  idle_.pop_front();
  unregister(index);
  forget_slots(index);
  Page& page = pages_[static_cast<size_t>(index)];
  page.users = 1;
  page.generation = next_generation_++;
  return index;
}

Result<int32_t> KvCache::take_slot(size_t g, int32_t page) {
  Group& group = groups_[g];
  if (group.idle.empty()) {
    return out_of_memory("the KV cache is full: {} pages of {} tokens are in use", group.slots.size(),
                         kKvPageTokens);
  }
  const int32_t index = group.idle.front();
  Slot& slot = group.slots[static_cast<size_t>(index)];
  if (slot.page >= 0) pages_[static_cast<size_t>(slot.page)].slots[g] = -1;
  slot.page = page;
  pages_[static_cast<size_t>(page)].slots[g] = index;
  use_slot(g, index);
  return index;
}

void KvCache::use_slot(size_t g, int32_t index) {
  Slot& slot = groups_[g].slots[static_cast<size_t>(index)];
  if (slot.users++ == 0) groups_[g].idle.erase(slot.idle);
}

void KvCache::drop_slot(size_t g, int32_t index) {
  Group& group = groups_[g];
  Slot& slot = group.slots[static_cast<size_t>(index)];
  if (--slot.users > 0) return;
  // A slot whose page nobody can find is of no use to anybody.
  const bool findable = pages_[static_cast<size_t>(slot.page)].registered;
  slot.idle = group.idle.insert(findable ? group.idle.end() : group.idle.begin(), index);
}

// Gives back the slots that no later token reads.
void KvCache::slide_windows(KvSequence& sequence) {
  const auto position = static_cast<int64_t>(sequence.tokens.size());
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].window == 0) continue;
    KvSequence::Slots& slots = sequence.groups[g];
    const auto first = static_cast<size_t>(first_page_seen(groups_[g].window + kSlackTokens, position));
    for (; slots.dropped < first; ++slots.dropped) {
      drop_slot(g, slots.numbers[slots.dropped]);
      slots.numbers[slots.dropped] = -1;
    }
  }
}

Status KvCache::reserve(KvSequence& sequence, int64_t count) {
  slide_windows(sequence);
  const int64_t needed = pages_for(static_cast<int64_t>(sequence.tokens.size()) + count);
  while (static_cast<int64_t>(sequence.pages.size()) < needed) {
    ASSIGN_OR_RETURN(const int32_t page, take_page());
    sequence.pages.push_back(page);
    for (size_t g = 0; g < groups_.size(); ++g) {
      Result<int32_t> slot = take_slot(g, page);
      if (!slot) {
        drop_last_page(sequence);
        return std::unexpected(std::move(slot).error());
      }
      sequence.groups[g].numbers.push_back(*slot);
    }
  }
  return {};
}

int64_t KvCache::generation_before(const KvSequence& sequence, size_t page_index) const {
  return page_index == 0 ? -1 : pages_[static_cast<size_t>(sequence.pages[page_index - 1])].generation;
}

void KvCache::commit(KvSequence& sequence, std::span<const int32_t> tokens) {
  sequence.tokens.insert(sequence.tokens.end(), tokens.begin(), tokens.end());
  while ((sequence.shared_pages + 1) * kKvPageTokens <= sequence.tokens.size()) {
    const size_t at = sequence.shared_pages++;
    const int32_t index = sequence.pages[at];
    Page& page = pages_[static_cast<size_t>(index)];
    const auto content = std::span<const int32_t>(sequence.tokens).subspan(at * kKvPageTokens, kKvPageTokens);
    page.parent = generation_before(sequence, at);
    page.tokens.assign(content.begin(), content.end());
    page.key = page_key(page.parent, content);
    known_.emplace(page.key, index);
    page.registered = true;
  }
}

void KvCache::drop_last_page(KvSequence& sequence) {
  const size_t at = sequence.pages.size() - 1;
  const int32_t index = sequence.pages[at];
  for (size_t g = 0; g < groups_.size(); ++g) {
    KvSequence::Slots& slots = sequence.groups[g];
    if (slots.numbers.size() <= at) continue;  // reserve() failed before this group had its turn
    if (at >= slots.dropped) drop_slot(g, slots.numbers[at]);
    slots.numbers.pop_back();
    slots.dropped = std::min(slots.dropped, at);
  }
  sequence.pages.pop_back();
  Page& page = pages_[static_cast<size_t>(index)];
  if (--page.users > 0) return;
  // A page that holds nothing findable is the first to be taken again.
  page.idle = idle_.insert(page.registered ? idle_.end() : idle_.begin(), index);
  if (!page.registered) forget_slots(index);
}

int64_t KvCache::truncate(KvSequence& sequence, int64_t length) {
  int64_t kept = std::min(length, static_cast<int64_t>(sequence.tokens.size()));
  // Whoever goes on in the middle of a shared page would overwrite what others read; whoever goes on where a
  // window's slots are gone would read what others wrote.
  const auto shared = static_cast<int64_t>(sequence.shared_pages);
  if (kept / kKvPageTokens < shared) kept = kept / kKvPageTokens * kKvPageTokens;
  while (!can_go_on(sequence.pages, kept)) kept = (kept - 1) / kKvPageTokens * kKvPageTokens;
  while (static_cast<int64_t>(sequence.pages.size()) > pages_for(kept)) drop_last_page(sequence);
  if (kept < static_cast<int64_t>(sequence.tokens.size())) {
    sequence.tokens.resize(static_cast<size_t>(kept));
    sequence.shared_pages = std::min(sequence.shared_pages, static_cast<size_t>(kept / kKvPageTokens));
    take_windows(sequence, kept);
  }
  return kept;
}

void KvCache::release(KvSequence& sequence) {
  truncate(sequence, 0);
}

}  // namespace nagare
