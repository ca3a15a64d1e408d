/* What a decode does with its options, on a model of random weights and, when it is there, on base.en with real speech. */
#include "harness.h"

#include "../src/state.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace {

const test::Model &multilingual() {
  static const test::Model model(test::paths.random_model);
  return model;
}

const test::Model &english() {
  static const test::Model model(test::paths.random_english_model);
  return model;
}

bool has_speech() { return !test::paths.base_en.empty() && !test::paths.data.empty(); }

const test::Model &base_en() {
  static const test::Model model(test::paths.base_en);
  return model;
}

std::vector<float> read_speech(const std::string &name) {
  char error[VB_ERROR_SIZE];
  vb_media *media = nullptr;
  vb_media_info info = {};
  info.struct_size = sizeof info;
  std::vector<float> pcm;
  if (vb_media_open_file((test::paths.data + "/" + name).c_str(), &media, &info, error) != VB_OK) {
    test::failed(__FILE__, __LINE__, name + ": " + error);
    return pcm;
  }
  std::vector<float> piece(1 << 16);
  uint64_t count = 0;
  while (vb_media_read(media, 1, piece.data(), piece.size(), &count, error) == VB_OK && count > 0)
    pcm.insert(pcm.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
  vb_media_free(media);
  return pcm;
}

const char kClip[] = "librispeech_test_other/1688-142285-0001.flac";

} // namespace

TEST("decode: bad arguments are refused, each with a sentence") {
  const test::State state(multilingual());
  const std::vector<float> pcm = test::noise(1);
  const auto code = [&](void (*change)(vb_decode_options &)) {
    vb_decode_options options = test::options();
    change(options);
    return test::try_decode(state, pcm, options);
  };
  CHECK_EQUAL(code([](vb_decode_options &o) { o.struct_size = 0; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.struct_size = sizeof o + 4; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.threads = -1; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.threads = 100000; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.task = 7; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.times = -1; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.beam_size = 1000; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.best_of = -2; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.audio_ctx = 1501; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.audio_ctx = -1; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.max_tokens = -5; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.temperature = NAN; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.temperature_step = -1; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.entropy_threshold = NAN; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.language = "xx"; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) { o.prefix_count = 3; }), VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) {
    static const int32_t ids[] = {-1};
    o.prefix = ids;
    o.prefix_count = 1;
  }),
              VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) {
    static const int32_t ids[] = {50258}; // the start token
    o.prefix = ids;
    o.prefix_count = 1;
  }),
              VB_E_ARGUMENT);
  CHECK_EQUAL(code([](vb_decode_options &o) {
    static const int32_t ids[300] = {};
    o.prefix = ids;
    o.prefix_count = 300;
  }),
              VB_E_ARGUMENT);

  const test::State only_english(english());
  vb_decode_options options = test::options();
  options.language = "de";
  CHECK_EQUAL(test::try_decode(only_english, pcm, options), VB_E_ARGUMENT);
  options = test::options();
  options.task = VB_TASK_TRANSLATE;
  CHECK_EQUAL(test::try_decode(only_english, pcm, options), VB_E_ARGUMENT);
  vb_buffer json = {};
  CHECK_EQUAL(vb_decode(nullptr, nullptr, pcm.data(), pcm.size(), nullptr, &json, nullptr), VB_E_ARGUMENT);
  CHECK_EQUAL(vb_decode(state.handle, nullptr, pcm.data(), pcm.size(), nullptr, nullptr, nullptr), VB_E_ARGUMENT);
  CHECK_EQUAL(vb_decode(state.handle, nullptr, nullptr, 100, nullptr, &json, nullptr), VB_E_ARGUMENT);
  CHECK_EQUAL(vb_detect_language(only_english.handle, nullptr, pcm.data(), pcm.size(), 1, nullptr, &json, nullptr), VB_E_ARGUMENT);
  CHECK_EQUAL(vb_detect_language(state.handle, nullptr, pcm.data(), pcm.size(), 1, "en,xx", &json, nullptr), VB_E_ARGUMENT);
}

