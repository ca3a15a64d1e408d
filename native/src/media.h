// What the decoders of media files share: where the bytes come from, and the PCM they give.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "boundary.h"

namespace vb {

constexpr int kMostChannels = 64;

// Bytes that can be read in order and sought in.
class Bytes {
 public:
  virtual ~Bytes() = default;
  // Fewer than `count` only at the end.
  virtual size_t read(void *into, size_t count) = 0;
  // A position past the end is moved to the end.
  virtual void seek(uint64_t position) = 0;
  virtual uint64_t tell() const = 0;
  virtual uint64_t size() const = 0;
  // The system could not read; what was given before is right. No exceptions here: the callers are third-party C.
  bool failed() const { return failed_; }

  // Reads exactly `count` bytes at `position`, or says that it cannot.
  bool read_at(uint64_t position, void *into, size_t count) {
    seek(position);
    return tell() == position && read(into, count) == count;
  }

 protected:
  bool failed_ = false;
};

std::unique_ptr<Bytes> bytes_of_memory(const void *data, uint64_t size);
std::unique_ptr<Bytes> bytes_of_file(const char *path);

// One decoder at work.
class Pcm {
 public:
  virtual ~Pcm() = default;
  int channels = 0;
  int rate = 0;
  uint64_t frames = 0; // 0: not known
  // Reads up to `count` frames of interleaved samples. 0 is the end, or the place where `rate` changes: look at it after every read.
  virtual size_t read(float *into, size_t count) = 0;
};

// Each throws a Failure, or gives nullptr when the bytes are not of its format.
std::unique_ptr<Pcm> open_wav(Bytes &bytes);
std::unique_ptr<Pcm> open_mp3(Bytes &bytes);
std::unique_ptr<Pcm> open_flac(Bytes &bytes);
std::unique_ptr<Pcm> open_vorbis(Bytes &bytes);

// Interleaved frames of `from` channels as frames of `to`: one channel is repeated, several are averaged into one, others are cut or
// filled with silence. For streams whose channel count changes on the way.
void conform(const float *input, int from, float *output, int to, size_t frames);

inline uint16_t le16(const uint8_t *at) { return static_cast<uint16_t>(at[0] | at[1] << 8); }
inline uint32_t le32(const uint8_t *at) { return le16(at) | static_cast<uint32_t>(le16(at + 2)) << 16; }
inline uint64_t le64(const uint8_t *at) { return le32(at) | static_cast<uint64_t>(le32(at + 4)) << 32; }
inline uint16_t be16(const uint8_t *at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
inline uint32_t be32(const uint8_t *at) { return static_cast<uint32_t>(be16(at)) << 16 | be16(at + 2); }

}  // namespace vb
