/*
 * WAV (RIFF, RIFX, RF64, BW64, Sony Wave64), read as leniently as files in the world need:
 *   - a data size of 0 or 0xFFFFFFFF, or one that passes the end, means "to the end of the file" (pipes, recorders that were cut off);
 *   - odd chunks with and without their padding byte; `data` before `fmt `;
 *   - a block size that contradicts channels and bits is worked out again.
 * PCM of 8 to 32 bits, 32- and 64-bit float, mu-law and A-law are decoded here; IMA and Microsoft ADPCM by dr_wav.
 */
#include <algorithm>
#include <cstring>
#include <vector>

#include "media.h"
#include "media_thirdparty.h"

namespace vb {
namespace {

enum class Encoding { kInteger, kFloat, kMulaw, kAlaw };

struct Format {
  uint16_t tag = 0;
  int channels = 0;
  int64_t rate = 0;
  int block = 0; // bytes of one frame
  int bits = 0;
};

constexpr uint32_t kStreamed = 0xFFFFFFFFu;
constexpr int kMostChunks = 4096; // a file of zeros is nothing but empty ones

bool four(const uint8_t *at, const char *name) { return std::memcmp(at, name, 4) == 0; }

bool looks_like_chunk_name(const uint8_t *at) {
  return std::all_of(at, at + 4, [](uint8_t letter) { return letter >= 0x20 && letter < 0x7f; });
}

// Where a file's samples are, and what they are.
class Layout {
 public:
  explicit Layout(Bytes &bytes) : bytes_(bytes) {}

  Format format;
  uint64_t data_at = 0;
  uint64_t data_size = 0;
  bool big_endian = false;

  // False: not WAV.
  bool read() {
    uint8_t head[16];
    if (!bytes_.read_at(0, head, 12)) return false;
    if (four(head, "riff")) {
      // Wave64 tells its chunks by GUIDs whose first four bytes are the familiar names.
      if (!bytes_.read_at(24, head, 16) || !four(head, "wave")) return false;
      walk_wave64();
    } else if ((four(head, "RIFF") || four(head, "RIFX") || four(head, "RF64") || four(head, "BW64")) && four(head + 8, "WAVE")) {
      big_endian = four(head, "RIFX");
      walk_riff();
    } else {
      return false;
    }
    if (format.channels == 0) fail(VB_E_AUDIO, "The WAV header is cut off or damaged: it does not say what its samples are.");
    if (data_at == 0) fail(VB_E_AUDIO, "The WAV file has no data chunk.");
    return true;
  }

 private:
  void walk_riff() {
    uint64_t long_data_size = 0;
    uint64_t at = 12;
    uint8_t head[8];
    for (int count = 0; count < kMostChunks && bytes_.read_at(at, head, 8); count++) {
      const uint64_t body = at + 8;
      const uint64_t left = bytes_.size() - body;
      uint64_t size = big_endian ? be32(head + 4) : le32(head + 4);
      if (four(head, "fmt ")) {
        read_format(body, std::min(size, left));
      } else if (four(head, "ds64")) {
        uint8_t sizes[16];
        if (bytes_.read_at(body, sizes, 16)) long_data_size = le64(sizes + 8);
      } else if (four(head, "data") && data_at == 0) {
        if (size == kStreamed) size = long_data_size != 0 && long_data_size != UINT64_MAX ? long_data_size : left;
        if (size == 0 && !only_chunks_follow(body)) size = left;
        size = std::min(size, left);
        data_at = body;
        data_size = size;
        if (format.channels != 0) return;
      }
      if (size >= left) return;
      at = next_chunk(body + size, size % 2 != 0);
    }
  }

