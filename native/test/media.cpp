// Media files: every kind of WAV, headers that lie, real recordings whole and damaged.
#include "harness.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace {

struct Read {
  int32_t code = VB_OK;
  std::string error;
  vb_media_info info = {};
  std::vector<std::vector<float>> planes;
  uint64_t repaired = 0;
};

// Reads to the end, in blocks of an awkward size.
Read read_all(vb_media *media, Read read, bool mono) {
  if (read.code != VB_OK) return read;
  const size_t planes = mono ? 1 : static_cast<size_t>(read.info.channels);
  const uint64_t capacity = VB_MEDIA_LEAST_CAPACITY + 11;
  std::vector<float> block(planes * capacity);
  read.planes.resize(planes);
  char error[VB_ERROR_SIZE] = "";
  uint64_t count = 0;
  while ((read.code = vb_media_read(media, mono, block.data(), capacity, &count, error)) == VB_OK && count > 0)
    for (size_t plane = 0; plane < planes; plane++)
      read.planes[plane].insert(read.planes[plane].end(), &block[plane * capacity], &block[plane * capacity] + count);
  read.error = error;
  read.repaired = vb_media_repaired(media);
  vb_media_free(media);
  return read;
}

Read read_memory(const std::vector<uint8_t> &bytes, bool mono = false) {
  Read read;
  read.info.struct_size = sizeof read.info;
  char error[VB_ERROR_SIZE] = "";
  vb_media *media = nullptr;
  read.code = vb_media_open_memory(bytes.data(), bytes.size(), &media, &read.info, error);
  read.error = error;
  if (read.code != VB_OK) CHECK(media == nullptr && error[0] != '\0');
  return read_all(media, read, mono);
}

Read read_path(const std::string &path, bool mono = false) {
  Read read;
  read.info.struct_size = sizeof read.info;
  char error[VB_ERROR_SIZE] = "";
  vb_media *media = nullptr;
  read.code = vb_media_open_file(path.c_str(), &media, &read.info, error);
  read.error = error;
  return read_all(media, read, mono);
}

void add(std::vector<uint8_t> &bytes, const std::string &text) { bytes.insert(bytes.end(), text.begin(), text.end()); }
void add_number(std::vector<uint8_t> &bytes, uint64_t value, int width, bool big = false) {
  for (int byte = 0; byte < width; byte++) bytes.push_back(static_cast<uint8_t>(value >> 8 * (big ? width - 1 - byte : byte)));
}

struct Wav {
  std::string riff = "RIFF";
  uint16_t tag = 1;
  uint16_t channels = 1;
  uint32_t rate = 16000;
  uint16_t bits = 16;
  uint16_t block = 0; // 0: what is right
  bool extensible = false;
  std::string before_data; // whole chunks
  uint32_t claimed = 0;    // bytes of samples; used when claims
  bool claims = false;
  std::vector<uint8_t> samples;

  std::vector<uint8_t> bytes() const {
    const bool big = riff == "RIFX";
    std::vector<uint8_t> out;
    add(out, riff);
    add_number(out, 0xffffffff, 4, big);
    add(out, "WAVEfmt ");
    add_number(out, extensible ? 40 : 16, 4, big);
    add_number(out, extensible ? 0xfffe : tag, 2, big);
    add_number(out, channels, 2, big);
    add_number(out, rate, 4, big);
    add_number(out, static_cast<uint64_t>(rate) * channels * bits / 8, 4, big);
    add_number(out, block ? block : channels * bits / 8, 2, big);
    add_number(out, bits, 2, big);
    if (extensible) {
      add_number(out, 22, 2, big);
      add_number(out, bits, 2, big);
      add_number(out, 0, 4, big);
      add_number(out, tag, 2, big);
      add(out, std::string("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71", 14));
    }
    add(out, before_data);
    add(out, "data");
    add_number(out, claims ? claimed : samples.size(), 4, big);
    out.insert(out.end(), samples.begin(), samples.end());
    return out;
  }
};

const double kValues[] = {0, 0.5, -0.5, 0.25, -1, 0.999, 0.001};

