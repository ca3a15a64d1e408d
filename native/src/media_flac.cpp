// FLAC, bare (also behind an ID3v2 tag) and in Ogg, by dr_flac.
#include <cstring>

#include "media.h"
#include "media_thirdparty.h"

namespace vb {
namespace {

bool begins_flac(Bytes &bytes) {
  uint8_t head[64] = {};
  bytes.seek(0);
  const size_t got = bytes.read(head, sizeof head);
  if (got < 10) return false;
  if (std::memcmp(head, "fLaC", 4) == 0) return true;
  if (std::memcmp(head, "ID3", 3) == 0) {
    const uint64_t size = (head[6] & 0x7fu) << 21 | (head[7] & 0x7fu) << 14 | (head[8] & 0x7fu) << 7 | (head[9] & 0x7fu);
    return bytes.read_at(10 + size, head, 4) && std::memcmp(head, "fLaC", 4) == 0;
  }
  // An Ogg page header is 27 bytes and the table of its one segment; the mapping of FLAC begins 0x7F "FLAC".
  return std::memcmp(head, "OggS", 4) == 0 && got >= 33 && std::memcmp(head + 28, "\x7f" "FLAC", 5) == 0;
}

}  // namespace

std::unique_ptr<Pcm> open_flac(Bytes &bytes) {
  if (!begins_flac(bytes)) return nullptr;
  auto pcm = open_dr_flac(bytes);
  if (!pcm) fail(VB_E_AUDIO, "The FLAC header is cut off or damaged.");
  return pcm;
}

}  // namespace vb
