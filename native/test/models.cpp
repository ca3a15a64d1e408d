/* Opening models: good ones from file and memory, and every way of being malformed that was thought of, or drawn at random. */
#include "harness.h"

#include "../src/model_file.h"

#include <cstring>
#include <random>

namespace {

struct Opened {
  int32_t code;
  std::string error;
};

/* Opens from memory; what opens must also decode or say why not. */
Opened open_bytes(const std::vector<uint8_t> &bytes, bool and_decode = false) {
  char error[VB_ERROR_SIZE];
  vb_model *model = nullptr;
  const int32_t code = vb_model_open_memory(bytes.data(), bytes.size(), nullptr, &model, error);
  CHECK_EQUAL(code == VB_OK, model != nullptr);
  if (code != VB_OK) CHECK(error[0] != '\0');
  if (model && and_decode) {
    vb_state *state = nullptr;
    if (vb_state_new(model, &state, error) == VB_OK) {
      const std::vector<float> pcm = test::noise(0.5);
      vb_decode_options options = test::options();
      options.max_tokens = 4;
      options.times = VB_TIMES_WORDS;
      vb_buffer json = {};
      vb_decode(state, nullptr, pcm.data(), pcm.size(), &options, &json, error);
      vb_buffer_free(&json);
      vb_state_free(state);
    }
  }
  vb_model_free(model);
  return {code, error};
}

void put(std::vector<uint8_t> &bytes, size_t at, int32_t value) { std::memcpy(bytes.data() + at, &value, sizeof value); }

} // namespace

TEST("model: says what it is") {
  const test::Model model(test::paths.random_model);
  vb_buffer json = {};
  CHECK_EQUAL(vb_model_info(model.handle, &json, nullptr), VB_OK);
  const std::string info = test::take(json);
  CHECK_EQUAL(test::field(info, "quantisation"), "f16");
  CHECK_EQUAL(test::field(info, "multilingual"), "true");
  CHECK_EQUAL(test::field(info, "vocabulary"), "51865");
  CHECK(info.find("\"en\",\"zh\",\"de\"") != std::string::npos);
  CHECK(test::numbers(info, "memory")[0] > 1e6);

  const test::Model english(test::paths.random_english_model);
  CHECK_EQUAL(vb_model_info(english.handle, &json, nullptr), VB_OK);
  CHECK(test::take(json).find("\"languages\":[\"en\"]") != std::string::npos);
}

TEST("model: from memory it decodes as from a file") {
  const std::vector<uint8_t> bytes = test::read_file(test::paths.random_model);
  char error[VB_ERROR_SIZE];
  std::string texts[2];
  for (int i = 0; i < 2; i++) {
    vb_model *model = nullptr;
    const int32_t code = i == 0 ? vb_model_open_file(test::paths.random_model.c_str(), nullptr, &model, error)
                                : vb_model_open_memory(bytes.data(), bytes.size(), nullptr, &model, error);
    CHECK_EQUAL(code, VB_OK);
    vb_state *state = nullptr;
    CHECK_EQUAL(vb_state_new(model, &state, error), VB_OK);
    vb_model_free(model); // the state keeps what it needs
    vb_decode_options options = test::options();
    options.language = "en";
    options.max_tokens = 12;
    vb_buffer json = {};
    const std::vector<float> pcm = test::noise(2);
    CHECK_EQUAL(vb_decode(state, nullptr, pcm.data(), pcm.size(), &options, &json, error), VB_OK);
    texts[i] = test::field(test::take(json), "text");
    vb_state_free(state);
  }
  CHECK(!texts[0].empty());
  CHECK_EQUAL(texts[0], texts[1]);
}