TEST("decode: audio of every length up to 30 s, and what is no audio") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.max_tokens = 3;
  options.times = VB_TIMES_WORDS;
  for (const size_t samples : {1, 2, 159, 160, 161, 200, 201, 320, 399, 400, 16000, 479999, 480000}) {
    std::vector<float> pcm = test::noise(30);
    pcm.resize(samples);
    for (const int32_t context : {0, 1, 64}) {
      options.audio_ctx = context;
      CHECK_EQUAL(test::try_decode(state, pcm, options), VB_OK);
    }
  }
  options.audio_ctx = 0;
  CHECK_EQUAL(test::try_decode(state, {}, options), VB_E_ARGUMENT);
  CHECK_EQUAL(test::try_decode(state, std::vector<float>(480001, 0.0f), options), VB_E_ARGUMENT);
  CHECK_EQUAL(test::try_decode(state, std::vector<float>(16000, 0.0f), options), VB_OK);
  for (const float bad : {NAN, INFINITY, -INFINITY, 1e30f}) {
    std::vector<float> pcm = test::noise(1);
    pcm[7777] = bad;
    CHECK_EQUAL(test::try_decode(state, pcm, options), VB_E_AUDIO);
  }
}

TEST("decode: the encoder looks at the audio, in steps of 64 positions") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.max_tokens = 2;
  const auto context = [&](double seconds, int32_t asked) {
    options.audio_ctx = asked;
    return test::field(test::decode(state, test::noise(seconds), options), "audioContext");
  };
  CHECK_EQUAL(context(1, 0), "1500");
  CHECK_EQUAL(context(1, 1), "64");
  CHECK_EQUAL(context(1, 65), "128");
  CHECK_EQUAL(context(3, 1), "192");
  CHECK_EQUAL(context(30, 64), "1500");
  CHECK_EQUAL(context(1, 1499), "1500");
}

TEST("decode: a state's past does not show") {
  const test::State used(english()), fresh(english());
  vb_decode_options options = test::options();
  options.max_tokens = 20;
  test::decode(used, test::noise(30, 9), options);
  options.beam_size = 4;
  test::decode(used, test::noise(20, 8), options);
  options.beam_size = 0;
  options.audio_ctx = 100;
  options.times = VB_TIMES_WORDS;
  const auto strip = [](std::string json) { return json.substr(0, json.find("\"cost\"")); };
  const std::string a = strip(test::decode(used, test::noise(2, 3), options));
  const std::string b = strip(test::decode(fresh, test::noise(2, 3), options));
  CHECK_EQUAL(a, b);
}

TEST("decode: the cache grows with the text, which does not show, and is given back") {
  const test::State large(english());
  const auto cells = [](const test::State &state) { return vb::core::cells_held(state.handle->state.get()); };
  const auto strip = [](std::string json) { return json.substr(0, json.find("\"cost\"")); };
  vb_decode_options many = test::options();
  many.beam_size = 16;
  many.max_tokens = 80;
  many.entropy_threshold = 1e-6f;
  test::decode(large, test::noise(2, 4), many);
  CHECK(cells(large) > 512);
  for (const int32_t beams : {0, 5}) {
    const test::State fresh(english());
    CHECK_EQUAL(cells(fresh), 128u);
    vb_decode_options options = many;
    options.beam_size = beams;
    options.max_tokens = 0;
    options.times = VB_TIMES_WORDS;
    const std::vector<float> pcm = test::noise(3, 5);
    CHECK_EQUAL(strip(test::decode(fresh, pcm, options)), strip(test::decode(large, pcm, options)));
    CHECK(cells(fresh) >= 192);
  }
  vb_decode_options few = test::options();
  few.max_tokens = 5;
  for (int i = 0; i < 2; i++) test::decode(large, test::noise(1), few);
  CHECK_EQUAL(cells(large), 512u);
}

