/*
 * The ggml model file, read by us before whisper.cpp sees it. Upstream trusts every number in it (sizes it multiplies, lengths it
 * allocates, counts it loops over), so everything is checked here first, and upstream then only reads what is known to be sound.
 *
 * Layout, little endian: magic, 11 dimensions, mel filters, vocabulary, then tensors until the end, each with its own header.
 */
#pragma once

#include "boundary.h"
#include "files.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vb {

/* A place to read a model from: a file or memory. Reading past the end is remembered, never undefined. */
class ModelSource {
public:
  static ModelSource file(const char *path);
  static ModelSource memory(const void *bytes, uint64_t size);

  uint64_t size() const { return total; }
  uint64_t position() const { return at; }
  bool at_end() const { return past_end; }
  /* Reads up to `count` bytes; what is missing is zero. Returns the bytes read. */
  size_t read(void *into, size_t count);
  void seek(uint64_t position);

private:
  File handle;
  const uint8_t *bytes = nullptr;
  uint64_t total = 0;
  uint64_t at = 0;
  bool past_end = false;
};

struct ModelDimensions {
  int32_t vocabulary, audio_context, audio_state, audio_heads, audio_layers;
  int32_t text_context, text_state, text_heads, text_layers;
  int32_t mels, type; /* type: ggml_ftype, plus 1000 times the quantisation version */
};

struct ModelTensor {
  std::string name;
  int32_t dimensions;
  int32_t shape[4];
  int32_t type;  /* ggml_type */
  uint64_t data; /* offset of its bytes */
  uint64_t bytes;
};

struct ModelLayout {
  ModelDimensions dimensions;
  uint64_t filters; /* offset of the mel filters */
  uint64_t tensors_start;
  std::vector<ModelTensor> tensors;
};

/* Reads and checks everything but the weights themselves; throws VB_E_MODEL with the reason. */
ModelLayout read_layout(ModelSource &source);

} // namespace vb
