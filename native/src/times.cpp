/* See times.h. */
#include "times.h"

#include <algorithm>
#include <cmath>

namespace vb {

namespace {

constexpr double kPosition = 0.02; /* seconds of one encoder position */
constexpr int32_t kMedian = 7;

struct Matrix {
  size_t rows, columns;
  std::vector<float> values;

  Matrix(size_t rows, size_t columns) : rows(rows), columns(columns), values(rows * columns, 0.0f) {}
  float *row(size_t i) { return values.data() + i * columns; }
  const float *row(size_t i) const { return values.data() + i * columns; }
};

/* Weights of one head over the audio alone, each row summing to 1, then standardised over the rows. */
Matrix head_weights(const AttentionArchive &archive, const Sequence &sequence, size_t head, size_t context, size_t positions) {
  Matrix weights(sequence.attention.size(), positions);
  for (size_t i = 0; i < weights.rows; i++) {
    const float *from = archive.at(sequence.attention[i]) + head * context;
    float sum = 0;
    for (size_t p = 0; p < positions; p++) sum += from[p];
    const float scale = sum > 0 ? 1.0f / sum : 0.0f;
    float *to = weights.row(i);
    for (size_t p = 0; p < positions; p++) to[p] = from[p] * scale;
  }
  std::vector<float> mean(positions, 0.0f), spread(positions, 0.0f);
  const float share = 1.0f / static_cast<float>(weights.rows);
  for (size_t i = 0; i < weights.rows; i++)
    for (size_t p = 0; p < positions; p++) mean[p] += weights.row(i)[p] * share;
  for (size_t i = 0; i < weights.rows; i++)
    for (size_t p = 0; p < positions; p++) {
      const float off = weights.row(i)[p] - mean[p];
      spread[p] += off * off * share;
    }
  for (size_t p = 0; p < positions; p++) spread[p] = 1.0f / std::sqrt(spread[p] + 1e-9f);
  for (size_t i = 0; i < weights.rows; i++)
    for (size_t p = 0; p < positions; p++) weights.row(i)[p] = (weights.row(i)[p] - mean[p]) * spread[p];
  return weights;
}

/* Adds the row's running median to `into`; beyond its ends the row is mirrored. */
void add_median(const float *row, size_t positions, float *into) {
  constexpr int32_t kReach = kMedian / 2;
  const auto length = static_cast<int32_t>(positions);
  float window[kMedian];
  for (int32_t p = 0; p < length; p++) {
    for (int32_t k = -kReach; k <= kReach; k++) {
      int32_t at = p + k < 0 ? -(p + k) : p + k;
      if (at >= length) at = 2 * (length - 1) - at;
      window[k + kReach] = row[std::clamp(at, 0, length - 1)];
    }
    std::nth_element(window, window + kReach, window + kMedian);
    into[p] += window[kReach];
  }
}

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

std::vector<Span> align_tokens(const AttentionArchive &archive, const Sequence &sequence, int32_t heads, int32_t audio_context,
                               double seconds) {
  std::vector<Span> spans;
  if (sequence.tokens.empty()) return spans;
  const auto positions = static_cast<size_t>(std::clamp(static_cast<int32_t>(std::ceil(seconds / kPosition)), 1, audio_context));
  Matrix score(sequence.attention.size(), positions);
  for (int32_t head = 0; head < heads; head++) {
    const Matrix weights =
        head_weights(archive, sequence, static_cast<size_t>(head), static_cast<size_t>(audio_context), positions);
    for (size_t i = 0; i < score.rows; i++) add_median(weights.row(i), positions, score.row(i));
  }
  for (float &value : score.values) value /= static_cast<float>(heads);

  const std::vector<size_t> first = first_positions(score);
  for (size_t i = 0; i < sequence.tokens.size(); i++) {
    const double from = std::min(static_cast<double>(first[i]) * kPosition, seconds);
    const double to = i + 1 < first.size() ? static_cast<double>(first[i + 1]) * kPosition : seconds;
    spans.push_back({from, std::clamp(to, from, seconds)});
  }
  return spans;
}

} // namespace vb