TEST("decode: a prefix opens the text, and goes on as the model would") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.max_tokens = 12;
  const std::vector<float> pcm = test::noise(2);
  const std::string free = test::decode(state, pcm, options);
  const std::vector<double> ids = test::numbers(free, "id");
  CHECK_EQUAL(ids.size(), size_t{12});
  std::vector<int32_t> prefix;
  for (size_t i = 0; i < 5; i++) prefix.push_back(static_cast<int32_t>(ids[i]));
  options.prefix = prefix.data();
  options.prefix_count = 5;
  options.max_tokens = 7;
  const std::string forced = test::decode(state, pcm, options);
  CHECK_EQUAL(test::field(forced, "text"), test::field(free, "text"));
  const std::vector<double> p = test::numbers(free, "logp"), q = test::numbers(forced, "logp");
  for (size_t i = 0; i < p.size() && i < q.size(); i++) CHECK(std::fabs(p[i] - q[i]) < 1e-2);

  prefix = {100, 200, 300};
  options.prefix_count = 3;
  options.times = VB_TIMES_SEGMENTS;
  const std::vector<double> timed = test::numbers(test::decode(state, pcm, options), "id");
  // A text with times begins with 0.00 (50363 in English models).
  CHECK(timed.size() > 4 && timed[0] == 50363 && timed[1] == 100 && timed[2] == 200 && timed[3] == 300);
}

TEST("decode: the prompt changes the text, and only its end counts") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.max_tokens = 10;
  const std::vector<float> pcm = test::noise(2);
  const std::string without = test::decode(state, pcm, options);
  options.prompt = "zx zx zx";
  CHECK(test::field(test::decode(state, pcm, options), "averageLogProbability") != test::field(without, "averageLogProbability"));
  std::string a(5000, 'q'), b(9000, 'w');
  std::string tail;
  for (int i = 0; i < 400; i++) tail += i % 3 ? " zx" : " vu";
  a += tail;
  b += tail;
  options.prompt = a.c_str();
  const std::string from_a = test::decode(state, pcm, options);
  options.prompt = b.c_str();
  CHECK_EQUAL(test::field(test::decode(state, pcm, options), "text"), test::field(from_a, "text"));
  const std::string bad = "\xFF\xFE \x80 broken";
  options.prompt = bad.c_str();
  CHECK_EQUAL(test::try_decode(state, pcm, options), VB_OK);
}

TEST("decode: chance is the same chance every time") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.max_tokens = 15;
  options.temperature = 0.8f;
  const std::vector<float> pcm = test::noise(2);
  const std::string once = test::decode(state, pcm, options);
  CHECK_EQUAL(test::field(test::decode(state, pcm, options), "text"), test::field(once, "text"));
  CHECK_EQUAL(test::field(once, "temperature"), "0.8");
}

TEST("decode: a text that fails is tried again hotter, up to 1") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.best_of = 1;
  options.log_probability_threshold = 1; // nothing is that likely
  options.no_speech_threshold = 1;
  options.temperature_step = 0.5f;
  options.max_tokens = 10;
  const std::string result = test::decode(state, test::noise(2), options);
  CHECK(test::numbers(result, "steps")[0] > 20);
  options.temperature_step = 0;
  CHECK_EQUAL(test::field(test::decode(state, test::noise(2), options), "temperature"), "0");
}

TEST("decode: improbable text over probable silence is no text") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.max_tokens = 10;
  options.log_probability_threshold = 1;
  options.no_speech_threshold = 1e-30f;
  const std::string result = test::decode(state, test::noise(2), options);
  CHECK_EQUAL(test::field(result, "text"), "");
  CHECK(result.find("\"segments\":[]") != std::string::npos);
}

TEST("decode: beams find a text at least as likely as greedy search does") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.max_tokens = 12;
  options.entropy_threshold = 1e-6f;
  int better = 0;
  for (uint32_t seed = 1; seed <= 4; seed++) {
    options.beam_size = 0;
    const double greedy = test::numbers(test::decode(state, test::noise(2, seed), options), "averageLogProbability")[0];
    options.beam_size = 5;
    const double beam = test::numbers(test::decode(state, test::noise(2, seed), options), "averageLogProbability")[0];
    better += beam >= greedy - 1e-2; // one and several inputs are not multiplied in the same order
  }
  CHECK(better >= 3);
}

