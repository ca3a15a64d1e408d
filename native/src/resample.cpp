/*
 * A polyphase windowed-sinc resampler.
 *
 * With f the Nyquist frequency of the lower of the two rates (8 kHz when the input is 16 kHz or more, rate / 2 below that):
 *   pass-band  0 .. 0.91 f, ripple below 0.001 dB (7.28 kHz for wide-band input, 3.64 kHz for telephone)
 *   stop-band  from f on, at least 100 dB down: no alias and no image is louder than the noise of 16-bit audio
 * Linear phase, no delay: output sample k is the input at time k / 16000. native/test/media_test.cpp measures all of it.
 *
 * The filter is a sinc under a Kaiser window designed for 100 dB. The ratio of the rates is reduced to up : down; up to kExactPhases
 * phases are stored exactly (every usual rate: 44.1 kHz has 160); for odd rates kStoredPhases are stored and the wanted one is
 * interpolated linearly between its neighbours, an error of (pi / kStoredPhases)^2 / 8, which is -106 dB.
 */
#include "resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <numeric>
#include <string>

#include "boundary.h"

namespace vb {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kAttenuation = 100.0; // dB, of the window's design
constexpr double kPassBand = 0.91;     // of the lower Nyquist frequency
constexpr uint64_t kExactPhases = 640; // 11025 Hz, the longest of the usual rates
constexpr int kStoredPhases = 512;
constexpr int kLanes = 16;
constexpr size_t kFiltersKept = 16;
constexpr uint64_t kPiece = 4096; // input samples taken at a time

// Modified Bessel function of the first kind, order 0.
double bessel_i0(double x) {
  double sum = 1.0, term = 1.0;
  for (int k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2.0 * k)) * (x / (2.0 * k));
    sum += term;
  }
  return sum;
}

std::shared_ptr<const Filter> design(int rate) {
  const uint64_t up = kOutputRate / std::gcd(kOutputRate, rate);
  auto filter = std::make_shared<Filter>();
  filter->exact = up <= kExactPhases;
  filter->phases = filter->exact ? static_cast<int>(up) : kStoredPhases;

  // Kaiser's formulas; frequencies in cycles per input sample.
  const double nyquist = 0.5 * std::min(rate, kOutputRate) / rate;
  const double transition = (1.0 - kPassBand) * nyquist;
  const double cutoff = nyquist - transition / 2;
  const double beta = 0.1102 * (kAttenuation - 8.7);
  const double length = (kAttenuation - 7.95) / (14.36 * transition);
  filter->taps = static_cast<int>(std::ceil(length / kLanes)) * kLanes;

  const int half = filter->taps / 2;
  const int rows = filter->phases + (filter->exact ? 0 : 1);
  const double scale = 1.0 / bessel_i0(beta);
  filter->coefficients.resize(static_cast<size_t>(rows) * filter->taps);
  std::vector<double> row(filter->taps);
  for (int phase = 0; phase < rows; phase++) {
    const double fraction = static_cast<double>(phase) / filter->phases;
    double sum = 0;
    for (int tap = 0; tap < filter->taps; tap++) {
      const double at = tap - half + 1 - fraction; // distance from the wanted point
      const double edge = at / half;
      const double window = std::fabs(edge) >= 1 ? 0.0 : bessel_i0(beta * std::sqrt(1 - edge * edge)) * scale;
      const double angle = 2 * kPi * cutoff * at;
      row[tap] = (angle == 0 ? 1.0 : std::sin(angle) / angle) * window;
      sum += row[tap];
    }
    // Every phase passes a constant unchanged.
    for (int tap = 0; tap < filter->taps; tap++)
      filter->coefficients[static_cast<size_t>(phase) * filter->taps + tap] = static_cast<float>(row[tap] / sum);
  }
  return filter;
}

std::shared_ptr<const Filter> filter_for(int rate) {
  static std::mutex mutex;
  static std::map<int, std::shared_ptr<const Filter>> kept;
  std::lock_guard<std::mutex> lock(mutex);
  const auto found = kept.find(rate);
  if (found != kept.end()) return found->second;
  if (kept.size() >= kFiltersKept) kept.clear(); // those in use live on with their users
  return kept[rate] = design(rate);
}

// Sixteen sums side by side: compilers turn the inner loop into vector code without being allowed to reorder a sum.
#if defined(__GNUC__)
__attribute__((always_inline))
#endif
inline float dot_lanes(const float *a, const float *b, int count) {
  float sums[kLanes] = {};
  for (int at = 0; at < count; at += kLanes)
    for (int lane = 0; lane < kLanes; lane++) sums[lane] += a[at + lane] * b[at + lane];
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
  return sums[0];
}

float dot_baseline(const float *a, const float *b, int count) { return dot_lanes(a, b, count); }

#if defined(__GNUC__) && defined(__x86_64__)
// A release build is compiled for any x86-64, so the wider units are asked for at run time.
__attribute__((target("avx2,fma"))) float dot_avx2(const float *a, const float *b, int count) { return dot_lanes(a, b, count); }
__attribute__((target("avx512f"))) float dot_avx512(const float *a, const float *b, int count) { return dot_lanes(a, b, count); }
#endif

