// Runs a grammar over bytes, all readings of the text at once: Earley's algorithm (1970) over the automata of
// grammar.h. After each byte there is a column: the states that a reading may be in, each within a frame. A
// frame is one call of a rule at one place, shared by all who called it there, so neither left recursion nor
// ambiguity makes the columns grow without bound.
//
// A call with nothing behind it hands its caller's callers on (the idea of Leo, 1991): right recursion, as in
// lists, keeps columns small too.
//
// Columns form a stack: advance() pushes one, pop() takes it off again, so a tree of continuations can be
// walked. commit() keeps the last one only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "output/grammar/grammar.h"

namespace nagare {

// The most readings that one place of a text may have.
inline constexpr size_t kMostReadings = 10000;

class Chart {
 public:
  struct Item {
    int32_t state = 0;
    int32_t frame = 0;
    bool operator==(const Item&) const = default;
  };
  static constexpr int32_t kBottomFrame = 0;

  // The grammar must outlive the chart.
  explicit Chart(const Grammar& grammar);

  // One column: `state` in a frame that nobody called. That frame's end is complete().
  void start(int32_t state);
  // A new column: what the callers of `frame`, a frame of the columns that are there, make of its end here.
  void push_after(int32_t frame);
  // A new column after `byte`; false (and no new column) where no reading goes on.
  bool advance(uint8_t byte);
  // Does any reading go on with `byte`?
  bool can_advance(uint8_t byte) const;
  void pop();
  // Forgets all columns but the last.
  void commit();

  std::span<const Item> items() const { return std::span(items_).subspan(columns_.back().first_item); }
  size_t column_count() const { return columns_.size(); }
  // Has the bottom frame ended in this column?
  bool complete() const { return columns_.back().complete; }
  // The least number of bytes that complete it; valid where every column was made while measuring was on.
  int64_t bytes_to_end() const;
  void set_measuring(bool measuring) { measuring_ = measuring; }
  // More readings than kMostReadings came up at one place: some were left out.
  bool overflowed() const { return overflowed_; }
  // Items looked at since the beginning: what running it has cost.
  uint64_t steps() const { return steps_; }
  // Changes whenever commit() has renumbered frames.
  uint64_t renumberings() const { return renumberings_; }

 private:
  // Who goes on when a frame ends. kBottom is whoever started the chart.
  static constexpr int32_t kBottom = -1;
  struct Caller {
    int32_t state = 0;  // or kBottom
    int32_t frame = 0;
    int32_t next = -1;  // in the list of the frame's callers
  };
  struct Frame {
    int32_t first_caller = -1;
    int32_t bytes_above = 0;    // least bytes to complete the bottom frame once this one has ended
    uint64_t column = 0;        // stamps of columns: where it began
    uint64_t ended_column = 0;  // where it ended last
  };
  struct Column {
    size_t first_item = 0, first_frame = 0, first_caller = 0;
    uint64_t stamp = 0;
    bool complete = false;
  };
  struct Seen {
    uint64_t stamp = 0;
    int32_t index = -1;
  };

  void push_column();
  void add(int32_t state, int32_t frame);
  void close();
  void call(const Item& item, const Grammar::Call& call);
  void add_caller(int32_t frame, int32_t state, int32_t caller_frame);
  void end_frame(int32_t frame);
  void take_caller(const Caller& caller);
  void measure();
  void renumber();

  const Grammar& grammar_;
  std::vector<Frame> frames_;
  std::vector<Caller> callers_;
  std::vector<Item> items_;
  std::vector<int32_t> same_state_;  // per item: another item of the column with that state, or -1
  std::vector<Column> columns_;
  std::vector<Seen> state_items_;  // by state: the column's last item with it
  std::vector<Seen> rule_frames_;  // by rule: its frame that began in the column
  uint64_t stamp_ = 0;
  uint64_t steps_ = 0;
  uint64_t renumberings_ = 0;
  size_t renumber_at_ = 4096;  // frames
  bool measuring_ = false;
  bool overflowed_ = false;
};

}  // namespace nagare