TEST("decode: timestamps come in pairs and do not decrease") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.times = VB_TIMES_SEGMENTS;
  options.entropy_threshold = 1e-6f;
  for (uint32_t seed = 1; seed <= 3; seed++) {
    const std::string result = test::decode(state, test::noise(10, seed), options);
    const std::vector<double> ids = test::numbers(result, "id");
    CHECK(!ids.empty() && ids[0] >= 50363 && ids[0] <= 50413);
    double last = 0;
    for (const double id : ids) {
      if (id < 50363) continue;
      CHECK(id >= last);
      last = id;
    }
    for (size_t i = 2; i < ids.size(); i++) CHECK(!(ids[i] >= 50363 && ids[i - 1] >= 50363 && ids[i - 2] >= 50363));
  }
}

TEST("decode: every token has its time, and the limit is told") {
  const test::State state(english());
  vb_decode_options options = test::options();
  options.times = VB_TIMES_WORDS;
  options.max_tokens = 25;
  for (const int32_t beam : {0, 3}) {
    options.beam_size = beam;
    const std::string result = test::decode(state, test::noise(5), options);
    CHECK_EQUAL(test::field(result, "truncated"), "true");
    const std::string tokens = result.substr(result.find("\"tokens\""));
    const std::vector<double> from = test::numbers(tokens, "from"), to = test::numbers(tokens, "to");
    CHECK_EQUAL(from.size(), test::numbers(tokens, "id").size());
    for (size_t i = 0; i < from.size(); i++) {
      CHECK(from[i] >= 0 && from[i] <= to[i] && to[i] <= 5.0);
      if (i > 0) CHECK(from[i] >= from[i - 1]);
    }
  }
}

TEST("languages: rated, restricted, and found by a decode that is not told") {
  const test::State state(multilingual());
  const std::vector<float> pcm = test::noise(3);
  char error[VB_ERROR_SIZE];
  vb_buffer json = {};
  CHECK_EQUAL(vb_detect_language(state.handle, nullptr, pcm.data(), pcm.size(), 1, nullptr, &json, error), VB_OK);
  const std::string all = test::take(json);
  const std::string found = test::field(all, "language");
  CHECK_EQUAL(test::field(all, found), test::field(all, "probability"));
  CHECK_EQUAL(vb_detect_language(state.handle, nullptr, pcm.data(), pcm.size(), 1, "de, fr", &json, error), VB_OK);
  const std::string two = test::take(json);
  CHECK(std::fabs(test::numbers(two, "de")[0] + test::numbers(two, "fr")[0] - 1) < 1e-4);

  vb_decode_options options = test::options();
  options.max_tokens = 5;
  const std::string decoded = test::decode(state, pcm, options);
  CHECK_EQUAL(test::field(decoded, "language"), found);
  CHECK_EQUAL(test::field(decoded, "languageProbability"), test::field(all, "probability"));
  options.language = "de";
  const std::string german = test::decode(state, pcm, options);
  CHECK_EQUAL(test::field(german, "language"), "de");
  CHECK(german.find("languageProbability") == std::string::npos);
  options.task = VB_TASK_TRANSLATE;
  CHECK(test::field(test::decode(state, pcm, options), "averageLogProbability") != test::field(german, "averageLogProbability"));
}

TEST("job: progress reaches 1, and finished segments come once") {
  const test::State state(english());
  const test::Job job;
  vb_decode_options options = test::options();
  options.times = VB_TIMES_SEGMENTS;
  options.entropy_threshold = 1e-6f;
  const std::string result = test::decode(state, test::noise(10), options, job.handle);
  CHECK_EQUAL(vb_job_progress(job.handle), 1.0);
  vb_buffer json = {};
  CHECK_EQUAL(vb_job_segments(job.handle, &json), VB_OK);
  const std::string segments = test::take(json);
  if (test::field(result, "text") != "")
    CHECK(result.find("\"segments\":" + segments) != std::string::npos);
  CHECK_EQUAL(vb_job_segments(job.handle, &json), VB_OK);
  CHECK_EQUAL(test::take(json), "[]");
}

