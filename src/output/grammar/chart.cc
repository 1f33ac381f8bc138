#include "output/grammar/chart.h"

#include <algorithm>
#include <utility>

namespace nagare {

Chart::Chart(const Grammar& grammar)
    : grammar_(grammar),
      state_items_(static_cast<size_t>(grammar.state_count())),
      rule_frames_(static_cast<size_t>(grammar.rule_count())) {}

void Chart::start(int32_t state) {
  frames_.clear();
  callers_.clear();
  items_.clear();
  same_state_.clear();
  columns_.clear();
  overflowed_ = false;
  push_column();
  callers_.push_back({.state = kBottom, .frame = -1});
  // Older than every column, so that its callers are known to be all there.
  frames_.push_back({.first_caller = 0});
  columns_.back().first_frame = frames_.size();
  add(state, kBottomFrame);
  close();
}

void Chart::push_column() {
  columns_.push_back({.first_item = items_.size(),
                      .first_frame = frames_.size(),
                      .first_caller = callers_.size(),
                      .stamp = ++stamp_});
}

void Chart::push_after(int32_t frame) {
  push_column();
  for (int32_t i = frames_[static_cast<size_t>(frame)].first_caller; i >= 0;
       i = callers_[static_cast<size_t>(i)].next) {
    take_caller(Caller(callers_[static_cast<size_t>(i)]));
  }
  close();
}

bool Chart::advance(uint8_t byte) {
  const size_t first = columns_.back().first_item;
  const size_t end = items_.size();
  push_column();
  steps_ += end - first;
  for (size_t i = first; i < end; ++i) {
    const Item item = items_[i];
    const int32_t next = grammar_.next(item.state, byte);
    if (next != kNoState) add(next, item.frame);
  }
  if (items_.size() == end) {
    columns_.pop_back();
    return false;
  }
  close();
  return true;
}

bool Chart::can_advance(uint8_t byte) const {
  return std::ranges::any_of(items(),
                             [&](const Item& item) { return grammar_.next(item.state, byte) != kNoState; });
}

void Chart::pop() {
  const Column& column = columns_.back();
  items_.resize(column.first_item);
  same_state_.resize(column.first_item);
  frames_.resize(column.first_frame);
  callers_.resize(column.first_caller);
  columns_.pop_back();
}

void Chart::commit() {
  const auto first = static_cast<int64_t>(columns_.back().first_item);
  items_.erase(items_.begin(), items_.begin() + first);
  same_state_.assign(items_.size(), -1);
  columns_.front() = columns_.back();
  columns_.front().first_item = 0;
  columns_.resize(1);
  if (frames_.size() > renumber_at_) renumber();
}

void Chart::add(int32_t state, int32_t frame) {
  Seen& seen = state_items_[static_cast<size_t>(state)];
  const uint64_t stamp = columns_.back().stamp;
  int32_t same = -1;
  if (seen.stamp == stamp) {
    for (int32_t i = seen.index; i >= 0; i = same_state_[static_cast<size_t>(i)]) {
      ++steps_;
      if (items_[static_cast<size_t>(i)].frame == frame) return;
    }
    same = seen.index;
  }
  if (items_.size() - columns_.back().first_item >= kMostReadings) {
    overflowed_ = true;
    return;
  }
  seen = {stamp, static_cast<int32_t>(items_.size())};
  items_.push_back({state, frame});
  same_state_.push_back(same);
}

// Follows ends and calls until the column is complete; items are added behind the one at work.
void Chart::close() {
  for (size_t i = columns_.back().first_item; i < items_.size(); ++i) {
    const Item item = items_[i];
    if (grammar_.ends(item.state)) end_frame(item.frame);
    for (const Grammar::Call& next : grammar_.calls(item.state)) call(item, next);
  }
  if (measuring_ && frames_.size() > columns_.back().first_frame) measure();
}

void Chart::call(const Item& item, const Grammar::Call& call) {
  Seen& seen = rule_frames_[static_cast<size_t>(call.rule)];
  const uint64_t stamp = columns_.back().stamp;
  if (seen.stamp != stamp) {
    seen = {stamp, static_cast<int32_t>(frames_.size())};
    frames_.push_back({.column = stamp});
    add(grammar_.start(call.rule), seen.index);
  }
  const int32_t called = seen.index;
  const Frame& own = frames_[static_cast<size_t>(item.frame)];
  if (own.column == stamp || !grammar_.only_ends(call.next)) {
    add_caller(called, call.next, item.frame);
    return;
  }
  for (int32_t i = own.first_caller; i >= 0;) {
    const Caller caller = callers_[static_cast<size_t>(i)];
    add_caller(called, caller.state, caller.frame);
    i = caller.next;
  }
}

void Chart::add_caller(int32_t frame, int32_t state, int32_t caller_frame) {
  Frame& called = frames_[static_cast<size_t>(frame)];
  for (int32_t i = called.first_caller; i >= 0; i = callers_[static_cast<size_t>(i)].next) {
    const Caller& known = callers_[static_cast<size_t>(i)];
    if (known.state == state && known.frame == caller_frame) return;
  }
  if (callers_.size() - columns_.back().first_caller >= kMostReadings) {
    overflowed_ = true;
    return;
  }
  const Caller caller{.state = state, .frame = caller_frame, .next = called.first_caller};
  called.first_caller = static_cast<int32_t>(callers_.size());
  callers_.push_back(caller);
  // It ended in this very column, before this caller came.
  if (called.ended_column == columns_.back().stamp) take_caller(caller);
}

void Chart::end_frame(int32_t index) {
  Frame& frame = frames_[static_cast<size_t>(index)];
  if (frame.ended_column == columns_.back().stamp) return;
  frame.ended_column = columns_.back().stamp;
  for (int32_t i = frame.first_caller; i >= 0; i = callers_[static_cast<size_t>(i)].next) {
    take_caller(Caller(callers_[static_cast<size_t>(i)]));
  }
}

void Chart::take_caller(const Caller& caller) {
  if (caller.state == kBottom) {
    columns_.back().complete = true;
  } else {
    add(caller.state, caller.frame);
  }
}

// The new frames' callers may be new frames too, in any order and in circles: repeated until nothing
// improves.
void Chart::measure() {
  const size_t first = columns_.back().first_frame;
  for (size_t i = first; i < frames_.size(); ++i) frames_[i].bytes_above = kNeverEnds;
  for (bool improved = true; improved;) {
    improved = false;
    for (size_t f = first; f < frames_.size(); ++f) {
      Frame& frame = frames_[f];
      for (int32_t i = frame.first_caller; i >= 0; i = callers_[static_cast<size_t>(i)].next) {
        const Caller& caller = callers_[static_cast<size_t>(i)];
        const int64_t above = caller.state == kBottom
                                  ? 0
                                  : int64_t{grammar_.bytes_to_end(caller.state)} +
                                        frames_[static_cast<size_t>(caller.frame)].bytes_above;
        if (above >= frame.bytes_above) continue;
        frame.bytes_above = static_cast<int32_t>(above);
        improved = true;
      }
    }
  }
}

int64_t Chart::bytes_to_end() const {
  if (complete()) return 0;
  int64_t least = kNeverEnds;
  for (const Item& item : items()) {
    const int64_t bytes =
        int64_t{grammar_.bytes_to_end(item.state)} + frames_[static_cast<size_t>(item.frame)].bytes_above;
    least = std::min(least, bytes);
  }
  return least;
}

// Keeps the frames that the items can still come back to. One column is there.
void Chart::renumber() {
  std::vector<int32_t> numbers(frames_.size(), -1);
  std::vector<int32_t> kept{kBottomFrame};
  numbers[kBottomFrame] = 0;
  const auto keep = [&](int32_t frame) {
    if (frame < 0 || numbers[static_cast<size_t>(frame)] >= 0) return;
    numbers[static_cast<size_t>(frame)] = static_cast<int32_t>(kept.size());
    kept.push_back(frame);
  };
  for (const Item& item : items_) keep(item.frame);
  std::vector<Caller> callers;
  std::vector<Frame> frames;
  for (size_t i = 0; i < kept.size(); ++i) {
    Frame frame = frames_[static_cast<size_t>(kept[i])];
    int32_t first = -1;
    for (int32_t c = frame.first_caller; c >= 0; c = callers_[static_cast<size_t>(c)].next) {
      const Caller& caller = callers_[static_cast<size_t>(c)];
      keep(caller.frame);
      const int32_t number = caller.frame < 0 ? -1 : numbers[static_cast<size_t>(caller.frame)];
      callers.push_back({.state = caller.state, .frame = number, .next = first});
      first = static_cast<int32_t>(callers.size()) - 1;
    }
    frame.first_caller = first;
    frames.push_back(frame);
  }
  for (Item& item : items_) item.frame = numbers[static_cast<size_t>(item.frame)];
  frames_ = std::move(frames);
  callers_ = std::move(callers);
  columns_.front().first_frame = frames_.size();
  columns_.front().first_caller = callers_.size();
  renumber_at_ = std::max<size_t>(4096, 2 * frames_.size());
  ++renumberings_;
}

}  // namespace nagare