  void walk_wave64() {
    uint64_t at = 40;
    uint8_t head[24];
    for (int count = 0; count < kMostChunks && bytes_.read_at(at, head, 24); count++) {
      const uint64_t body = at + 24;
      const uint64_t left = bytes_.size() - body;
      const uint64_t whole = le64(head + 16); // with its own header
      uint64_t size = whole < 24 ? 0 : std::min(whole - 24, left);
      if (four(head, "fmt ")) {
        read_format(body, size);
      } else if (four(head, "data") && data_at == 0) {
        if (size == 0) size = left;
        data_at = body;
        data_size = size;
        if (format.channels != 0) return;
      }
      if (size >= left) return;
      at = (body + size + 7) / 8 * 8;
    }
  }

  // A padding byte belongs after an odd chunk; some writers leave it out.
  uint64_t next_chunk(uint64_t end, bool odd) {
    if (!odd) return end;
    uint8_t head[8];
    if (bytes_.read_at(end + 1, head, 8) && looks_like_chunk_name(head)) return end + 1;
    if (bytes_.read_at(end, head, 8) && looks_like_chunk_name(head)) return end;
    return end + 1;
  }

  // After an empty data chunk: a chain of well-formed chunks up to the end, so it is really empty, or samples whose writer
  // never came back to fill the size in?
  bool only_chunks_follow(uint64_t at) {
    uint8_t head[8];
    for (int count = 0; at < bytes_.size(); count++) {
      if (count == kMostChunks || !bytes_.read_at(at, head, 8) || !looks_like_chunk_name(head)) return false;
      const uint64_t size = big_endian ? be32(head + 4) : le32(head + 4);
      at += 8 + size + size % 2;
      if (at > bytes_.size() + 1) return false;
    }
    return true;
  }

  void read_format(uint64_t at, uint64_t size) {
    uint8_t raw[40] = {};
    const auto length = static_cast<size_t>(std::min<uint64_t>(size, sizeof raw));
    if (length < 14 || !bytes_.read_at(at, raw, length)) fail(VB_E_AUDIO, "The WAV header is cut off.");
    const auto word = [&](int offset) { return big_endian ? be16(raw + offset) : le16(raw + offset); };
    format.tag = word(0);
    format.channels = word(2);
    format.rate = big_endian ? be32(raw + 4) : le32(raw + 4);
    format.block = word(12);
    format.bits = length >= 16 ? word(14) : 0;
    if (format.tag == 0xFFFE && length >= 26) format.tag = word(24); // WAVE_FORMAT_EXTENSIBLE: the start of a GUID
    if (format.channels == 0) fail(VB_E_AUDIO, "The WAV header claims 0 channels.");
  }