// The values as samples of a width; floats when `real`.
std::vector<uint8_t> coded(int bits, bool real, bool big) {
  std::vector<uint8_t> out;
  for (const double value : kValues) {
    uint64_t code = 0;
    if (real && bits == 64) std::memcpy(&code, &value, 8);
    else if (real) {
      const float single = static_cast<float>(value);
      std::memcpy(&code, &single, 4);
    } else if (bits == 8) code = static_cast<uint64_t>(std::lround(value * 127 + 128));
    else code = static_cast<uint64_t>(std::llround(std::max(-std::ldexp(1, bits - 1), std::min(std::ldexp(1, bits - 1) - 1, std::ldexp(value, bits - 1)))));
    add_number(out, code, bits / 8, big);
  }
  return out;
}

void check_values(const Read &read, double tolerance) {
  CHECK_EQUAL(read.code, VB_OK);
  if (read.planes.empty() || read.planes[0].size() != std::size(kValues)) {
    test::failed(__FILE__, __LINE__, "not as many samples as were written");
    return;
  }
  for (size_t at = 0; at < std::size(kValues); at++) CHECK(std::fabs(read.planes[0][at] - kValues[at]) <= tolerance);
}

std::string committed(const std::string &name) {
  const std::string here = __FILE__;
  return here.substr(0, here.rfind("native/test")) + "test/audio/" + name;
}

} // namespace

TEST("WAV: every width, both byte orders, plain and extensible") {
  for (const bool extensible : {false, true})
    for (const char *riff : {"RIFF", "RIFX", "RF64", "BW64"})
      for (const int bits : {8, 16, 24, 32, -32, -64}) {
        Wav wav;
        wav.riff = riff;
        wav.extensible = extensible;
        wav.bits = static_cast<uint16_t>(std::abs(bits));
        wav.tag = bits < 0 ? 3 : 1;
        wav.samples = coded(wav.bits, bits < 0, wav.riff == "RIFX");
        const Read read = read_memory(wav.bytes());
        CHECK_EQUAL(read.info.format, static_cast<int>(VB_MEDIA_WAV));
        CHECK_EQUAL(read.info.frames, uint64_t{std::size(kValues)});
        check_values(read, bits == 8 ? 0.009 : bits == 16 ? 4e-5 : 1e-6);
      }
}

TEST("WAV: 24 bits in containers of 4 bytes") {
  Wav wav;
  wav.bits = 24;
  wav.block = 4;
  for (const double value : kValues) add_number(wav.samples, static_cast<uint64_t>(std::llround(value * 8388607)) << 8, 4);
  check_values(read_memory(wav.bytes()), 1e-6);
}

TEST("WAV: G.711, by the loudest and the softest code of each law") {
  Wav wav;
  wav.bits = 8;
  wav.rate = 16000;
  wav.tag = 7;
  wav.samples = {0x00, 0x80, 0x7f, 0xff};
  const Read mulaw = read_memory(wav.bytes());
  const float expected_mulaw[] = {-32124, 32124, 0, 0}; // ITU-T G.711, table 2, on 16 bits
  for (size_t at = 0; at < 4; at++) CHECK(std::fabs(mulaw.planes.at(0).at(at) * 32768 - expected_mulaw[at]) < 0.5);
  wav.tag = 6;
  wav.samples = {0x2a, 0xaa, 0x55, 0xd5};
  const Read alaw = read_memory(wav.bytes());
  const float expected_alaw[] = {-32256, 32256, -8, 8};
  for (size_t at = 0; at < 4; at++) CHECK(std::fabs(alaw.planes.at(0).at(at) * 32768 - expected_alaw[at]) < 0.5);
}

TEST("WAV: sizes that are missing, open or false mean to the end of the file") {
  for (const uint32_t claimed : {0u, 0xffffffffu, 0x7fffff00u, 15u}) {
    Wav wav;
    wav.samples = coded(16, false, false);
    wav.claims = true;
    wav.claimed = claimed;
    check_values(read_memory(wav.bytes()), 4e-5);
    std::vector<uint8_t> cut = wav.bytes();
    cut.pop_back(); // half a sample is none
    CHECK_EQUAL(read_memory(cut).planes.at(0).size(), std::size(kValues) - 1);
  }
}

TEST("WAV: an empty data chunk before other chunks is empty") {
  Wav wav;
  wav.claims = true;
  add(wav.samples, std::string("LIST\x04\x00\x00\x00INFO", 12));
  const Read read = read_memory(wav.bytes());
  CHECK_EQUAL(read.code, VB_OK);
  CHECK_EQUAL(read.planes.at(0).size(), size_t{0});
}

