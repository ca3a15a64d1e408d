/*
 * Log-mel spectrogram as Whisper was trained on it: frames of 400 samples every 160, Hann window, power, mel bands, log10, clamped to
 * 8 below the loudest, scaled. Same arithmetic as whisper.cpp's, sixteen frames side by side so that the compiler can vectorise it.
 */
#pragma once

#include <cstdint>
#include <vector>

namespace vb {

constexpr int32_t kSampleRate = 16000;
constexpr int32_t kHop = 160; /* samples between frames */
constexpr int32_t kFrame = 400;

/* `filters`: bands x 201. Gives bands rows of `frames` values; frames past the audio hold what silence holds. */
std::vector<float> log_mel(const float *pcm, uint64_t samples, const std::vector<float> &filters, int32_t bands, int32_t frames);

} // namespace vb
