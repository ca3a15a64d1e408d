/*
 * An open model: the weights in whisper.cpp's hands and what the shim derives from them once.
 */
#pragma once

#include "model_file.h"
#include "whisper_core.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace vb {

struct Model {
  core::Context context;
  ModelDimensions dimensions;
  core::SpecialTokens tokens;
  std::vector<std::string> vocabulary;
  std::unordered_map<std::string, int32_t> ids; /* of text tokens, by their bytes */
  std::vector<int32_t> never;                   /* tokens that no text may hold: languages, tasks, markers */
  std::vector<int32_t> non_speech;              /* tokens of symbols that are not spoken */
  int32_t space;                                /* the token " ", -1 when there is none */
  std::vector<core::Head> heads;                /* whose attention follows the audio */
  std::string type;
  std::string quantisation;
};

/* Reads, checks and opens; takes the place of upstream's loaders. */
std::shared_ptr<const Model> open_model(ModelSource &source, const vb_model_options &options);

/* Byte pair encoding, as GPT-2 does it: merges by rank, and a token's id is its rank. */
std::vector<int32_t> tokenize(const Model &model, const std::string &text);

} // namespace vb

struct vb_model {
  std::shared_ptr<const vb::Model> model;
};
