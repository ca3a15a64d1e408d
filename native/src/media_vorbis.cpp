/*
 * Ogg Vorbis by stb_vorbis, fed page by page. Its own reader of whole files holds positions in 32 bits and stops at the first link of a
 * chain; here the pages are read by us: those of other streams (a video's) are left out, and each link of a chain gets a new decoder.
 */
#include <algorithm>
#include <cstring>
#include <vector>

#define STB_VORBIS_HEADER_ONLY
#define STB_VORBIS_NO_STDIO
#define STB_VORBIS_NO_INTEGER_CONVERSION
#include "media.h"
#include "stb_vorbis.c"

namespace vb {
namespace {

constexpr size_t kMostSetup = 1024 * 1024;  // of the setup header; encoders write some kB
constexpr size_t kMostPending = 16 * 1024 * 1024; // of pages that stb_vorbis has not used up
constexpr size_t kDecoderMemory = 32 * 1024 * 1024; // all that stb_vorbis may use; what it does not touch costs nothing
constexpr uint64_t kTail = 128 * 1024; // where the last page must begin: pages are at most 65307 bytes

struct Page {
  uint32_t serial = 0;
  uint64_t granule = 0;
  bool begins = false;
  std::vector<uint8_t> bytes; // with its header

  size_t segments() const { return bytes[26]; }
  const uint8_t *lacing() const { return &bytes[27]; }
  const uint8_t *body() const { return bytes.data() + 27 + segments(); }
  bool begins_vorbis() const { return begins && bytes.size() >= 27 + segments() + 30 && std::memcmp(body(), "\x01vorbis", 7) == 0; }
};

// Puts a stream's first packets together.
class Packets {
 public:
  // Adds a page; false when it is none that may come here, or has more than headers may hold.
  bool add(const Page &page) {
    const bool continues = (page.bytes[5] & 1) != 0;
    if (continues != open_) return false;
    const uint8_t *from = page.body();
    for (size_t at = 0; at < page.segments(); at++) {
      if (!open_) list.emplace_back();
      const size_t length = page.lacing()[at];
      // The comments are not used, and may hold pictures of many MB.
      if (list.size() != 2) list.back().insert(list.back().end(), from, from + length);
      if (list.back().size() > kMostSetup) return false;
      from += length;
      open_ = length == 255;
    }
    return true;
  }
  // Whole packets.
  size_t count() const { return list.size() - (open_ ? 1 : 0); }

  std::vector<std::vector<uint8_t>> list;

 private:
  bool open_ = false; // the last packet goes on in the next page
};

// Writes packets as pages; a checksum is not looked at.
std::vector<uint8_t> write_pages(const std::vector<std::vector<uint8_t>> &packets, uint32_t serial) {
  std::vector<uint8_t> pages;
  uint8_t sequence = 0;
  for (const auto &packet : packets) {
    size_t at = 0;
    for (bool more = true; more;) {
      const size_t whole = std::min<size_t>((packet.size() - at) / 255, 255); // segments that are full
      more = whole == 255;                                                   // then the packet's end is on a later page
      const size_t segments = more ? 255 : whole + 1;
      const size_t size = more ? 255 * 255 : packet.size() - at;
      const auto kind = static_cast<uint8_t>((sequence == 0 ? 2 : 0) | (at > 0 ? 1 : 0));
      const uint8_t head[27] = {'O', 'g', 'g', 'S', 0, kind, 0, 0, 0, 0, 0, 0, 0, 0,
                                static_cast<uint8_t>(serial), static_cast<uint8_t>(serial >> 8), static_cast<uint8_t>(serial >> 16), static_cast<uint8_t>(serial >> 24),
                                sequence++, 0, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(segments)};
      pages.insert(pages.end(), head, head + sizeof head);
      pages.insert(pages.end(), segments - (more ? 0 : 1), 255);
      if (!more) pages.push_back(static_cast<uint8_t>(size % 255));
      pages.insert(pages.end(), packet.begin() + static_cast<std::ptrdiff_t>(at), packet.begin() + static_cast<std::ptrdiff_t>(at + size));
      at += size;
    }
  }
  return pages;
}

// The next whole page from the current position on, past whatever is none.
bool read_page(Bytes &bytes, Page &page) {
  std::vector<uint8_t> &raw = page.bytes;
  raw.resize(4);
  if (bytes.read(raw.data(), 4) < 4) return false;
  while (std::memcmp(raw.data(), "OggS", 4) != 0) {
    std::memmove(&raw[0], &raw[1], 3);
    if (bytes.read(&raw[3], 1) < 1) return false;
  }
  raw.resize(27);
  if (bytes.read(&raw[4], 23) < 23) return false;
  const size_t segments = raw[26];
  raw.resize(27 + segments);
  if (bytes.read(raw.data() + 27, segments) < segments) return false;
  size_t size = 0;
  for (size_t at = 27; at < raw.size(); at++) size += raw[at];
  const size_t head = raw.size();
  raw.resize(head + size);
  if (bytes.read(raw.data() + head, size) < size) return false;
  page.begins = (raw[5] & 2) != 0;
  page.granule = le64(&raw[6]);
  page.serial = le32(&raw[14]);
  return true;
}

class VorbisPcm final : public Pcm {
 public:
  VorbisPcm(Bytes &bytes, const Page &first) : bytes_(bytes), memory_(new char[kDecoderMemory]) {
    if (!open_link(first)) fail(VB_E_AUDIO, "The Ogg Vorbis headers are cut off or damaged.");
    channels = link_.channels;
    rate = static_cast<int>(link_.sample_rate);
    frames = length();
  }
  ~VorbisPcm() override { stb_vorbis_close(decoder_); }

