/* See times.h. */
#include "times.h"

#include <algorithm>
#include <cmath>

namespace vb {

namespace {

constexpr double kPosition = 0.02; /* seconds of one encoder position */
constexpr float kLeast = 1e-6f;    /* a share below this is as good as none */

struct Matrix {
  size_t rows, columns;
  std::vector<float> values;

  Matrix(size_t rows, size_t columns) : rows(rows), columns(columns), values(rows * columns, 0.0f) {}
  float *row(size_t i) { return values.data() + i * columns; }
  const float *row(size_t i) const { return values.data() + i * columns; }
};

/* The position at which the best path enters each row. */
std::vector<size_t> first_positions(const Matrix &score) {
  const size_t rows = score.rows, columns = score.columns;
  enum Step : uint8_t { kBoth, kRow, kColumn };
  std::vector<double> above(columns + 1, INFINITY), cost(columns + 1, INFINITY);
  std::vector<uint8_t> steps(rows * columns);
  above[0] = 0;
  for (size_t i = 0; i < rows; i++) {
    cost[0] = INFINITY;
    for (size_t p = 0; p < columns; p++) {
      const double both = above[p], down = above[p + 1], along = cost[p];
      const Step step = both < down && both < along ? kBoth : down < both && down < along ? kRow : kColumn;
      cost[p + 1] = (step == kBoth ? both : step == kRow ? down : along) - score.row(i)[p];
      steps[i * columns + p] = step;
    }
    std::swap(above, cost);
  }
  std::vector<size_t> first(rows, 0);
  size_t i = rows - 1, p = columns - 1;
  while (true) {
    first[i] = p;
    if (i == 0 && p == 0) break;
    const auto step = static_cast<Step>(i == 0 ? kColumn : p == 0 ? kRow : steps[i * columns + p]);
    if (step != kColumn) i--;
    if (step != kRow) p--;
  }
  return first;
}

} // namespace

int32_t audio_positions(double seconds, int32_t audio_context) {
  return std::clamp(static_cast<int32_t>(std::ceil(seconds / kPosition)), 1, audio_context);
}

std::vector<Span> align_tokens(const AttentionArchive &archive, const Sequence &sequence, double seconds) {
  std::vector<Span> spans;
  if (sequence.tokens.empty()) return spans;
  Matrix score(sequence.attention.size(), archive.block);
  for (size_t i = 0; i < score.rows; i++) {
    const float *shares = archive.at(sequence.attention[i]);
    for (size_t p = 0; p < score.columns; p++) score.row(i)[p] = std::log(std::max(shares[p], kLeast));
  }

  const std::vector<size_t> first = first_positions(score);
  for (size_t i = 0; i < sequence.tokens.size(); i++) {
    const double from = std::min(static_cast<double>(first[i]) * kPosition, seconds);
    const double to = i + 1 < first.size() ? static_cast<double>(first[i + 1]) * kPosition : seconds;
    spans.push_back({from, std::clamp(to, from, seconds)});
  }
  return spans;
}

} // namespace vb