TEST("model: what is none is refused with a reason") {
  char error[VB_ERROR_SIZE];
  vb_model *model = nullptr;
  CHECK_EQUAL(vb_model_open_file("/nonexistent/model.bin", nullptr, &model, error), VB_E_IO);
  CHECK(std::string(error).find("/nonexistent") == std::string::npos);
  CHECK(vb_model_open_file("/", nullptr, &model, error) != VB_OK);
  CHECK_EQUAL(vb_model_open_file(nullptr, nullptr, &model, error), VB_E_ARGUMENT);
  CHECK_EQUAL(vb_model_open_file("x", nullptr, nullptr, error), VB_E_ARGUMENT);
  vb_model_options odd = {};
  odd.struct_size = 3;
  CHECK_EQUAL(vb_model_open_file("x", &odd, &model, error), VB_E_ARGUMENT);
  odd.struct_size = 4000;
  CHECK_EQUAL(vb_model_open_file("x", &odd, &model, error), VB_E_ARGUMENT);

  CHECK_EQUAL(open_bytes({}).code, VB_E_MODEL == VB_E_ARGUMENT ? VB_OK : open_bytes({}).code);
  CHECK(open_bytes({}).code != VB_OK);
  CHECK_EQUAL(open_bytes({'l', 'm', 'g'}).code, VB_E_MODEL);
  CHECK_EQUAL(open_bytes(std::vector<uint8_t>(4096, 0)).code, VB_E_MODEL);
  CHECK_EQUAL(open_bytes({'G', 'G', 'U', 'F', 3, 0, 0, 0}).code, VB_E_MODEL);
}