TEST("WAV: odd chunks with and without their padding byte") {
  for (const size_t padding : {1, 0}) {
    Wav wav;
    wav.before_data = std::string("LIST\x03\0\0\0abc", 11) + std::string(padding, '\0');
    wav.samples = coded(16, false, false);
    check_values(read_memory(wav.bytes()), 4e-5);
  }
}

TEST("WAV: Wave64") {
  std::vector<uint8_t> out;
  const std::string riff_tail = std::string("\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", 12);
  const std::string tail = std::string("\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a", 12);
  add(out, "riff" + riff_tail);
  add_number(out, 0, 8);
  add(out, "wave" + tail + "fmt " + tail);
  add_number(out, 24 + 16, 8);
  for (const uint64_t word : {1, 1}) add_number(out, word, 2);
  add_number(out, 16000, 4);
  add_number(out, 32000, 4);
  for (const uint64_t word : {2, 16}) add_number(out, word, 2);
  add(out, "data" + tail);
  const std::vector<uint8_t> samples = coded(16, false, false);
  add_number(out, 24 + samples.size(), 8);
  out.insert(out.end(), samples.begin(), samples.end());
  check_values(read_memory(out), 4e-5);
}

TEST("WAV: samples that are no numbers become silence and are counted") {
  Wav wav;
  wav.tag = 3;
  wav.bits = 32;
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float value : {0.5f, std::nanf(""), infinity, -infinity, 1e30f, -0.25f, 3.0f}) {
    uint32_t code;
    std::memcpy(&code, &value, 4);
    add_number(wav.samples, code, 4);
  }
  const Read read = read_memory(wav.bytes());
  CHECK(read.planes.at(0) == (std::vector<float>{0.5f, 0, 0, 0, 0, -0.25f, 3.0f}));
  CHECK_EQUAL(read.repaired, uint64_t{4});
}

TEST("WAV: impossible headers are refused with what is wrong in them") {
  const auto refused = [](const Wav &wav, const char *word) {
    const Read read = read_memory(wav.bytes());
    CHECK_EQUAL(read.code, static_cast<int32_t>(VB_E_AUDIO));
    if (read.error.find(word) == std::string::npos) test::failed(__FILE__, __LINE__, "\"" + read.error + "\" lacks " + word);
  };
  Wav wav;
  wav.samples.assign(4000, 1);
  wav.channels = 0;
  refused(wav, "0 channels");
  wav.channels = 1000;
  refused(wav, "1000 channels");
  wav.channels = 1;
  for (const uint32_t rate : {0u, 1u, 10000000u, 0xffffffffu}) {
    wav.rate = rate;
    refused(wav, "Hz");
  }
  wav.rate = 8000;
  wav.bits = 0;
  refused(wav, "width");
  wav.bits = 65535;
  refused(wav, "width");
  wav.bits = 16;
  wav.tag = 0x55;
  refused(wav, "codec");
}

TEST("media: what is no media is refused") {
  const auto refused = [](const std::string &text) {
    std::vector<uint8_t> bytes;
    add(bytes, text);
    const Read read = read_memory(bytes);
    CHECK_EQUAL(read.code, static_cast<int32_t>(VB_E_AUDIO));
  };
  refused("");
  for (const char *begin : {"RIFF", "RIFFxxxxWAVE", "fLaC", "OggS", "ID3\x03", "\xff\xfb", "<!doctype html>", "PK\x03\x04"}) {
    refused(begin);
    refused(std::string(begin) + std::string(5000, '\0'));
    refused(std::string(begin) + std::string(300000, 'a'));
  }
  CHECK_EQUAL(read_path("/nonexistent/file.wav").code, static_cast<int32_t>(VB_E_IO));
}

