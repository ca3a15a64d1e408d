// The doors of verbatim.h to media files: open one of four formats, read it as 16 kHz planes.
#include "media.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "resample.h"

namespace vb {

void conform(const float *input, int from, float *output, int to, size_t frames) {
  if (from == to) {
    std::memcpy(output, input, frames * static_cast<size_t>(to) * sizeof(float));
    return;
  }
  for (size_t frame = 0; frame < frames; frame++, input += from, output += to) {
    if (to == 1) {
      float sum = 0;
      for (int channel = 0; channel < from; channel++) sum += input[channel];
      output[0] = sum / static_cast<float>(from);
    } else {
      for (int channel = 0; channel < to; channel++) output[channel] = from == 1 ? input[0] : channel < from ? input[channel] : 0.0f;
    }
  }
}

}  // namespace vb

namespace {

// What is taken from a decoder at a time: a sixteenth of a second.
constexpr int kPiecesPerSecond = 16;
// A sample beyond this (96 dB over full scale), like NaN and infinity, is no sound; it becomes silence and is counted.
constexpr float kLoudest = 65536.0f;

}  // namespace

struct vb_media {
  std::unique_ptr<vb::Bytes> bytes;
  std::unique_ptr<vb::Pcm> pcm;
  int format = VB_MEDIA_UNKNOWN;
  int mono = -1; // as the first read asked; it may not change
  int rate = 0;  // of the resamplers
  bool ended = false;
  size_t held = 0; // frames taken from the decoder and split into planes, not resampled yet
  uint64_t repaired = 0;
  std::vector<vb::Resampler> resamplers; // one per plane
  std::vector<float> frames, split;

  size_t planes() const { return mono ? 1 : static_cast<size_t>(pcm->channels); }

  void open() {
    const struct {
      int format;
      std::unique_ptr<vb::Pcm> (*open)(vb::Bytes &);
    } openers[] = {{VB_MEDIA_WAV, vb::open_wav}, {VB_MEDIA_FLAC, vb::open_flac}, {VB_MEDIA_VORBIS, vb::open_vorbis}, {VB_MEDIA_MP3, vb::open_mp3}};
    if (bytes->size() == 0) vb::fail(VB_E_AUDIO, "The file is empty.");
    for (const auto &opener : openers) {
      pcm = opener.open(*bytes);
      if (!pcm) continue;
      format = opener.format;
      break;
    }
    if (!pcm) vb::fail(VB_E_AUDIO, "This is no WAV, MP3, FLAC or Ogg Vorbis file.");
    if (pcm->channels < 1 || pcm->channels > vb::kMostChannels)
      vb::fail(VB_E_AUDIO, "The header claims " + std::to_string(pcm->channels) + " channels; 1 to " + std::to_string(vb::kMostChannels) + " are decoded.");
    check_rate();
  }

  void check_rate() const {
    if (pcm->rate >= vb::kLowestRate && pcm->rate <= vb::kHighestRate) return;
    vb::fail(VB_E_AUDIO, "The header claims a sample rate of " + std::to_string(pcm->rate) + " Hz; " + std::to_string(vb::kLowestRate) + " to " +
                             std::to_string(vb::kHighestRate) + " Hz are decoded.");
  }

  uint64_t read(bool to_mono, float *into, uint64_t capacity) {
    if (mono < 0) mono = to_mono ? 1 : 0;
    if ((mono == 1) != to_mono) vb::fail(VB_E_ARGUMENT, "A file is read either as one channel or as all of them.");
    if (capacity < VB_MEDIA_LEAST_CAPACITY) vb::fail(VB_E_ARGUMENT, "The buffer is too small.");
    uint64_t written = 0;
    while (written < capacity) {
      if (held == 0 && !ended) take();
      if (ended || rate != pcm->rate) { // the tail of what came before
        const uint64_t flushed = flush(into + written, capacity, capacity - written);
        written += flushed;
        if (flushed > 0) continue;
        if (ended) break;
        check_rate();
        rate = pcm->rate;
        resamplers.assign(planes(), vb::Resampler(rate));
      }
      if (resamplers[0].output_of(held) > capacity - written) break;
      uint64_t count = 0;
      for (size_t plane = 0; plane < planes(); plane++)
        count = resamplers[plane].push(&split[plane * held], held, into + plane * capacity + written);
      written += count;
      held = 0;
    }
    return written;
  }

  // The decoder's next frames, without what is no sound, as planes.
  void take() {
    const auto channels = static_cast<size_t>(pcm->channels);
    const auto wanted = static_cast<size_t>(std::max(pcm->rate / kPiecesPerSecond, 1));
    frames.resize(wanted * channels);
    held = pcm->read(frames.data(), wanted);
    if (held == 0) {
      ended = true;
      if (bytes->failed()) vb::fail(VB_E_IO, "The file could not be read to its end.");
      return;
    }
    uint64_t bad = 0;
    for (size_t at = 0; at < held * channels; at++) {
      const bool sound = std::fabs(frames[at]) <= kLoudest;
      bad += sound ? 0 : 1;
      frames[at] = sound ? frames[at] : 0.0f;
    }
    repaired += bad;
    split.resize(held * planes());
    if (mono || channels == 1) {
      vb::conform(frames.data(), pcm->channels, split.data(), 1, held);
      return;
    }
    for (size_t channel = 0; channel < channels; channel++)
      for (size_t at = 0; at < held; at++) split[channel * held + at] = frames[at * channels + channel];
  }

  uint64_t flush(float *into, uint64_t stride, uint64_t capacity) {
    uint64_t count = 0;
    for (size_t plane = 0; plane < resamplers.size(); plane++) count = resamplers[plane].flush(into + plane * stride, capacity);
    return count;
  }
};

namespace {

int32_t open(std::unique_ptr<vb::Bytes> (*source)(const void *, uint64_t), const void *from, uint64_t size, vb_media **media,
             vb_media_info *info, char *error) {
  *media = nullptr;
  return vb::guarded(error, [&] {
    if (info && info->struct_size != sizeof(vb_media_info)) vb::fail(VB_E_ARGUMENT, "vb_media_info has an unknown size.");
    auto opened = std::make_unique<vb_media>();
    opened->bytes = source(from, size);
    opened->open();
    if (info) {
      info->format = opened->format;
      info->channels = opened->pcm->channels;
      info->rate = opened->pcm->rate;
      info->frames = opened->pcm->frames;
    }
    *media = opened.release();
  });
}

}  // namespace

int32_t vb_media_open_memory(const void *bytes, uint64_t size, vb_media **media, vb_media_info *info, char *error) {
  return open([](const void *from, uint64_t length) { return vb::bytes_of_memory(from, length); }, bytes, size, media, info, error);
}

int32_t vb_media_open_file(const char *path, vb_media **media, vb_media_info *info, char *error) {
  return open([](const void *from, uint64_t) { return vb::bytes_of_file(static_cast<const char *>(from)); }, path, 0, media, info, error);
}

int32_t vb_media_read(vb_media *media, int32_t mono, float *into, uint64_t capacity, uint64_t *count, char *error) {
  *count = 0;
  return vb::guarded(error, [&] { *count = media->read(mono != 0, into, capacity); });
}

uint64_t vb_media_repaired(const vb_media *media) { return media->repaired; }

void vb_media_free(vb_media *media) { delete media; }
