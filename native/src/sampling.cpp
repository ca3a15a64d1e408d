/* See sampling.h. */
#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace vb {

namespace {

constexpr float kNever = -INFINITY;
/* The first timestamp may be at most 1.0 s, in steps of 20 ms. */
constexpr int32_t kLatestFirst = 50;
constexpr size_t kLanes = 16; /* partial results kept side by side, so that the compiler can vectorise the loops below */

/* exp(x) for x <= 0 to about 2e-7, as arithmetic that vectorises: 2^n times a polynomial; underflows to 0. */
inline float fast_exp(float x) {
  x = std::max(x, -87.0f);
  const float scaled = x * 1.44269504f + 12582912.0f; // adding 1.5 * 2^23 rounds to the nearest integer
  const float n = scaled - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  uint32_t bits; // the low bits of `scaled` hold n
  std::memcpy(&bits, &scaled, sizeof bits);
  bits = (bits + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return p * power;
}

float largest(const float *row, size_t count) {
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, kNever);
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (size_t l = 0; l < kLanes; l++) lanes[l] = row[i + l] > lanes[l] ? row[i + l] : lanes[l];
  float most = *std::max_element(lanes, lanes + kLanes);
  for (; i < count; i++) most = std::max(most, row[i]);
  return most;
}

/* sum(exp(scale * (row - most))) */
float exp_sum(const float *row, size_t count, float most, float scale) {
  float lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (size_t l = 0; l < kLanes; l++) lanes[l] += fast_exp((row[i + l] - most) * scale);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  for (; i < count; i++) sum += fast_exp((row[i] - most) * scale);
  return sum;
}

void forbid(float *logits, int32_t from, int32_t to) {
  if (from < to) std::fill(logits + from, logits + to, kNever);
}

/* Timestamps come in pairs except directly before the end, never decrease, and open every text. */
void restrict_timestamps(float *logits, const core::SpecialTokens &t, const std::vector<int32_t> &sequence) {
  const auto is_time = [&](size_t back) { return sequence[sequence.size() - back] >= t.time_zero; };
  const bool last = !sequence.empty() && is_time(1);
  const bool before = sequence.size() < 2 || is_time(2);
  if (last && before) forbid(logits, t.time_zero, t.count);
  if (last && !before) forbid(logits, 0, t.end);

  const auto previous = std::find_if(sequence.rbegin(), sequence.rend(), [&](int32_t id) { return id >= t.time_zero; });
  if (previous != sequence.rend()) {
    // The end of a segment may be followed by the same time as the next one's start; a segment may not be empty.
    const bool closes = last && !before;
    forbid(logits, t.time_zero, *previous + (closes ? 0 : 1));
  }
  if (sequence.empty()) {
    forbid(logits, 0, t.time_zero);
    forbid(logits, t.time_zero + kLatestFirst + 1, t.count);
  }

  // When the timestamps together are likelier than any text, it is time for one.
  const float text = largest(logits, static_cast<size_t>(t.time_zero));
  if (log_sum_exp(logits + t.time_zero, static_cast<size_t>(t.count - t.time_zero)) > text) forbid(logits, 0, t.time_zero);
}

} // namespace

void restrict_logits(float *logits, const Rules &rules, const std::vector<int32_t> &sequence) {
  const Model &model = *rules.model;
  const core::SpecialTokens &t = model.tokens;
  for (const int32_t id : model.never) logits[id] = kNever;
  if (rules.drop_symbols)
    for (const int32_t id : model.non_speech) logits[id] = kNever;
  if (sequence.empty() && !rules.keep_blank) {
    logits[t.end] = kNever;
    if (model.space >= 0) logits[model.space] = kNever;
  }
  if (rules.timestamps)
    restrict_timestamps(logits, t, sequence);
  else
    forbid(logits, t.time_zero, t.count);
}

float log_sum_exp(const float *row, size_t count) {
  const float most = largest(row, count);
  if (most == kNever) return std::any_of(row, row + count, [](float x) { return std::isnan(x); }) ? NAN : kNever;
  return most + std::log(exp_sum(row, count, most, 1.0f));
}

Choice choose_best(const float *logits, size_t count) {
  const float most = largest(logits, count);
  const auto at = static_cast<int32_t>(std::find(logits, logits + count, most) - logits);
  return {at, -std::log(exp_sum(logits, count, most, 1.0f))};
}

std::vector<Choice> choose_top(const float *logits, size_t count, size_t wanted) {
  std::vector<Choice> top;
  const auto better = [](const Choice &a, const Choice &b) { return a.log_probability > b.log_probability; };
  float least = kNever; // what a token must exceed to be among the best so far
  for (size_t i = 0; i < count; i++) {
    if (!(logits[i] > least)) continue;
    const Choice choice = {static_cast<int32_t>(i), logits[i]};
    top.insert(std::upper_bound(top.begin(), top.end(), choice, better), choice);
    if (top.size() > wanted) top.pop_back();
    if (top.size() == wanted) least = top.back().log_probability;
  }
  const float total = log_sum_exp(logits, count);
  for (Choice &choice : top) choice.log_probability -= total;
  return top;
}

Choice choose_random(const float *logits, size_t count, float temperature, std::mt19937 &random) {
  const float most = largest(logits, count), scale = 1.0f / temperature;
  const float total = exp_sum(logits, count, most, scale);
  float left = total * static_cast<float>(random() / 4294967296.0);
  auto chosen = static_cast<size_t>(std::find(logits, logits + count, most) - logits); // should rounding leave a rest
  for (size_t i = 0; i < count; i++) {
    if (logits[i] == kNever) continue;
    left -= fast_exp((logits[i] - most) * scale);
    if (left < 0) {
      chosen = i;
      break;
    }
  }
  return {static_cast<int32_t>(chosen), logits[chosen] - most - std::log(exp_sum(logits, count, most, 1.0f))};
}

double entropy_of(const std::vector<int32_t> &tokens) {
  constexpr size_t kWindow = 32;
  const size_t count = std::min(tokens.size(), kWindow);
  if (count == 0) return 0;
  std::vector<int32_t> last(tokens.end() - static_cast<std::ptrdiff_t>(count), tokens.end());
  std::sort(last.begin(), last.end());
  double entropy = 0;
  for (size_t i = 0; i < count;) {
    size_t end = i;
    while (end < count && last[end] == last[i]) end++;
    const double p = static_cast<double>(end - i) / static_cast<double>(count);
    entropy -= p * std::log(p);
    i = end;
  }
  return entropy;
}

} // namespace vb
