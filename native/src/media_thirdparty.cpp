/*
 * The decoders that come with whisper.cpp's examples, compiled once: dr_wav, dr_flac and minimp3 out of miniaudio, and stb_vorbis.
 * Of miniaudio nothing else is kept, and nothing of either is exported.
 */
#include "media_thirdparty.h"

#define MINIAUDIO_IMPLEMENTATION
#define MA_API static
#define MA_NO_DEVICE_IO
#define MA_NO_ENCODING
#define MA_NO_ENGINE
#define MA_NO_GENERATION
#define MA_NO_NODE_GRAPH
#define MA_NO_RESOURCE_MANAGER
#define MA_NO_THREADING
#define MA_DR_MP3_FLOAT_OUTPUT
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include "miniaudio.h"

#define STB_VORBIS_NO_STDIO
#define STB_VORBIS_NO_INTEGER_CONVERSION
#include "stb_vorbis.c"

namespace vb {
namespace {

size_t on_read(void *user, void *into, size_t count) { return static_cast<Bytes *>(user)->read(into, count); }

// The two libraries name the same three origins each for themselves: start 0, current 1, end 2.
template <typename Origin>
ma_bool32 on_seek(void *user, int offset, Origin origin) {
  auto *bytes = static_cast<Bytes *>(user);
  const uint64_t base = origin == 0 ? 0 : origin == 1 ? bytes->tell() : bytes->size();
  const int64_t target = static_cast<int64_t>(base) + offset;
  if (target < 0 || static_cast<uint64_t>(target) > bytes->size()) return MA_FALSE;
  bytes->seek(static_cast<uint64_t>(target));
  return MA_TRUE;
}
static_assert(MA_DR_WAV_SEEK_SET == 0 && MA_DR_WAV_SEEK_CUR == 1 && MA_DR_WAV_SEEK_END == 2, "dr_wav's origins");
static_assert(MA_DR_FLAC_SEEK_SET == 0 && MA_DR_FLAC_SEEK_CUR == 1 && MA_DR_FLAC_SEEK_END == 2, "dr_flac's origins");

ma_bool32 on_tell(void *user, ma_int64 *cursor) {
  *cursor = static_cast<ma_int64>(static_cast<Bytes *>(user)->tell());
  return MA_TRUE;
}

class DrWavPcm final : public Pcm {
 public:
  ~DrWavPcm() override {
    if (channels > 0) ma_dr_wav_uninit(&wav_);
  }

  bool open(Bytes &bytes) {
    if (!ma_dr_wav_init(&wav_, on_read, on_seek<ma_dr_wav_seek_origin>, on_tell, &bytes, nullptr)) return false;
    channels = wav_.channels;
    rate = static_cast<int>(wav_.sampleRate);
    frames = wav_.totalPCMFrameCount;
    return true;
  }

  size_t read(float *into, size_t count) override { return static_cast<size_t>(ma_dr_wav_read_pcm_frames_f32(&wav_, count, into)); }

 private:
  ma_dr_wav wav_;
};

class DrFlacPcm final : public Pcm {
 public:
  explicit DrFlacPcm(ma_dr_flac *flac) : flac_(flac) {
    channels = flac->channels;
    rate = static_cast<int>(flac->sampleRate);
    frames = flac->totalPCMFrameCount;
  }
  ~DrFlacPcm() override { ma_dr_flac_close(flac_); }

  size_t read(float *into, size_t count) override { return static_cast<size_t>(ma_dr_flac_read_pcm_frames_f32(flac_, count, into)); }

 private:
  ma_dr_flac *flac_;
};

}  // namespace

std::unique_ptr<Pcm> open_dr_wav(Bytes &bytes) {
  bytes.seek(0);
  auto pcm = std::make_unique<DrWavPcm>();
  if (!pcm->open(bytes)) return nullptr;
  return pcm;
}

std::unique_ptr<Pcm> open_dr_flac(Bytes &bytes) {
  bytes.seek(0);
  ma_dr_flac *flac = ma_dr_flac_open(on_read, on_seek<ma_dr_flac_seek_origin>, on_tell, &bytes, nullptr);
  if (!flac) return nullptr;
  return std::make_unique<DrFlacPcm>(flac);
}

struct Mp3Decoder::State {
  ma_dr_mp3dec decoder;
};

Mp3Decoder::Mp3Decoder() : state_(new State) { reset(); }
Mp3Decoder::~Mp3Decoder() = default;
void Mp3Decoder::reset() { ma_dr_mp3dec_init(&state_->decoder); }

bool Mp3Decoder::next(const uint8_t *bytes, size_t size, float *pcm) {
  ma_dr_mp3dec &decoder = state_->decoder;
  ma_dr_mp3dec_frame_info info = {};
  samples = static_cast<size_t>(ma_dr_mp3dec_decode_frame(&decoder, bytes, static_cast<int>(size), pcm, &info));
  spent = static_cast<size_t>(info.frame_bytes);
  silent = samples == 0;
  // minimp3 keeps the header of the frame that it found, and clears it when there was none or when it was damaged.
  if (spent == 0 || decoder.header[0] == 0) return false;
  if (silent) samples = ma_dr_mp3_hdr_frame_samples(decoder.header);
  channels = info.channels;
  rate = info.sample_rate;
  frame_size = static_cast<size_t>(ma_dr_mp3_hdr_frame_bytes(decoder.header, decoder.free_format_bytes) + ma_dr_mp3_hdr_padding(decoder.header));
  free_format = (decoder.header[2] & 0xf0) == 0;
  return true;
}

}  // namespace vb
