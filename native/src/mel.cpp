/* See mel.h. */
#include "mel.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vb {

namespace {

constexpr int32_t kBins = kFrame / 2 + 1;
constexpr int32_t kLanes = 16; /* frames computed side by side */

using Lane = std::array<float, kLanes>;

struct Tables {
  float sine[kFrame], cosine[kFrame], window[kFrame];

  Tables() {
    for (int32_t i = 0; i < kFrame; i++) {
      const double angle = 2 * M_PI * i / kFrame;
      sine[i] = sinf(static_cast<float>(angle));
      cosine[i] = cosf(static_cast<float>(angle));
      window[i] = static_cast<float>(0.5 * (1.0 - cosf(static_cast<float>(angle))));
    }
  }
};
const Tables tables;

struct Complex {
  Lane re, im;
};

/* The transform of n real lanes taken every `stride`, halving while n is even; `scratch` holds 2 n values. */
void transform(const Lane *in, int32_t n, int32_t stride, Complex *out, Complex *scratch) {
  const int32_t step = kFrame / n;
  if (n % 2 != 0) {
    for (int32_t k = 0; k < n; k++) {
      Lane re = {}, im = {};
      for (int32_t i = 0; i < n; i++) {
        const int32_t at = (k * i * step) % kFrame;
        const float c = tables.cosine[at], s = tables.sine[at];
        const Lane &x = in[i * stride];
        for (int32_t l = 0; l < kLanes; l++) {
          re[l] += x[l] * c;
          im[l] -= x[l] * s;
        }
      }
      out[k] = {re, im};
    }
    return;
  }
  const int32_t half = n / 2;
  Complex *even = scratch, *odd = scratch + half;
  transform(in, half, stride * 2, even, scratch + n);
  transform(in + stride, half, stride * 2, odd, scratch + n);
  for (int32_t k = 0; k < half; k++) {
    const float re = tables.cosine[k * step], im = -tables.sine[k * step];
    const Complex &e = even[k], &o = odd[k];
    for (int32_t l = 0; l < kLanes; l++) {
      const float tr = re * o.re[l] - im * o.im[l];
      const float ti = re * o.im[l] + im * o.re[l];
      out[k].re[l] = e.re[l] + tr;
      out[k].im[l] = e.im[l] + ti;
      out[k + half].re[l] = e.re[l] - tr;
      out[k + half].im[l] = e.im[l] - ti;
    }
  }
}

/* Which bins a band reaches, so that the zeros of its triangle are skipped. Whole groups of four, as whisper.cpp sums them. */
struct Band {
  int32_t from, to;
};

std::vector<Band> bands_of(const std::vector<float> &filters, int32_t bands) {
  std::vector<Band> reach(static_cast<size_t>(bands));
  for (int32_t b = 0; b < bands; b++) {
    const float *filter = filters.data() + static_cast<size_t>(b) * kBins;
    int32_t from = 0, to = kBins;
    while (from < kBins && filter[from] == 0.0f) from++;
    while (to > from && filter[to - 1] == 0.0f) to--;
    reach[static_cast<size_t>(b)] = {from / 4 * 4, std::min((to + 3) / 4 * 4, kBins)};
  }
  return reach;
}

/* Sample of the audio as the model sees it: mirrored before its start, silent after its end. */
float sample_at(const float *pcm, int64_t samples, int64_t at) {
  if (at < 0) at = -at;
  return at < samples ? pcm[at] : 0.0f;
}

} // namespace

std::vector<float> log_mel(const float *pcm, uint64_t samples, const std::vector<float> &filters, int32_t bands, int32_t frames) {
  constexpr float kSilence = -10.0f; // log10 of the least power told apart
  std::vector<float> mel(static_cast<size_t>(bands) * static_cast<size_t>(frames), kSilence);
  const std::vector<Band> reach = bands_of(filters, bands);
  const auto length = static_cast<int64_t>(samples);
  // The last frame that touches the audio starts half a frame after its end.
  const auto filled = static_cast<int32_t>(std::min<int64_t>((length + kFrame / 2) / kHop + 1, frames));

  std::vector<Lane> in(kFrame);
  std::vector<Complex> out(kFrame), scratch(2 * kFrame);
  std::vector<Lane> power(kBins + 3, Lane{}); // padded for the last group of four
  for (int32_t first = 0; first < filled; first += kLanes) {
    for (int32_t l = 0; l < kLanes; l++) {
      const int64_t start = static_cast<int64_t>(first + l) * kHop - kFrame / 2;
      if (start >= 0 && start + kFrame <= length)
        for (int32_t i = 0; i < kFrame; i++) in[static_cast<size_t>(i)][static_cast<size_t>(l)] = tables.window[i] * pcm[start + i];
      else
        for (int32_t i = 0; i < kFrame; i++)
          in[static_cast<size_t>(i)][static_cast<size_t>(l)] = tables.window[i] * sample_at(pcm, length, start + i);
    }
    transform(in.data(), kFrame, 1, out.data(), scratch.data());
    for (int32_t k = 0; k < kBins; k++)
      for (int32_t l = 0; l < kLanes; l++) power[k][l] = out[k].re[l] * out[k].re[l] + out[k].im[l] * out[k].im[l];

    const int32_t lanes = std::min(kLanes, filled - first);
    for (int32_t b = 0; b < bands; b++) {
      const float *filter = filters.data() + static_cast<size_t>(b) * kBins;
      std::array<double, kLanes> sum = {};
      int32_t k = reach[b].from;
      for (; k + 4 <= reach[b].to; k += 4)
        for (int32_t l = 0; l < kLanes; l++)
          sum[l] += power[k][l] * filter[k] + power[k + 1][l] * filter[k + 1] + power[k + 2][l] * filter[k + 2] +
                    power[k + 3][l] * filter[k + 3];
      for (; k < reach[b].to; k++)
        for (int32_t l = 0; l < kLanes; l++) sum[l] += power[k][l] * filter[k];
      float *row = mel.data() + static_cast<size_t>(b) * static_cast<size_t>(frames) + first;
      for (int32_t l = 0; l < lanes; l++) row[l] = static_cast<float>(std::log10(std::max(sum[l], 1e-10)));
    }
  }

  const auto floor = static_cast<float>(*std::max_element(mel.begin(), mel.end()) - 8.0);
  for (float &value : mel) value = (std::max(value, floor) + 4.0f) / 4.0f;
  return mel;
}

} // namespace vb
