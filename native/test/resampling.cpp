// Resampling: the filter's figures as resample.cpp states them, exact lengths, and that pieces make the same stream as a whole.
#include "harness.h"

#include <algorithm>
#include <cmath>

namespace {

constexpr double kPi = 3.14159265358979323846;
const int kRates[] = {1000, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 37800, 44100, 44101, 48000, 96000, 192000, 384000};

struct Resampler {
  vb_resampler *handle = nullptr;
  int rate;
  explicit Resampler(int hertz) : rate(hertz) { CHECK_EQUAL(vb_resampler_new(rate, &handle, nullptr), VB_OK); }
  ~Resampler() { vb_resampler_free(handle); }
  Resampler(const Resampler &) = delete;

  void push(const float *from, size_t count, std::vector<float> &into) {
    std::vector<float> room(static_cast<size_t>(std::ceil(static_cast<double>(count) * 16000 / rate)) + 64);
    const int64_t written = vb_resampler_push(handle, from, count, room.data(), room.size());
    CHECK(written >= 0);
    into.insert(into.end(), room.begin(), room.begin() + std::max<int64_t>(written, 0));
  }
  void flush(std::vector<float> &into) {
    float room[100];
    for (int64_t written; (written = vb_resampler_push(handle, nullptr, 0, room, 100)) > 0;) into.insert(into.end(), room, room + written);
  }
};

std::vector<float> tone(int rate, double hertz, size_t samples) {
  std::vector<float> pcm(samples);
  for (size_t at = 0; at < samples; at++) pcm[at] = static_cast<float>(std::sin(2 * kPi * hertz * static_cast<double>(at) / rate + 0.3));
  return pcm;
}

std::vector<float> resampled(int rate, const std::vector<float> &pcm) {
  Resampler resampler(rate);
  std::vector<float> out;
  resampler.push(pcm.data(), pcm.size(), out);
  resampler.flush(out);
  return out;
}

// Power of the middle half in decibels, a sine of full scale being 0.
double decibels(const std::vector<float> &pcm) {
  double sum = 0;
  const size_t from = pcm.size() / 4, to = pcm.size() * 3 / 4;
  for (size_t at = from; at < to; at++) sum += static_cast<double>(pcm[at]) * pcm[at];
  return 10 * std::log10(2 * sum / static_cast<double>(to - from) + 1e-30);
}

} // namespace

TEST("resampling passes what it should, unchanged and on time") {
  for (const int rate : kRates) {
    const double nyquist = std::min(rate, 16000) / 2.0;
    double worst = -999;
    for (int step = 1; step <= 13; step++) {
      const double hertz = 0.91 * nyquist * step / 13;
      std::vector<float> out = resampled(rate, tone(rate, hertz, static_cast<size_t>(rate)));
      // What is left when the ideal tone is taken away: ripple, images, aliases and any delay at once.
      for (size_t at = 0; at < out.size(); at++)
        out[at] -= static_cast<float>(std::sin(2 * kPi * hertz * static_cast<double>(at) / 16000 + 0.3));
      worst = std::max(worst, decibels(out));
    }
    if (worst > -98) test::failed(__FILE__, __LINE__, std::to_string(rate) + " Hz: the pass-band is off by " + std::to_string(worst) + " dB");
  }
}

TEST("resampling stops what would fold back, 100 dB down") {
  for (const int rate : kRates) {
    if (rate <= 16000) continue;
    double worst = -999;
    for (int step = 0; step < 17; step++) {
      const double hertz = 8000 + (rate / 2.0 - 8000) * step / 17;
      worst = std::max(worst, decibels(resampled(rate, tone(rate, hertz, static_cast<size_t>(rate)))));
    }
    if (worst > -100) test::failed(__FILE__, __LINE__, std::to_string(rate) + " Hz: an alias at " + std::to_string(worst) + " dB");
  }
}

TEST("resampling gives round(n * 16000 / rate) samples") {
  for (const int rate : kRates)
    for (const size_t count : {0, 1, 2, 3, 160, 4095, 4096, 4097, 30011}) {
      const std::vector<float> out = resampled(rate, std::vector<float>(count, 0.5f));
      CHECK_EQUAL(out.size(), static_cast<size_t>(std::floor(static_cast<double>(count) * 16000 / rate + 0.5)));
    }
}

TEST("resampling in pieces gives the same samples as in one") {
  for (const int rate : kRates) {
    const std::vector<float> pcm = test::noise(1.5, static_cast<uint32_t>(rate));
    const std::vector<float> whole = resampled(rate, pcm);
    Resampler resampler(rate);
    // Twice: after its end the resampler is as new.
    for (uint32_t round = 0; round < 2; round++) {
      std::vector<float> out;
      uint32_t random = 7 + round;
      for (size_t at = 0; at < pcm.size();) {
        random = random * 1664525u + 1013904223u;
        const size_t piece = std::min<size_t>(1 + (random >> 8) % (random % 3 == 0 ? 5 : 3000), pcm.size() - at);
        resampler.push(pcm.data() + at, piece, out);
        at += piece;
      }
      resampler.flush(out);
      CHECK(out == whole);
    }
  }
}

TEST("resampling refuses impossible rates and too little room") {
  char error[VB_ERROR_SIZE];
  for (const int rate : {INT32_MIN, -1, 0, 1, 999, 384001, 10000000}) {
    vb_resampler *resampler = nullptr;
    CHECK_EQUAL(vb_resampler_new(rate, &resampler, error), VB_E_ARGUMENT);
    CHECK(resampler == nullptr && std::string(error).find("Hz") != std::string::npos);
  }
  Resampler resampler(8000);
  const std::vector<float> pcm(8000, 0.1f);
  float room[10];
  CHECK_EQUAL(vb_resampler_push(resampler.handle, pcm.data(), pcm.size(), room, 10), -VB_E_ARGUMENT);
  // A push that was refused has changed nothing.
  std::vector<float> out;
  resampler.push(pcm.data(), pcm.size(), out);
  resampler.flush(out);
  CHECK_EQUAL(out.size(), size_t{16000});
}
