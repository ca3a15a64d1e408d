// What is used of miniaudio, whose decoders are declared inside its implementation only. See media_thirdparty.cpp.
#pragma once

#include "media.h"

namespace vb {

constexpr size_t kMostMp3Samples = 1152 * 2;

// minimp3: one frame of MPEG audio after the other.
class Mp3Decoder {
 public:
  Mp3Decoder();
  ~Mp3Decoder();
  void reset();

  // Looks for a frame in `size` bytes and decodes it into `pcm` (kMostMp3Samples). False: there is none in the first `spent` bytes.
  bool next(const uint8_t *bytes, size_t size, float *pcm);

  size_t spent = 0;      // bytes looked at, up to the end of the frame
  size_t frame_size = 0; // of which these, the last, are the frame
  size_t samples = 0;    // per channel
  bool silent = false;   // it leans on earlier frames that are missing: `pcm` was not written
  bool free_format = false; // its header does not tell its size, so it is easily mistaken
  int channels = 0;
  int rate = 0;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// dr_wav, for ADPCM; nullptr when it cannot read the header.
std::unique_ptr<Pcm> open_dr_wav(Bytes &bytes);
// dr_flac, bare or in Ogg; nullptr when it cannot read the header.
std::unique_ptr<Pcm> open_dr_flac(Bytes &bytes);

}  // namespace vb