using Dot = float (*)(const float *, const float *, int);

Dot choose_dot() {
#if defined(__GNUC__) && defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return dot_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return dot_avx2;
#endif
  return dot_baseline;
}

const Dot dot = choose_dot();

}  // namespace

Resampler::Resampler(int rate) {
  const int common = std::gcd(kOutputRate, rate);
  up_ = kOutputRate / common;
  down_ = rate / common;
  first_ = 0;
  if (up_ == down_) return;
  filter_ = filter_for(rate);
  first_ = -(filter_->taps / 2 - 1);
  window_.assign(filter_->taps / 2 - 1, 0.0f);
}

// Output samples whose whole window lies within the first `received` input samples.
uint64_t Resampler::ready(uint64_t received) const {
  const int64_t last = static_cast<int64_t>(received) - 1 - filter_->taps / 2; // the latest input they may be centred on
  return last < 0 ? 0 : ((static_cast<uint64_t>(last) + 1) * up_ + down_ - 1) / down_;
}

uint64_t Resampler::output_of(uint64_t count) const {
  return filter_ ? ready(received_ + count) - written_ : count;
}

uint64_t Resampler::produce(float *into, uint64_t capacity, uint64_t limit) {
  const Filter &filter = *filter_;
  uint64_t count = 0;
  uint64_t whole = written_ * down_ / up_;
  uint64_t part = written_ * down_ % up_;
  for (; count < capacity && written_ < limit; count++, written_++) {
    const float *input = window_.data() + (static_cast<int64_t>(whole) - filter.taps / 2 + 1 - first_);
    if (filter.exact) {
      into[count] = dot(input, &filter.coefficients[part * filter.taps], filter.taps);
    } else {
      const double phase = static_cast<double>(part) * filter.phases / up_;
      const auto below = static_cast<uint64_t>(phase);
      const auto weight = static_cast<float>(phase - below);
      const float *row = &filter.coefficients[below * filter.taps];
      into[count] = (1 - weight) * dot(input, row, filter.taps) + weight * dot(input, row + filter.taps, filter.taps);
    }
    part += down_;
    whole += part / up_;
    part %= up_;
  }
  return count;
}

uint64_t Resampler::push(const float *from, uint64_t count, float *into) {
  if (!filter_) {
    std::memcpy(into, from, count * sizeof(float));
    return count;
  }
  uint64_t written = 0;
  while (count > 0) {
    const uint64_t piece = std::min(count, kPiece);
    window_.insert(window_.end(), from, from + piece);
    received_ += piece;
    from += piece;
    count -= piece;
    written += produce(into + written, UINT64_MAX, ready(received_));
    const int64_t needed = static_cast<int64_t>(written_ * down_ / up_) - filter_->taps / 2 + 1;
    const int64_t spent = std::min<int64_t>(needed - first_, static_cast<int64_t>(window_.size()));
    if (spent > 0) {
      window_.erase(window_.begin(), window_.begin() + spent);
      first_ += spent;
    }
  }
  return written;
}

uint64_t Resampler::flush(float *into, uint64_t capacity) {
  if (!filter_) return 0;
  const uint64_t total = (2 * received_ * up_ + down_) / (2 * down_);
  // The last output sits at most half an input sample past the end, so half a window of zeros completes it.
  const auto wanted = static_cast<size_t>(static_cast<int64_t>(received_) + filter_->taps / 2 + 1 - first_);
  if (window_.size() < wanted) window_.resize(wanted, 0.0f);
  return produce(into, capacity, total);
}

}  // namespace vb

struct vb_resampler {
  int rate;
  vb::Resampler resampler;
};

int32_t vb_resampler_new(int32_t rate, vb_resampler **resampler, char *error) {
  *resampler = nullptr;
  return vb::guarded(error, [&] {
    if (rate < vb::kLowestRate || rate > vb::kHighestRate)
      vb::fail(VB_E_ARGUMENT, "A sample rate of " + std::to_string(rate) + " Hz is outside " + std::to_string(vb::kLowestRate) + " to " +
                                  std::to_string(vb::kHighestRate) + " Hz.");
    *resampler = new vb_resampler{rate, vb::Resampler(rate)};
  });
}

int64_t vb_resampler_push(vb_resampler *resampler, const float *from, uint64_t count, float *into, uint64_t capacity) {
  uint64_t written = 0;
  const int32_t code = vb::guarded(nullptr, [&] {
    vb::Resampler &inner = resampler->resampler;
    if (count > 0) {
      if (inner.output_of(count) > capacity) vb::fail(VB_E_ARGUMENT, "The buffer is too small.");
      written = inner.push(from, count, into);
    } else {
      written = inner.flush(into, capacity);
      if (written == 0 && capacity > 0) inner = vb::Resampler(resampler->rate);
    }
  });
  return code == VB_OK ? static_cast<int64_t>(written) : -code;
}

void vb_resampler_free(vb_resampler *resampler) { delete resampler; }
