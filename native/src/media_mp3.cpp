/*
 * MP3 (and MPEG layers I and II), by minimp3 frame by frame. miniaudio's own reader of whole files is not used: it takes the frame count
 * of a Xing header for the truth, which cuts joined files short, and assumes that channels and rate never change.
 *
 * The encoder's delay and padding are removed where a LAME tag tells them, so that times are those of the original.
 */
#include <algorithm>
#include <cstring>
#include <vector>

#include "media.h"
#include "media_thirdparty.h"

namespace vb {
namespace {

constexpr size_t kBuffer = 64 * 1024;
constexpr size_t kLookAhead = 16 * 1024; // minimp3 wants ten frames in sight to trust a frame's header
constexpr uint64_t kLongestSearch = 256 * 1024; // for the first frame
constexpr int kFramesInARow = 3; // that make it MP3: one alone turns up by chance in any file
constexpr int kMostTags = 10; // one behind the other
constexpr uint32_t kDecoderDelay = 528 + 1;

struct Tag {
  bool found = false;
  uint32_t frames = 0; // 0: not told
  uint32_t delay = 0;
  uint32_t padding = 0;
};

// The Xing/Info/VBRI frame that encoders put first: no audio, but facts. `frame` is a whole frame.
Tag read_tag(const uint8_t *frame, size_t size) {
  Tag tag;
  const bool mpeg1 = (frame[1] & 0x08) != 0;
  const bool mono = (frame[3] & 0xc0) == 0xc0;
  const size_t side = mpeg1 ? (mono ? 17 : 32) : (mono ? 9 : 17);
  const auto named = [&](size_t at, const char *name) { return at + 4 <= size && std::memcmp(frame + at, name, 4) == 0; };
  if (named(4 + 32, "VBRI")) {
    tag.found = true;
    if (size >= 36 + 18) tag.frames = be32(frame + 36 + 14);
    return tag;
  }
  for (size_t at : {4 + side, 6 + side}) { // with a checksum, some encoders shift the tag
    if (!named(at, "Xing") && !named(at, "Info")) continue;
    tag.found = true;
    if (at + 8 > size) return tag;
    const uint32_t flags = be32(frame + at + 4);
    at += 8;
    if (flags & 1) {
      if (at + 4 <= size) tag.frames = be32(frame + at);
      at += 4;
    }
    at += (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
    if (at + 24 <= size && frame[at] != 0) { // the encoder's name, then its delays 21 bytes on
      const uint8_t *delays = frame + at + 21;
      tag.delay = (delays[0] << 4 | delays[1] >> 4) + kDecoderDelay;
      const uint32_t padding = (delays[1] & 0x0fu) << 8 | delays[2];
      tag.padding = padding > kDecoderDelay ? padding - kDecoderDelay : 0;
    }
    return tag;
  }
  return tag;
}

uint64_t after_id3(Bytes &bytes) {
  uint64_t at = 0;
  uint8_t head[10];
  for (int tags = 0; tags < kMostTags && bytes.read_at(at, head, 10) && std::memcmp(head, "ID3", 3) == 0; tags++) {
    const uint64_t size = (head[6] & 0x7fu) << 21 | (head[7] & 0x7fu) << 14 | (head[8] & 0x7fu) << 7 | (head[9] & 0x7fu);
    at += 10 + size + (head[5] & 0x10 ? 10 : 0);
    if (at >= bytes.size()) fail(VB_E_AUDIO, "The MP3 file holds nothing but its tag.");
  }
  return at;
}

class Mp3Pcm final : public Pcm {
 public:
  Mp3Pcm(Bytes &bytes, uint64_t start) : bytes_(bytes), buffer_(kBuffer) {
    bytes_.seek(start);
  }

  // False when there are no frames within reach.
  bool begin() {
    if (!next_frame(kLongestSearch) || !goes_on()) return false;
    channels = decoder_.channels;
    rate = decoder_.rate;
    const Tag tag = read_tag(buffer_.data() + at_ - decoder_.frame_size, decoder_.frame_size);
    if (!tag.found) return true;
    delay_ = tag.delay;
    const uint64_t total = static_cast<uint64_t>(tag.frames) * ready_;
    if (total > tag.delay + tag.padding) {
      frames = total - tag.delay - tag.padding;
      padding_from_ = total - tag.padding;
      padding_to_ = total;
    }
    ready_ = 0; // the tag's own frame is no audio
    decoder_.reset();
    return true;
  }

  size_t read(float *into, size_t count) override {
    size_t written = 0;
    while (written < count) {
      if (ready_ == taken_ && !next_frame(UINT64_MAX)) break;
      if (decoder_.rate != rate) {
        if (written > 0) break;
        rate = decoder_.rate;
      }
      size_t run = ready_ - taken_;
      const uint64_t dropped = to_drop();
      if (dropped > 0) {
        run = static_cast<size_t>(std::min<uint64_t>(run, dropped));
      } else {
        run = std::min(run, count - written);
        if (position_ < padding_from_) run = static_cast<size_t>(std::min<uint64_t>(run, padding_from_ - position_));
        const auto stride = static_cast<size_t>(decoder_.channels);
        conform(pcm_ + taken_ * stride, decoder_.channels, into + written * static_cast<size_t>(channels), channels, run);
        written += run;
      }
      taken_ += run;
      position_ += run;
    }
    return written;
  }

 private:
  // More frames follow the first without a gap. A file of fewer must at least begin with one.
  bool goes_on() const {
    if (decoder_.free_format && strange_ > 0) return false;
    Mp3Decoder ahead;
    float pcm[kMostMp3Samples];
    size_t at = at_;
    for (int frame = 1; frame < kFramesInARow; frame++) {
      if (at == filled_) return strange_ == 0;
      if (!ahead.next(buffer_.data() + at, filled_ - at, pcm) || ahead.spent != ahead.frame_size) return false;
      at += ahead.spent;
    }
    return true;
  }

  // Samples from here on that the encoder added: its delay at the start, its padding where the tag puts the end. What follows
  // (joined files) is audio again.
  uint64_t to_drop() const {
    if (position_ < delay_) return delay_ - position_;
    return position_ >= padding_from_ && position_ < padding_to_ ? padding_to_ - position_ : 0;
  }

  // Decodes on to the next frame; gives up when more than so many bytes of the whole file were none.
  bool next_frame(uint64_t most_strange) {
    for (;;) {
      if (filled_ - at_ < kLookAhead && !ended_) {
        std::memmove(buffer_.data(), buffer_.data() + at_, filled_ - at_);
        filled_ -= at_;
        at_ = 0;
        const size_t wanted = buffer_.size() - filled_;
        const size_t got = bytes_.read(buffer_.data() + filled_, wanted);
        filled_ += got;
        ended_ = got < wanted;
      }
      const size_t seen = filled_ - at_;
      if (seen == 0) return false;
      if (decoder_.next(buffer_.data() + at_, seen, pcm_)) {
        if (decoder_.silent) std::memset(pcm_, 0, sizeof pcm_); // it keeps the clock
        at_ += decoder_.spent;
        strange_ += decoder_.spent - decoder_.frame_size;
        ready_ = decoder_.samples;
        taken_ = 0;
        return true;
      }
      // When all in sight is no frame, its last bytes may still begin one that more bytes would show.
      const bool all = decoder_.spent == 0 || decoder_.spent >= seen;
      const size_t skipped = all && !ended_ ? seen - kLookAhead / 2 : std::max<size_t>(decoder_.spent, 1);
      at_ += skipped;
      strange_ += skipped;
      if (strange_ > most_strange) return false;
    }
  }

  Bytes &bytes_;
  std::vector<uint8_t> buffer_;
  size_t at_ = 0, filled_ = 0;
  bool ended_ = false;
  uint64_t strange_ = 0; // bytes so far that belong to no frame
  Mp3Decoder decoder_;
  float pcm_[kMostMp3Samples];
  size_t ready_ = 0, taken_ = 0; // of pcm_, in frames of samples
  uint64_t position_ = 0;        // decoded samples per channel so far
  uint64_t delay_ = 0, padding_from_ = 0, padding_to_ = 0;
};

}  // namespace

std::unique_ptr<Pcm> open_mp3(Bytes &bytes) {
  auto pcm = std::make_unique<Mp3Pcm>(bytes, after_id3(bytes));
  if (!pcm->begin()) return nullptr;
  return pcm;
}

}  // namespace vb
