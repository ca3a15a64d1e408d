/* States under load: side by side, cancelled at random moments, hundreds of decodes; and quantising. */
#include "harness.h"

#include "../src/files.h"

#include <chrono>
#include <random>
#include <thread>

#ifdef ADDRESS_SANITIZER
// From sanitizer/allocator_interface.h, which not every compiler package brings.
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace {

const test::Model &english() {
  static const test::Model model(test::paths.random_english_model);
  return model;
}

std::string text_of(const test::State &state, uint32_t seed, int32_t threads) {
  vb_decode_options options = test::options();
  options.max_tokens = 15;
  options.audio_ctx = 150;
  options.threads = threads;
  return test::field(test::decode(state, test::noise(2, seed), options), "text");
}

} // namespace

TEST("threads: two states over one model write what one alone writes") {
  const test::State alone(english()), first(english()), second(english());
  std::vector<std::string> expected;
  for (uint32_t seed = 1; seed <= 8; seed++) expected.push_back(text_of(alone, seed, 1));
  std::vector<std::string> a, b;
  std::thread one([&] {
    for (uint32_t seed = 1; seed <= 8; seed++) a.push_back(text_of(first, seed, 1));
  });
  std::thread two([&] {
    for (uint32_t seed = 1; seed <= 8; seed++) b.push_back(text_of(second, seed, 2));
  });
  one.join();
  two.join();
  for (size_t i = 0; i < expected.size(); i++) {
    CHECK_EQUAL(a[i], expected[i]);
    CHECK_EQUAL(b[i], expected[i]);
  }
}

TEST("cancel: at random moments, and the state goes on as before") {
  const test::State state(english());
  const std::string before = text_of(state, 1, 1);
  const test::Job job;
  std::mt19937 random(2);
  vb_decode_options options = test::options();
  options.entropy_threshold = 1e-6f;
  options.times = VB_TIMES_WORDS;
  options.max_tokens = 30;
  options.audio_ctx = 200;
  const std::vector<float> pcm = test::noise(3);
  const auto started = std::chrono::steady_clock::now();
  test::decode(state, pcm, options, job.handle);
  const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  int cancelled = 0;
  for (int round = 0; round < test::rounds(200); round++) {
    options.beam_size = round % 5 == 0 ? 3 : 0;
    options.threads = 1 + round % 2;
    vb_job_reset(job.handle);
    const double wait = whole * random() / 4294967296.0;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::duration<double>(wait));
      vb_job_cancel(job.handle);
    });
    const int32_t code = test::try_decode(state, pcm, options, job.handle);
    stopper.join();
    CHECK(code == VB_OK || code == VB_E_CANCELLED);
    cancelled += code == VB_E_CANCELLED;
  }
  CHECK(cancelled > test::rounds(200) / 2);
  CHECK_EQUAL(text_of(state, 1, 1), before);

  vb_job_cancel(job.handle);
  CHECK_EQUAL(test::try_decode(state, pcm, options, job.handle), VB_E_CANCELLED);
  vb_job_reset(job.handle);
  CHECK_EQUAL(vb_job_progress(job.handle), 0.0);
}

TEST("memory: 500 decodes leave none behind") {
#ifdef ADDRESS_SANITIZER
  const test::State state(english());
  const test::Job job;
  vb_decode_options options = test::options();
  options.max_tokens = 5;
  size_t after_warming = 0;
  for (int round = 0; round < 500; round++) {
    options.audio_ctx = 64 + 64 * (round % 4);
    options.times = round % 3;
    options.beam_size = round % 7 == 0 ? 2 : 0;
    test::try_decode(state, test::noise(0.5 + round % 3 * 0.3, static_cast<uint32_t>(round)), options, job.handle);
    vb_job_reset(job.handle);
    if (round == 100) after_warming = __sanitizer_get_current_allocated_bytes();
  }
  const size_t at_end = __sanitizer_get_current_allocated_bytes();
  CHECK(at_end < after_warming + 65536);
#endif
}

TEST("quantise: smaller, usable, whole or not there at all") {
  char error[VB_ERROR_SIZE];
  const std::string to = test::paths.scratch + "/gekürzt-ж.bin";
  const char *from = test::paths.random_english_model.c_str();
  const size_t before = test::read_file(from).size();
  for (const char *type : {"q8_0", "q5_1", "q4_0"}) { // each takes the place of the one before
    const test::Job job;
    CHECK_EQUAL(vb_quantize(from, to.c_str(), type, job.handle, error), VB_OK);
    CHECK_EQUAL(vb_job_progress(job.handle), 1.0);
    CHECK(test::read_file(to).size() < before * 3 / 4);
    const test::Model model(to);
    vb_buffer json = {};
    CHECK_EQUAL(vb_model_info(model.handle, &json, error), VB_OK);
    CHECK_EQUAL(test::field(test::take(json), "quantisation"), type);
    const test::State state(model);
    CHECK(!text_of(state, 1, 1).empty());
    CHECK_EQUAL(vb_quantize(to.c_str(), (to + "2").c_str(), "q8_0", nullptr, error), VB_E_MODEL);
  }
  vb::remove_file(to.c_str());
  const auto nothing_left = [&] { return test::read_file(to).empty() && test::read_file(to + ".part").empty(); };
  CHECK_EQUAL(vb_quantize(from, to.c_str(), "q4_k", nullptr, error), VB_E_MODEL); // rows of 64 are no blocks of 256
  CHECK(nothing_left());
  CHECK_EQUAL(vb_quantize(from, to.c_str(), "q9", nullptr, error), VB_E_ARGUMENT);
  CHECK_EQUAL(vb_quantize("/nonexistent", to.c_str(), "q8_0", nullptr, error), VB_E_IO);
  CHECK_EQUAL(vb_quantize(from, "/nonexistent/x", "q8_0", nullptr, error), VB_E_IO);
  CHECK_EQUAL(vb_quantize(nullptr, to.c_str(), "q8_0", nullptr, error), VB_E_ARGUMENT);
  const test::Job job;
  vb_job_cancel(job.handle);
  CHECK_EQUAL(vb_quantize(from, to.c_str(), "q8_0", job.handle, error), VB_E_CANCELLED);
  CHECK(nothing_left());
}

TEST("library: says what it is, and drains its log") {
  CHECK_EQUAL(vb_abi_version(), VB_ABI_VERSION);
  const std::string info = vb_build_info();
  CHECK_EQUAL(test::field(info, "whisper"), "1.9.1");
  CHECK_EQUAL(test::field(info, "backend"), "CPU");
  const test::State state(english());
  std::string log(1 << 16, '\0');
  const uint64_t size = vb_log_drain(log.data(), log.size());
  CHECK(size > 0 && log[size - 1] == '\n');
  CHECK_EQUAL(vb_log_drain(log.data(), log.size()), uint64_t{0});
  vb_buffer_free(nullptr);
  vb_model_free(nullptr);
  vb_state_free(nullptr);
  vb_job_free(nullptr);
  vb_job_cancel(nullptr);
}
