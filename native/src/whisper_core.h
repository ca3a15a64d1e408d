/*
 * The only door to whisper.cpp: its translation unit is compiled inside whisper_core.cpp, where its internals (graphs, caches) are
 * in reach, and everything else of the shim sees this header. Failures are thrown (boundary.h).
 */
#pragma once

#include "model_file.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

struct whisper_context;
struct whisper_state;

namespace vb::core {

/* Ids of the tokens that are no text. Text is everything below `end`; timestamps are everything from `time_zero` on, 20 ms apart. */
struct SpecialTokens {
  int32_t end, start, translate, transcribe, start_of_lm, previous, no_speech, no_timestamps, time_zero;
  int32_t languages; /* how many; their tokens follow `start` */
  int32_t count;     /* size of the vocabulary */
  bool multilingual;
};

/* A cross-attention head of the decoder. */
struct Head {
  int32_t layer, head;
};

struct FreeContext {
  void operator()(whisper_context *context) const;
};
struct FreeState {
  void operator()(whisper_state *state) const;
};
using Context = std::unique_ptr<whisper_context, FreeContext>;
using State = std::unique_ptr<whisper_state, FreeState>;

Context open_context(ModelSource &source, bool use_gpu, int32_t gpu_device);
SpecialTokens special_tokens(const whisper_context *context);
/* Takes the vocabulary out, which nothing in there needs any more: bytes of each token, by id. */
std::vector<std::string> take_vocabulary(whisper_context *context);
/* "tiny", "base", ..., "unknown". */
std::string model_type(const whisper_context *context);
uint64_t weight_bytes(const whisper_context *context);
/* Heads whose attention follows the audio: chosen by measuring where that was possible, else all heads of the upper half of the layers. */
std::vector<Head> alignment_heads(const whisper_context *context);
/* The mel filter bank: bands x 201. */
const std::vector<float> &mel_filters(const whisper_context *context);

/* Code of a language by its index, NULL past the last. */
const char *language_code(int32_t index);
/* -1 for an unknown one. */
int32_t language_index(const std::string &code);

/* `stop` is looked at between the operations of every graph: when it points to a word that is not 0, the computation ends early. */
State new_state(whisper_context *context, std::atomic<const std::atomic<int32_t> *> *stop);

/* Runs the encoder over a log-mel spectrogram of `bands` rows of 2 * audio_context frames. */
void encode(whisper_context *context, whisper_state *state, const std::vector<float> &mel, int32_t audio_context, int32_t threads);

/* One token that goes into a pass of the decoder. */
struct Input {
  int32_t token;
  int32_t position;
  int32_t sequence;
  bool wants_logits;
};

/* Makes room for so many sequences side by side and forgets all of them. */
void clear_sequences(whisper_context *context, whisper_state *state, int32_t sequences);
/* Sequence `to` becomes a copy of `from`, sharing its past. */
void copy_sequence(whisper_state *state, int32_t from, int32_t to);
void drop_sequence(whisper_state *state, int32_t sequence);
/* Tokens that there is memory for now; it grows with what is decoded, and goes back. */
uint32_t cells_held(const whisper_state *state);
/* Wipes what the cache's cells hold: a mask hides any number, but not what is none (GPUs look at cells beyond the sequences). */
void wipe_cells(whisper_state *state);

/* Cross-attention that a pass gives as a by-product. */
struct Attention {
  const std::vector<Head> *heads;
  int32_t first;           /* of the inputs whose attention is wanted; the others come before it */
  std::vector<float> rows; /* [head][input from `first` on][audio_context] */
};

/*
 * One pass over `inputs`; `attention` may be NULL. Returns one row of the vocabulary's size for each input that wants logits, in order,
 * which may be written to and is valid until the next pass.
 */
float *decode(whisper_context *context, whisper_state *state, const std::vector<Input> &inputs, Attention *attention, int32_t threads);

} // namespace vb::core