TEST("model: cut anywhere it is refused") {
  const std::vector<uint8_t> whole = test::read_file(test::paths.random_model);
  std::vector<size_t> lengths = {4, 8, 20, 47, 48, 52, 56, 1000, 64376, 64380, 64384, whole.size() - 1, whole.size() - 200};
  std::mt19937 random(5);
  for (int i = 0; i < 60; i++) lengths.push_back(random() % whole.size());
  for (const size_t length : lengths) {
    const Opened opened = open_bytes(std::vector<uint8_t>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    CHECK_EQUAL(opened.code, VB_E_MODEL);
  }
}

TEST("model: absurd numbers in its head are refused") {
  const std::vector<uint8_t> whole = test::read_file(test::paths.random_model);
  for (size_t at = 0; at < 16 * 4; at += 4)
    for (const int32_t value : {0, -1, 1, 7, 1 << 16, 0x7fffffff, static_cast<int32_t>(0x80000000)}) {
      std::vector<uint8_t> bytes = whole;
      int32_t before;
      std::memcpy(&before, bytes.data() + at, sizeof before);
      const bool one_head = value == 1 && (at == 16 || at == 32); // as good a number of heads as any
      if (before == value || one_head) continue;
      put(bytes, at, value);
      const Opened opened = open_bytes(bytes, true);
      if (at < 56) CHECK(opened.code != VB_OK); // then come the mel filters, which may hold any number
    }
}

TEST("model: broken tensors are refused") {
  const std::vector<uint8_t> whole = test::read_file(test::paths.random_model);
  vb::ModelSource source = vb::ModelSource::memory(whole.data(), whole.size());
  const vb::ModelLayout layout = vb::read_layout(source);
  CHECK_EQUAL(layout.tensors.size(), size_t{11 + 3 * 15 + 3 * 24});
  for (size_t i = 0; i < layout.tensors.size(); i += 9) {
    const vb::ModelTensor &tensor = layout.tensors[i];
    const size_t head = tensor.data - tensor.name.size() - 4 * static_cast<size_t>(tensor.dimensions) - 12;
    for (size_t field = 0; field < 12 + 4 * static_cast<size_t>(tensor.dimensions); field += 4)
      for (const int32_t value : {0, -1, 3, 99, 0x7fffffff}) {
        std::vector<uint8_t> bytes = whole;
        int32_t before;
        std::memcpy(&before, bytes.data() + head + field, sizeof before);
        if (before == value) continue;
        put(bytes, head + field, value);
        CHECK(open_bytes(bytes).code != VB_OK);
      }
    std::vector<uint8_t> renamed = whole;
    renamed[tensor.data - 1] = '?';
    CHECK(open_bytes(renamed).code != VB_OK);
  }
  // One tensor twice, another one missing.
  std::vector<uint8_t> doubled = whole;
  const vb::ModelTensor &a = layout.tensors[5], &b = layout.tensors[6];
  if (a.name.size() == b.name.size()) std::memcpy(doubled.data() + b.data - b.name.size(), a.name.data(), a.name.size());
  doubled.insert(doubled.end(), whole.begin() + static_cast<std::ptrdiff_t>(b.data - 60), whole.end());
  CHECK(open_bytes(doubled).code != VB_OK);
}

TEST("model: random damage never crashes") {
  const std::vector<uint8_t> whole = test::read_file(test::paths.random_model);
  std::mt19937 random(11);
  for (int round = 0; round < test::rounds(120); round++) {
    std::vector<uint8_t> bytes = whole;
    // Half of the rounds damage the head and vocabulary, half the tensors; weights may become infinite or no numbers.
    const size_t most = round % 2 == 0 ? 64380 + 200000 : bytes.size();
    const size_t least = round % 4 == 1 ? bytes.size() - 200000 : 0;
    const int changes = 1 << (random() % 8);
    for (int i = 0; i < changes; i++) bytes[least + random() % (most - least)] = static_cast<uint8_t>(random());
    open_bytes(bytes, true);
  }
  for (int round = 0; round < 50; round++) {
    std::vector<uint8_t> bytes(random() % 100000);
    for (uint8_t &byte : bytes) byte = static_cast<uint8_t>(random());
    if (bytes.size() > 4 && round % 2) std::memcpy(bytes.data(), "lmgg", 4);
    CHECK(open_bytes(bytes).code != VB_OK);
  }
}

TEST("model: weights that are no numbers give an error, not a text") {
  std::vector<uint8_t> bytes = test::read_file(test::paths.random_english_model);
  vb::ModelSource source = vb::ModelSource::memory(bytes.data(), bytes.size());
  for (const vb::ModelTensor &tensor : vb::read_layout(source).tensors)
    if (tensor.name == "decoder.ln.weight") std::memset(bytes.data() + tensor.data, 0xFF, tensor.bytes);
  char error[VB_ERROR_SIZE];
  vb_model *model = nullptr;
  vb_state *state = nullptr;
  CHECK_EQUAL(vb_model_open_memory(bytes.data(), bytes.size(), nullptr, &model, error), VB_OK);
  CHECK_EQUAL(vb_state_new(model, &state, error), VB_OK);
  const std::vector<float> pcm = test::noise(1);
  for (const int32_t beam : {1, 3}) {
    vb_decode_options options = test::options();
    options.beam_size = beam;
    vb_buffer json = {};
    CHECK_EQUAL(vb_decode(state, nullptr, pcm.data(), pcm.size(), &options, &json, error), VB_E_BACKEND);
  }
  vb_state_free(state);
  vb_model_free(model);
}

TEST("model: a decode that meets no numbers spoils none after it") {
  std::vector<uint8_t> bytes = test::read_file(test::paths.random_english_model);
  vb::ModelSource source = vb::ModelSource::memory(bytes.data(), bytes.size());
  constexpr size_t kPosition = 12;
  for (const vb::ModelTensor &tensor : vb::read_layout(source).tensors)
    if (tensor.name == "decoder.positional_embedding")
      std::memset(bytes.data() + tensor.data + kPosition * tensor.bytes / 448, 0xFF, tensor.bytes / 448);
  char error[VB_ERROR_SIZE];
  vb_model *model = nullptr;
  vb_state *state = nullptr;
  CHECK_EQUAL(vb_model_open_memory(bytes.data(), bytes.size(), nullptr, &model, error), VB_OK);
  CHECK_EQUAL(vb_state_new(model, &state, error), VB_OK);
  const std::vector<float> pcm = test::noise(1);
  vb_decode_options options = test::options();
  options.audio_ctx = 64;
  for (const int32_t beam : {0, 3}) {
    options.beam_size = beam;
    std::string texts[2];
    for (std::string &text : texts) {
      vb_buffer json = {};
      options.max_tokens = kPosition - 2;
      CHECK_EQUAL(vb_decode(state, nullptr, pcm.data(), pcm.size(), &options, &json, error), VB_OK);
      text = test::field(test::take(json), "text");
      options.max_tokens = 2 * kPosition;
      CHECK_EQUAL(vb_decode(state, nullptr, pcm.data(), pcm.size(), &options, &json, error), VB_E_BACKEND);
    }
    CHECK_EQUAL(texts[0], texts[1]);
  }
  vb_state_free(state);
  vb_model_free(model);
}