TEST("tokens: text comes back from its tokens") {
  const std::string text = "Hello, world's  end! 42 \xC3\xA9t\xC3\xA9 \xE4\xB8\xAD\xE6\x96\x87\n";
  for (const test::Model *model : {&english(), &multilingual()}) {
    const int32_t count = vb_tokenize(model->handle, text.c_str(), nullptr, 0);
    CHECK(count > 0);
    std::vector<int32_t> ids(static_cast<size_t>(count));
    CHECK_EQUAL(vb_tokenize(model->handle, text.c_str(), ids.data(), count), count);
    for (const int32_t id : ids) CHECK(id >= 0 && id < 50257);
    int32_t few[2] = {-1, -1};
    CHECK_EQUAL(vb_tokenize(model->handle, text.c_str(), few, 1), count);
    CHECK_EQUAL(few[0], ids[0]);
    CHECK_EQUAL(few[1], -1);
  }
  CHECK_EQUAL(vb_tokenize(english().handle, "", nullptr, 0), 0);
  CHECK_EQUAL(vb_tokenize(nullptr, "x", nullptr, 0), 0);
  const std::string huge(1 << 20, 'x');
  CHECK(vb_tokenize(english().handle, huge.c_str(), nullptr, 0) > 0);
}

TEST("speech: base.en writes what was said, quantised too, with times") {
  if (!has_speech()) return;
  const std::vector<float> pcm = read_speech(kClip);
  CHECK(pcm.size() > 16000 * 12 && pcm.size() < 16000 * 13);
  char error[VB_ERROR_SIZE];
  const std::string small = test::paths.scratch + "/base.en-q8_0.bin";
  CHECK_EQUAL(vb_quantize(test::paths.base_en.c_str(), small.c_str(), "q8_0", nullptr, error), VB_OK);
  const test::Model quantised(small);
  for (const test::Model *model : {&base_en(), &quantised}) {
    const test::State state(*model);
    vb_decode_options options = test::options();
    options.audio_ctx = 1100;
    options.times = VB_TIMES_WORDS;
    const std::string result = test::decode(state, pcm, options);
    const std::string text = test::field(result, "text");
    CHECK(text.find("as he returned from showing his guest") != std::string::npos);
    CHECK(text.find("Thornton made his confession of having been a shop") != std::string::npos);
    CHECK_EQUAL(test::field(result, "truncated"), "false");
    CHECK(test::numbers(result, "averageLogProbability")[0] > -0.5);
    CHECK(test::numbers(result, "noSpeechProbability")[0] < 0.3);
    const std::vector<double> from = test::numbers(result, "from");
    CHECK(from.back() > 11 && from.back() < 12.7);

    if (model != &quantised) continue;
    options.times = VB_TIMES_SEGMENTS;
    options.beam_size = 3;
    CHECK(test::field(test::decode(state, pcm, options), "text").find("returned from showing") != std::string::npos);
    const std::string silence = test::decode(state, std::vector<float>(16000 * 5, 0.0f), test::options());
    CHECK(test::numbers(silence, "noSpeechProbability")[0] > 0.5);
  }
  std::remove(small.c_str());
}

TEST("speech: GPT-2's tokens") {
  if (!has_speech()) return;
  const auto tokens = [](const char *text) {
    std::vector<int32_t> ids(64);
    ids.resize(static_cast<size_t>(vb_tokenize(base_en().handle, text, ids.data(), 64)));
    std::string joined;
    for (const int32_t id : ids) joined += std::to_string(id) + " ";
    return joined;
  };
  // As tiktoken's "gpt2" encoding gives them.
  CHECK_EQUAL(tokens("Hello world"), "15496 995 ");
  CHECK_EQUAL(tokens(" don't"), "836 470 ");
  CHECK_EQUAL(tokens("Hello, y'all! How are you 12345?"), "15496 11 331 6 439 0 1374 389 345 17031 2231 30 ");
  CHECK_EQUAL(tokens("  two  spaces"), "220 734 220 9029 ");
}
