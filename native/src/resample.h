// Resampling of any rate to 16 kHz. See resample.cpp for the filter and its figures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vb {

constexpr int kOutputRate = 16000;
constexpr int kLowestRate = 1000;
constexpr int kHighestRate = 384000;

// One polyphase filter; made once per rate and shared by everything that resamples from it.
struct Filter {
  int taps = 0;      // per phase, a multiple of 16
  int phases = 0;
  bool exact = true; // false: the wanted phase lies between two stored ones, and is interpolated
  std::vector<float> coefficients; // phases (+ 1 when not exact) rows of `taps`
};

class Resampler {
 public:
  // `rate` must lie within kLowestRate..kHighestRate.
  explicit Resampler(int rate);

  // How many samples a push of `count` more would write.
  uint64_t output_of(uint64_t count) const;
  // Takes all of `from`; `into` must hold output_of(count). Returns the samples written.
  uint64_t push(const float *from, uint64_t count, float *into);
  // Writes what is still due, at most `capacity` samples; 0 when the stream, round(n * 16000 / rate) samples in all, is complete.
  uint64_t flush(float *into, uint64_t capacity);

 private:
  uint64_t ready(uint64_t received) const;
  uint64_t produce(float *into, uint64_t capacity, uint64_t limit);

  uint64_t up_, down_; // 16000 : rate, reduced
  std::shared_ptr<const Filter> filter_;
  std::vector<float> window_; // recent input; window_[0] is input sample number `first_`
  int64_t first_;             // starts negative: the zeros before the stream
  uint64_t received_ = 0;     // input samples so far
  uint64_t written_ = 0;      // output samples so far
};

}  // namespace vb