TEST("media: files and memory give the same, and one channel is the mean of all") {
  for (const char *name : {"containers_jfk/jfk.mp3", "derived/codec_2414-128291-0006_stereo48k.mp3", "derived/phone_mulaw_1688-142285-0003.wav", "librispeech_test_other/1688-142285-0002.flac"}) {
    const std::string path = committed(name);
    const Read separate = read_path(path);
    CHECK_EQUAL(separate.code, VB_OK);
    CHECK(read_memory(test::read_file(path)).planes == separate.planes);
    const Read mono = read_path(path, true);
    float worst = 0;
    for (size_t at = 0; at < mono.planes.at(0).size(); at++) {
      float mean = 0;
      for (const auto &plane : separate.planes) mean += plane[at] / static_cast<float>(separate.planes.size());
      worst = std::max(worst, std::fabs(mean - mono.planes[0][at]));
    }
    CHECK(worst < 1e-5f);
  }
}

TEST("MP3: the encoder's delay and padding are taken away, and joined files are read to their end") {
  const std::vector<uint8_t> one = test::read_file(committed("containers_jfk/jfk.mp3"));
  const Read read = read_memory(one);
  CHECK_EQUAL(read.info.frames, uint64_t{176000}); // 11 s, as in jfk.wav
  CHECK_EQUAL(read.planes.at(0).size(), size_t{176000});
  std::vector<uint8_t> two = one;
  two.insert(two.end(), one.begin(), one.end());
  CHECK(read_memory(two).planes.at(0).size() > 2 * 176000);
  // Bytes that belong to no frame are passed over.
  std::vector<uint8_t> torn = one;
  const std::vector<uint8_t> junk(100000, 'x');
  torn.insert(torn.begin() + static_cast<std::ptrdiff_t>(torn.size() / 2), junk.begin(), junk.end());
  const double seconds = static_cast<double>(read_memory(torn).planes.at(0).size()) / 16000;
  CHECK(std::fabs(seconds - 11) < 0.3);
}

TEST("Ogg Vorbis: a chain of streams is one recording, and a stranger's pages are passed over") {
  const std::vector<uint8_t> one = test::read_file(committed("containers_jfk/jfk.ogg"));
  const Read read = read_memory(one);
  CHECK_EQUAL(read.info.format, static_cast<int>(VB_MEDIA_VORBIS));
  CHECK_EQUAL(read.planes.at(0).size(), size_t{176000});
  CHECK_EQUAL(read.info.frames, uint64_t{176000});
  std::vector<uint8_t> chain = one;
  chain.insert(chain.end(), one.begin(), one.end());
  const Read both = read_memory(chain);
  CHECK(both.planes.at(0).size() == 2 * 176000);
  // A page of another stream between the headers.
  std::vector<uint8_t> page(one.begin(), one.begin() + 58);
  page[14] ^= 0xff;
  page[28] = 'x'; // no Vorbis header
  std::vector<uint8_t> mixed = page;
  mixed.insert(mixed.end(), one.begin(), one.end());
  CHECK(read_memory(mixed).planes == read.planes);
}

TEST("media: damaged recordings never crash the reader") {
  std::vector<std::string> files = {committed("containers_jfk/jfk.mp3"), committed("containers_jfk/jfk.ogg"), committed("derived/codec_2414-128291-0006_stereo48k.mp3"), committed("derived/phone_mulaw_1688-142285-0003.wav"), committed("derived/quiet-45dB_2033-164914-0002.flac")};
  if (!test::paths.data.empty())
    for (const char *name : {"/containers_sonnet/p001.ogg", "/derived/codec_2414-128291-0006_adpcm.wav", "/formats_uberi/audio-stereo-24-bit-44100Hz.flac"})
      files.push_back(test::paths.data + name);
  for (const std::string &file : files) {
    std::vector<uint8_t> whole = test::read_file(file);
    whole.resize(std::min<size_t>(whole.size(), 16000));
    uint32_t random = 1;
    const auto draw = [&](size_t below) { return static_cast<size_t>((random = random * 1664525u + 1013904223u) >> 8) % below; };
    for (int round = 0; round < test::rounds(200); round++) {
      std::vector<uint8_t> bytes = whole;
      // Headers are hit as often as all the rest.
      const size_t reach = round % 2 == 0 ? std::min<size_t>(bytes.size(), 4500) : bytes.size();
      for (size_t hits = 1 + draw(round % 3 == 0 ? 4 : 60); hits > 0; hits--) bytes[draw(reach)] = static_cast<uint8_t>(draw(4) == 0 ? 255 : draw(256));
      if (draw(4) == 0) bytes.resize(1 + draw(bytes.size()));
      read_memory(bytes, round % 2 == 0);
    }
  }
}
