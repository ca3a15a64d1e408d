/* See model_file.h. */
#include "model_file.h"

#include "ggml.h"

#include <algorithm>
#include <cerrno>
#include <map>

namespace vb {

namespace {

constexpr uint32_t kMagic = 0x67676d6c; // "ggml"
constexpr int32_t kFrequencyBins = 201; // of a 400 point transform

[[noreturn]] void malformed(const std::string &why) { fail(VB_E_MODEL, "The model file is malformed: " + why + "."); }

template <typename Value> Value take(ModelSource &source, const char *what) {
  Value value;
  if (source.read(&value, sizeof value) != sizeof value) malformed(std::string("it ends inside ") + what);
  return value;
}

void check_range(int32_t value, int32_t least, int32_t most, const char *name) {
  if (value < least || value > most) malformed(std::string(name) + " is " + std::to_string(value));
}

/* Limits well above any Whisper (large: 1280 wide, 32 layers, 51866 tokens), low enough that no product overflows. */
void check_dimensions(const ModelDimensions &d) {
  check_range(d.vocabulary, 51864, 51866, "the vocabulary's size"); // English, 99 and 100 languages
  check_range(d.audio_context, 64, 1500, "the audio context");
  check_range(d.text_context, 64, 4096, "the text context");
  check_range(d.audio_state, 32, 8192, "the audio state");
  check_range(d.text_state, 32, 8192, "the text state");
  check_range(d.audio_heads, 1, 256, "the number of audio heads");
  check_range(d.text_heads, 1, 256, "the number of text heads");
  check_range(d.audio_layers, 1, 128, "the number of audio layers");
  check_range(d.text_layers, 1, 128, "the number of text layers");
  check_range(d.mels, 1, 256, "the number of mel bands");
  if (d.audio_state != d.text_state) malformed("its encoder and decoder differ in width");
  if (d.audio_state % d.audio_heads != 0 || d.text_state % d.text_heads != 0 || (d.text_state / d.text_heads) % 8 != 0 ||
      (d.audio_state / d.audio_heads) % 8 != 0)
    malformed("its heads do not divide its width");
}

/* The weight type that a file type stands for; GGML_TYPE_COUNT for one that no Whisper model is made of. */
ggml_type weight_type(int32_t file_type) {
  switch (file_type) {
  case GGML_FTYPE_ALL_F32:
  case GGML_FTYPE_MOSTLY_F16:
  case GGML_FTYPE_MOSTLY_Q4_0:
  case GGML_FTYPE_MOSTLY_Q4_1:
  case GGML_FTYPE_MOSTLY_Q5_0:
  case GGML_FTYPE_MOSTLY_Q5_1:
  case GGML_FTYPE_MOSTLY_Q8_0:
  case GGML_FTYPE_MOSTLY_Q2_K:
  case GGML_FTYPE_MOSTLY_Q3_K:
  case GGML_FTYPE_MOSTLY_Q4_K:
  case GGML_FTYPE_MOSTLY_Q5_K:
  case GGML_FTYPE_MOSTLY_Q6_K:
    return ggml_ftype_to_ggml_type(static_cast<ggml_ftype>(file_type));
  default:
    return GGML_TYPE_COUNT;
  }
}

bool is_weight_type(int32_t type) {
  for (int32_t file_type = 0; file_type <= GGML_FTYPE_MOSTLY_Q6_K; file_type++)
    if (weight_type(file_type) == type) return true;
  return false;
}

/* Every tensor that a model of these dimensions has, with the shape and type that upstream will look for. */
std::map<std::string, ModelTensor> expected_tensors(const ModelDimensions &d) {
  const int32_t width = d.audio_state;
  const int32_t matrix = weight_type(d.type % GGML_QNT_VERSION_FACTOR);
  const int32_t convolution = matrix == GGML_TYPE_F32 ? GGML_TYPE_F32 : GGML_TYPE_F16;
  std::map<std::string, ModelTensor> expected;
  const auto add = [&](const std::string &name, int32_t type, int32_t a, int32_t b = 0, int32_t c = 0) {
    expected[name] = {name, c ? 3 : b ? 2 : 1, {a, b ? b : 1, c ? c : 1, 1}, type, 0, 0};
  };
  const auto norm = [&](const std::string &name) {
    add(name + ".weight", GGML_TYPE_F32, width);
    add(name + ".bias", GGML_TYPE_F32, width);
  };
  const auto linear = [&](const std::string &name, int32_t from, int32_t to) {
    add(name + ".weight", matrix, from, to);
    add(name + ".bias", GGML_TYPE_F32, to);
  };
  const auto attention = [&](const std::string &name) {
    norm(name + "_ln");
    for (const char *part : {".query", ".value", ".out"}) linear(name + part, width, width);
    add(name + ".key.weight", matrix, width, width);
  };
  const auto block = [&](const std::string &name, bool crossed) {
    attention(name + ".attn");
    if (crossed) attention(name + ".cross_attn");
    norm(name + ".mlp_ln");
    linear(name + ".mlp.0", width, 4 * width);
    linear(name + ".mlp.2", 4 * width, width);
  };
  add("encoder.positional_embedding", GGML_TYPE_F32, width, d.audio_context);
  add("encoder.conv1.weight", convolution, 3, d.mels, width);
  add("encoder.conv1.bias", GGML_TYPE_F32, 1, width);
  add("encoder.conv2.weight", convolution, 3, width, width);
  add("encoder.conv2.bias", GGML_TYPE_F32, 1, width);
  norm("encoder.ln_post");
  for (int32_t i = 0; i < d.audio_layers; i++) block("encoder.blocks." + std::to_string(i), false);
  add("decoder.positional_embedding", GGML_TYPE_F32, width, d.text_context);
  add("decoder.token_embedding.weight", matrix, width, d.vocabulary);
  norm("decoder.ln");
  for (int32_t i = 0; i < d.text_layers; i++) block("decoder.blocks." + std::to_string(i), true);
  return expected;
}

ModelTensor read_tensor(ModelSource &source) {
  ModelTensor tensor = {};
  tensor.dimensions = take<int32_t>(source, "a tensor's header");
  const auto name_length = take<int32_t>(source, "a tensor's header");
  tensor.type = take<int32_t>(source, "a tensor's header");
  check_range(tensor.dimensions, 1, 3, "a tensor's number of dimensions");
  check_range(name_length, 1, 256, "the length of a tensor's name");
  if (!is_weight_type(tensor.type)) malformed("a tensor is of unknown type " + std::to_string(tensor.type));

  uint64_t elements = 1;
  std::fill(std::begin(tensor.shape), std::end(tensor.shape), 1);
  for (int32_t i = 0; i < tensor.dimensions; i++) {
    tensor.shape[i] = take<int32_t>(source, "a tensor's shape");
    check_range(tensor.shape[i], 1, 1 << 20, "a tensor's dimension");
    elements *= static_cast<uint64_t>(tensor.shape[i]);
    if (elements > (1ull << 31) - 1) malformed("a tensor is too large");
  }
  tensor.name.resize(static_cast<size_t>(name_length));
  if (source.read(tensor.name.data(), tensor.name.size()) != tensor.name.size()) malformed("it ends inside a tensor's name");

  const auto type = static_cast<ggml_type>(tensor.type);
  const auto block = static_cast<uint64_t>(ggml_blck_size(type));
  if (static_cast<uint64_t>(tensor.shape[0]) % block != 0) malformed("a tensor's rows are no whole blocks");
  tensor.bytes = elements / block * ggml_type_size(type);
  tensor.data = source.position();
  if (tensor.bytes > source.size() - tensor.data) malformed("it ends inside its weights");
  source.seek(tensor.data + tensor.bytes);
  return tensor;
}

} // namespace

ModelSource ModelSource::file(const char *path) {
  ModelSource source;
  source.handle = read_file(path);
  if (!source.handle) fail(VB_E_IO, std::string("The model file cannot be opened: ") + std::strerror(errno) + ".");
  if (!seek_file(source.handle.get(), 0, SEEK_END)) fail(VB_E_IO, "The model file cannot be read.");
  const int64_t end = tell_file(source.handle.get());
  if (end < 0 || end == INT64_MAX) fail(VB_E_IO, "The model file cannot be read: it is no regular file.");
  source.total = static_cast<uint64_t>(end);
  std::rewind(source.handle.get());
  return source;
}

ModelSource ModelSource::memory(const void *bytes, uint64_t size) {
  ModelSource source;
  source.bytes = static_cast<const uint8_t *>(bytes);
  source.total = size;
  return source;
}

size_t ModelSource::read(void *into, size_t count) {
  const size_t there = static_cast<size_t>(std::min<uint64_t>(count, total - at));
  size_t got = there;
  if (bytes)
    std::memcpy(into, bytes + at, there);
  else
    got = std::fread(into, 1, there, handle.get());
  if (got < count) {
    std::memset(static_cast<uint8_t *>(into) + got, 0, count - got);
    past_end = true;
  }
  at += got;
  return got;
}

void ModelSource::seek(uint64_t position) {
  const uint64_t from = at;
  at = std::min(position, total);
  past_end = false;
  if (!handle) return;
  // What is a few bytes ahead, past a word of the vocabulary, is read: a seek asks the system, fifty thousand times.
  char passed[64];
  const bool near = at >= from && at - from <= sizeof passed && !std::feof(handle.get());
  const auto ahead = static_cast<size_t>(at - from);
  if (near ? std::fread(passed, 1, ahead, handle.get()) != ahead : !seek_file(handle.get(), static_cast<int64_t>(at), SEEK_SET))
    fail(VB_E_IO, "The model file cannot be read.");
}

ModelLayout read_layout(ModelSource &source) {
  ModelLayout layout = {};
  source.seek(0);
  if (source.size() < 4 || take<uint32_t>(source, "its first bytes") != kMagic) fail(VB_E_MODEL, "This is no ggml Whisper model.");

  ModelDimensions &d = layout.dimensions;
  for (int32_t *value : {&d.vocabulary, &d.audio_context, &d.audio_state, &d.audio_heads, &d.audio_layers, &d.text_context, &d.text_state,
                         &d.text_heads, &d.text_layers, &d.mels, &d.type})
    *value = take<int32_t>(source, "its dimensions");
  check_dimensions(d);
  if (d.type < 0 || d.type / GGML_QNT_VERSION_FACTOR > GGML_QNT_VERSION || weight_type(d.type % GGML_QNT_VERSION_FACTOR) == GGML_TYPE_COUNT)
    malformed("its weights are of unknown type " + std::to_string(d.type));

  layout.filters = source.position();
  const auto bands = take<int32_t>(source, "its mel filters");
  const auto bins = take<int32_t>(source, "its mel filters");
  if (bands != d.mels || bins != kFrequencyBins) malformed("its mel filters do not fit its dimensions");
  source.seek(source.position() + static_cast<uint64_t>(bands) * kFrequencyBins * sizeof(float));

  const auto words = take<int32_t>(source, "its vocabulary");
  check_range(words, 50256, d.vocabulary, "the number of words");
  for (int32_t i = 0; i < words; i++) {
    const auto length = take<uint32_t>(source, "its vocabulary");
    if (length > 1024) malformed("a word of its vocabulary is too long");
    if (source.position() + length > source.size()) malformed("it ends inside its vocabulary");
    source.seek(source.position() + length);
  }

  layout.tensors_start = source.position();
  std::map<std::string, ModelTensor> missing = expected_tensors(d);
  while (source.position() < source.size()) {
    layout.tensors.push_back(read_tensor(source));
    const ModelTensor &tensor = layout.tensors.back();
    const auto expected = missing.find(tensor.name);
    if (expected == missing.end()) malformed("it holds a tensor too many");
    if (expected->second.type != tensor.type || expected->second.dimensions != tensor.dimensions ||
        !std::equal(std::begin(tensor.shape), std::end(tensor.shape), expected->second.shape))
      malformed("a tensor does not fit its dimensions");
    missing.erase(expected);
  }
  if (!missing.empty()) malformed("a tensor is missing: " + missing.begin()->first);
  source.seek(0);
  return layout;
}

} // namespace vb