  size_t read(float *into, size_t count) override {
    size_t written = 0;
    while (written < count) {
      if (taken_ == ready_ && !next_block()) break;
      if (static_cast<int>(link_.sample_rate) != rate) {
        if (written > 0) break;
        rate = static_cast<int>(link_.sample_rate);
      }
      const size_t run = std::min(ready_ - taken_, count - written);
      const auto stride = static_cast<size_t>(link_.channels);
      frames_.resize(run * stride);
      for (size_t channel = 0; channel < stride; channel++)
        for (size_t at = 0; at < run; at++) frames_[at * stride + channel] = planes_[channel][taken_ + at];
      conform(frames_.data(), link_.channels, into + written * static_cast<size_t>(channels), channels, run);
      taken_ += run;
      written += run;
    }
    return written;
  }

 private:
  // A decoder for the stream that `first` begins. It is given the headers written anew, with empty comments: those of strangers
  // are what stb_vorbis trusts most and we need least.
  bool open_link(const Page &first) {
    stb_vorbis_close(decoder_);
    decoder_ = nullptr;
    serial_ = first.serial;
    pending_.clear();
    at_ = 0;
    Packets headers;
    if (!headers.add(first)) return false;
    for (Page page; headers.count() < 3;)
      if (!next_page(page) || !headers.add(page)) return false;
    if (headers.list.size() != 3) return false; // sound begins on a page of its own
    static const uint8_t comments[] = {3, 'v', 'o', 'r', 'b', 'i', 's', 0, 0, 0, 0, 0, 0, 0, 0, 1};
    headers.list[1].assign(comments, comments + sizeof comments);
    pending_ = write_pages(headers.list, serial_);

    const stb_vorbis_alloc memory = {memory_.get(), static_cast<int>(kDecoderMemory)};
    int used = 0, error = 0;
    decoder_ = stb_vorbis_open_pushdata(pending_.data(), static_cast<int>(pending_.size()), &used, &error, &memory);
    if (!decoder_) return false;
    link_ = stb_vorbis_get_info(decoder_);
    at_ = static_cast<size_t>(used);
    return true;
  }

  // Decodes the next block of sound into planes_.
  bool next_block() {
    while (decoder_) {
      int count = 0;
      const int used = stb_vorbis_decode_frame_pushdata(decoder_, pending_.data() + at_, static_cast<int>(pending_.size() - at_), nullptr, &planes_, &count);
      at_ += static_cast<size_t>(used);
      if (count > 0) {
        ready_ = static_cast<size_t>(count);
        taken_ = 0;
        return true;
      }
      if (used > 0 || add_page()) continue;
      if (!next_link_ || !open_link(*next_link_)) return false;
    }
    return false;
  }

  // The next page of this stream. False at its end, and then next_link_ may hold what comes after it.
  bool next_page(Page &page) {
    while (read_page(bytes_, page)) {
      if (decoder_ && page.begins_vorbis()) {
        next_link_ = std::make_unique<Page>(std::move(page));
        return false;
      }
      if (page.serial == serial_) return true;
    }
    return false;
  }

  bool add_page() {
    next_link_.reset();
    Page page;
    if (pending_.size() - at_ > kMostPending || !next_page(page)) return false; // no packet needs that much
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    pending_.insert(pending_.end(), page.bytes.begin(), page.bytes.end());
    return true;
  }

  // The last page tells how many frames there are, unless it belongs to another link.
  uint64_t length() {
    const uint64_t here = bytes_.tell();
    bytes_.seek(bytes_.size() > kTail ? bytes_.size() - kTail : 0);
    Page page;
    uint64_t last = 0;
    while (read_page(bytes_, page)) last = page.serial == serial_ && page.granule < INT64_MAX ? page.granule : 0;
    bytes_.seek(here);
    return last;
  }

  Bytes &bytes_;
  std::unique_ptr<char[]> memory_;
  stb_vorbis *decoder_ = nullptr;
  stb_vorbis_info link_ = {};
  uint32_t serial_ = 0;
  std::unique_ptr<Page> next_link_;
  std::vector<uint8_t> pending_; // pages not decoded yet
  size_t at_ = 0;
  float **planes_ = nullptr;
  size_t ready_ = 0, taken_ = 0; // of planes_
  std::vector<float> frames_;
};

}  // namespace

std::unique_ptr<Pcm> open_vorbis(Bytes &bytes) {
  uint8_t head[4];
  if (!bytes.read_at(0, head, 4) || std::memcmp(head, "OggS", 4) != 0) return nullptr;
  bytes.seek(0);
  Page page;
  // All streams begin before the first goes on.
  while (read_page(bytes, page) && page.begins)
    if (page.begins_vorbis()) return std::make_unique<VorbisPcm>(bytes, page);
  fail(VB_E_AUDIO, "The Ogg file has no Vorbis stream.");
}

}  // namespace vb
