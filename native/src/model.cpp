/* Opening models and telling what they are. See model.h. */
#include "model.h"

#include "json.h"
#include "library.h"

#include "ggml.h"

namespace vb {

namespace {

/* Symbols that people do not say (openai/whisper, tokenizer.py: non_speech_tokens); each also with a space before it. */
const char *const kNonSpeech[] = {"\"", "#", "(", ")",  "*",  "+",  "/",  ":",  ";",  "<",  "=",  ">",   "@",   "[",  "\\",  "]",  "^",
                                  "_",  "`", "{", "|",  "}",  "~",  "「", "」", "『", "』", "<<", ">>",  "<<<", ">>>", "--",  "---", "-(",
                                  "-[", "('", "(\"", "((", "))", "(((", ")))", "[[", "]]", "{{", "}}",  "♪♪",  "♪♪♪", "♩",   "♪",  "♫",
                                  "♬",  "♭", "♮", "♯"};

std::string quantisation_of(int32_t type) {
  switch (type % GGML_QNT_VERSION_FACTOR) {
  case GGML_FTYPE_ALL_F32: return "f32";
  case GGML_FTYPE_MOSTLY_F16: return "f16";
  case GGML_FTYPE_MOSTLY_Q4_0: return "q4_0";
  case GGML_FTYPE_MOSTLY_Q4_1: return "q4_1";
  case GGML_FTYPE_MOSTLY_Q5_0: return "q5_0";
  case GGML_FTYPE_MOSTLY_Q5_1: return "q5_1";
  case GGML_FTYPE_MOSTLY_Q8_0: return "q8_0";
  case GGML_FTYPE_MOSTLY_Q2_K: return "q2_k";
  case GGML_FTYPE_MOSTLY_Q3_K: return "q3_k";
  case GGML_FTYPE_MOSTLY_Q4_K: return "q4_k";
  case GGML_FTYPE_MOSTLY_Q5_K: return "q5_k";
  case GGML_FTYPE_MOSTLY_Q6_K: return "q6_k";
  default: return "unknown";
  }
}

void list_suppressed(Model &model) {
  const core::SpecialTokens &t = model.tokens;
  // Everything between the end and the first timestamp is a marker: languages, tasks, no-speech, no-timestamps.
  for (int32_t id = t.end + 1; id < t.time_zero; id++) model.never.push_back(id);

  const auto suppress = [&](const std::string &text) {
    if (const auto found = model.ids.find(text); found != model.ids.end()) model.non_speech.push_back(found->second);
  };
  for (const char *symbol : kNonSpeech) {
    suppress(symbol);
    suppress(std::string(" ") + symbol);
  }
  // Inside a word a hyphen and an apostrophe are spoken, at its start they are not.
  suppress(" -");
  suppress(" '");
}

} // namespace

std::shared_ptr<const Model> open_model(ModelSource &source, const vb_model_options &options) {
  route_logs();
  const ModelLayout layout = read_layout(source);
  auto model = std::make_shared<Model>();
  model->dimensions = layout.dimensions;
  model->context = core::open_context(source, options.use_gpu != 0, options.gpu_device);
  model->tokens = core::special_tokens(model->context.get());
  model->vocabulary = core::take_vocabulary(model->context.get());
  for (int32_t id = 0; id < model->tokens.end; id++) model->ids.emplace(model->vocabulary[static_cast<size_t>(id)], id);
  const auto space = model->ids.find(" ");
  model->space = space == model->ids.end() ? -1 : space->second;
  list_suppressed(*model);
  model->heads = core::alignment_heads(model->context.get());
  model->type = core::model_type(model->context.get());
  model->quantisation = quantisation_of(layout.dimensions.type);
  return model;
}

namespace {

std::string describe(const Model &model) {
  Json json;
  json.object();
  json.key("type").text(model.type).key("quantisation").text(model.quantisation);
  json.key("multilingual").boolean(model.tokens.multilingual);
  json.key("languages").array();
  const int32_t languages = model.tokens.multilingual ? model.tokens.languages : 1;
  for (int32_t i = 0; i < languages; i++)
    if (const char *code = core::language_code(i)) json.text(code);
  json.end_array();
  json.key("vocabulary").integer(model.tokens.count);
  json.key("audioContext").integer(model.dimensions.audio_context);
  json.key("textContext").integer(model.dimensions.text_context);
  json.key("melBands").integer(model.dimensions.mels);
  json.key("memory").integer(static_cast<int64_t>(core::weight_bytes(model.context.get())));
  json.end_object();
  return json.str();
}

int32_t open_from(ModelSource (*source)(const void *, uint64_t), const void *what, uint64_t size, const vb_model_options *options,
                  vb_model **model, char *error) {
  return guarded(error, [&] {
    if (!what || !model) fail(VB_E_ARGUMENT, "No model to open, or no place for it.");
    *model = nullptr;
    const vb_model_options given = read_options(options);
    if (given.gpu_device < 0) fail(VB_E_ARGUMENT, "The GPU's number is negative.");
    ModelSource from = source(what, size);
    *model = new vb_model{open_model(from, given)};
  });
}

} // namespace

} // namespace vb

extern "C" {

int32_t vb_model_open_file(const char *path, const vb_model_options *options, vb_model **model, char *error) {
  return vb::open_from([](const void *from, uint64_t) { return vb::ModelSource::file(static_cast<const char *>(from)); }, path, 0, options,
                       model, error);
}

int32_t vb_model_open_memory(const void *bytes, uint64_t size, const vb_model_options *options, vb_model **model, char *error) {
  return vb::open_from(vb::ModelSource::memory, bytes, size, options, model, error);
}

void vb_model_free(vb_model *model) { delete model; }

int32_t vb_model_info(const vb_model *model, vb_buffer *json, char *error) {
  return vb::guarded(error, [&] {
    if (!model || !json) vb::fail(VB_E_ARGUMENT, "No model, or no buffer.");
    vb::give(json, vb::describe(*model->model));
  });
}

int32_t vb_tokenize(const vb_model *model, const char *text, int32_t *ids, int32_t capacity) {
  int32_t count = 0;
  const int32_t failed = vb::guarded(nullptr, [&] {
    if (!model || !text || capacity < 0 || (capacity > 0 && !ids)) vb::fail(VB_E_ARGUMENT, "No model, text or room.");
    const std::vector<int32_t> tokens = vb::tokenize(*model->model, text);
    count = static_cast<int32_t>(tokens.size());
    for (int32_t i = 0; i < count && i < capacity; i++) ids[i] = tokens[static_cast<size_t>(i)];
  });
  return failed ? 0 : count;
}
}
