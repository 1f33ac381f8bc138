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

}  // namespace

Result<KvCache> KvCache::create(std::span<const int64_t> page_bytes, int64_t pages) {
  KvCache cache;
  for (const int64_t bytes : page_bytes) {
    ASSIGN_OR_RETURN(Buffer layer, Buffer::allocate(bytes * pages));
    cache.layer_data_.push_back(layer.data());
    cache.layers_.push_back(std::move(layer));
  }
  cache.pages_.resize(static_cast<size_t>(pages));
  for (int32_t page = 0; page < pages; ++page) {
    cache.idle_.push_back(page);
    cache.pages_[static_cast<size_t>(page)].idle = std::prev(cache.idle_.end());
    cache.pages_[static_cast<size_t>(page)].tokens.reserve(kKvPageTokens);
  }
  return cache;
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

int64_t KvCache::reuse_prefix(KvSequence& sequence, std::span<const int32_t> prompt) {
  int64_t parent = -1;
  int64_t reused = 0;
  while (reused + kKvPageTokens < static_cast<int64_t>(prompt.size())) {
    const auto tokens = prompt.subspan(static_cast<size_t>(reused), kKvPageTokens);
    const int32_t index = find_page(parent, tokens);
    if (index < 0) break;
    Page& page = pages_[static_cast<size_t>(index)];
    if (page.users++ == 0) idle_.erase(page.idle);
    sequence.pages.push_back(index);
    sequence.tokens.insert(sequence.tokens.end(), tokens.begin(), tokens.end());
    ++sequence.shared_pages;
    parent = page.generation;
    reused += kKvPageTokens;
  }
  return reused;
}

void KvCache::unregister(int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  if (!page.registered) return;
  const auto [begin, end] = known_.equal_range(page.key);
  const auto entry = std::find_if(begin, end, [&](const auto& known) { return known.second == index; });
  if (entry != end) known_.erase(entry);
  page.registered = false;
}

Result<int32_t> KvCache::take_page() {
  if (idle_.empty()) {
    return out_of_memory("the KV cache is full: all {} pages of {} tokens are in use; use a larger --ctx",
                         pages_.size(), kKvPageTokens);
  }
  const int32_t index = idle_.front();
  idle_.pop_front();
  unregister(index);
  Page& page = pages_[static_cast<size_t>(index)];
  page.users = 1;
  page.generation = next_generation_++;
  return index;
}

Status KvCache::reserve(KvSequence& sequence, int64_t count) {
  const int64_t needed = pages_for(static_cast<int64_t>(sequence.tokens.size()) + count);
  while (static_cast<int64_t>(sequence.pages.size()) < needed) {
    ASSIGN_OR_RETURN(const int32_t page, take_page());
    sequence.pages.push_back(page);
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

void KvCache::drop_user(int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  if (--page.users > 0) return;
  // A page that holds nothing findable is the first to be taken again.
  if (page.registered) {
    idle_.push_back(index);
    page.idle = std::prev(idle_.end());
  } else {
    idle_.push_front(index);
    page.idle = idle_.begin();
  }
}

int64_t KvCache::truncate(KvSequence& sequence, int64_t length) {
  length = std::min(length, static_cast<int64_t>(sequence.tokens.size()));
  // Whoever goes on in the middle of a shared page would overwrite what others read.
  const int64_t kept_tokens = length / kKvPageTokens < static_cast<int64_t>(sequence.shared_pages)
                                  ? length / kKvPageTokens * kKvPageTokens
                                  : length;
  const int64_t kept_pages = pages_for(kept_tokens);
  while (static_cast<int64_t>(sequence.pages.size()) > kept_pages) {
    drop_user(sequence.pages.back());
    sequence.pages.pop_back();
  }
  sequence.tokens.resize(static_cast<size_t>(kept_tokens));
  sequence.shared_pages = std::min(sequence.shared_pages, static_cast<size_t>(kept_tokens / kKvPageTokens));
  return kept_tokens;
}

void KvCache::release(KvSequence& sequence) {
  truncate(sequence, 0);
}

}  // namespace nagare