  Bytes &bytes_;
};

// ITU-T G.711. The tables hold every value once; they are filled before the first use.
struct G711 {
  float mulaw[256], alaw[256];
  G711() {
    for (int code = 0; code < 256; code++) {
      const int u = ~code & 0xff;
      const int u_level = (((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4);
      mulaw[code] = static_cast<float>((u & 0x80) ? 0x84 - u_level : u_level - 0x84) / 32768.0f;
      const int a = code ^ 0x55;
      const int segment = (a & 0x70) >> 4;
      int a_level = ((a & 0x0f) << 4) + 8;
      if (segment > 0) a_level = (a_level + 0x100) << (segment - 1);
      alaw[code] = static_cast<float>((a & 0x80) ? a_level : -a_level) / 32768.0f;
    }
  }
};
const G711 g711;

using Convert = void (*)(const uint8_t *from, float *into, size_t samples);

void from_unsigned_8(const uint8_t *from, float *into, size_t samples) {
  for (size_t at = 0; at < samples; at++) into[at] = (static_cast<float>(from[at]) - 128.0f) / 128.0f;
}

template <int kWidth>
void from_signed(const uint8_t *from, float *into, size_t samples) {
  for (size_t at = 0; at < samples; at++, from += kWidth) {
    uint32_t bits = 0; // left-justified
    for (int byte = 0; byte < kWidth; byte++) bits |= static_cast<uint32_t>(from[byte]) << (8 * (4 - kWidth + byte));
    into[at] = static_cast<float>(static_cast<int32_t>(bits)) / 2147483648.0f;
  }
}

template <typename Float>
void from_float(const uint8_t *from, float *into, size_t samples) {
  for (size_t at = 0; at < samples; at++) {
    Float value;
    std::memcpy(&value, from + at * sizeof value, sizeof value);
    into[at] = static_cast<float>(value);
  }
}

void from_mulaw(const uint8_t *from, float *into, size_t samples) {
  for (size_t at = 0; at < samples; at++) into[at] = g711.mulaw[from[at]];
}

void from_alaw(const uint8_t *from, float *into, size_t samples) {
  for (size_t at = 0; at < samples; at++) into[at] = g711.alaw[from[at]];
}

Convert converter(Encoding encoding, int width) {
  if (encoding == Encoding::kMulaw) return from_mulaw;
  if (encoding == Encoding::kAlaw) return from_alaw;
  if (encoding == Encoding::kFloat) return width == 4 ? from_float<float> : width == 8 ? from_float<double> : nullptr;
  switch (width) {
    case 1: return from_unsigned_8; // 8-bit WAV has no sign
    case 2: return from_signed<2>;
    case 3: return from_signed<3>;
    case 4: return from_signed<4>;
    default: return nullptr;
  }
}

class WavPcm final : public Pcm {
 public:
  WavPcm(Bytes &bytes, const Layout &layout, Convert convert, int width)
      : bytes_(bytes), convert_(convert), width_(static_cast<size_t>(width)), turned_(layout.big_endian && width > 1) {
    channels = layout.format.channels;
    rate = static_cast<int>(layout.format.rate);
    frames = layout.data_size / block();
    left_ = frames;
    bytes_.seek(layout.data_at);
  }

  size_t read(float *into, size_t count) override {
    count = static_cast<size_t>(std::min<uint64_t>(count, left_));
    raw_.resize(count * block());
    count = bytes_.read(raw_.data(), raw_.size()) / block();
    left_ = count == 0 ? 0 : left_ - count;
    const size_t samples = count * static_cast<size_t>(channels);
    if (turned_)
      for (size_t at = 0; at < samples; at++) std::reverse(&raw_[at * width_], &raw_[at * width_] + width_);
    convert_(raw_.data(), into, samples);
    return count;
  }

 private:
  size_t block() const { return width_ * static_cast<size_t>(channels); }

  Bytes &bytes_;
  Convert convert_;
  size_t width_; // bytes of one sample
  bool turned_;  // big-endian
  uint64_t left_ = 0;
  std::vector<uint8_t> raw_;
};

}  // namespace

std::unique_ptr<Pcm> open_wav(Bytes &bytes) {
  Layout layout(bytes);
  if (!layout.read()) return nullptr;
  Format &format = layout.format;
  if (format.rate > INT32_MAX) format.rate = INT32_MAX; // refused with the other impossible rates

  Encoding encoding = Encoding::kInteger;
  switch (format.tag) {
    case 0x0001: break;
    case 0x0002:
    case 0x0011: {
      auto pcm = open_dr_wav(bytes);
      if (!pcm) fail(VB_E_AUDIO, "The WAV file's ADPCM header is damaged.");
      return pcm;
    }
    case 0x0003: encoding = Encoding::kFloat; break;
    case 0x0006: encoding = Encoding::kAlaw; break;
    case 0x0007: encoding = Encoding::kMulaw; break;
    default: fail(VB_E_AUDIO, "The WAV file holds a codec that is not decoded here.");
  }

  const bool law = encoding == Encoding::kAlaw || encoding == Encoding::kMulaw;
  int width = law ? 1 : (format.bits + 7) / 8;
  // Samples may lie in wider containers (24 bits in 4 bytes), at the upper end: the block size says so. One that cannot be is ignored.
  const int container = format.block / format.channels;
  if (encoding == Encoding::kInteger && format.block % format.channels == 0 && container > width && container <= 4) width = container;
  const Convert convert = converter(encoding, width);
  if (!convert) fail(VB_E_AUDIO, "The WAV file's samples have a width that does not exist.");
  return std::make_unique<WavPcm>(bytes, layout, convert, width);
}

}  // namespace vb
