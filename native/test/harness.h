/*
 * As much test framework as these tests need: cases register themselves, checks count and name what failed.
 */
#pragma once

#include "verbatim.h"

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

namespace test {

/* How often to try at random: everything takes ten times as long under sanitizers. */
inline int rounds(int most) {
#ifdef ADDRESS_SANITIZER
  return most / 4;
#else
  return most;
#endif
}

struct Case {
  const char *name;
  void (*body)();
};

std::vector<Case> &cases();

struct Register {
  Register(const char *name, void (*body)()) { cases().push_back({name, body}); }
};

/* Records a failure and goes on. */
void failed(const char *file, int line, const std::string &what);

/* Paths given on the command line; base_en and data are empty when they are not there. */
struct Paths {
  std::string random_model, random_english_model, base_en, data, scratch;
};
extern Paths paths;

std::vector<uint8_t> read_file(const std::string &path);
/* Speech-like noise: tones that come and go, the same for the same seed. */
std::vector<float> noise(double seconds, uint32_t seed = 1);

/* Owners of what the C calls hand out. */
struct Model {
  vb_model *handle = nullptr;
  explicit Model(const std::string &path);
  ~Model() { vb_model_free(handle); }
  Model(const Model &) = delete;
};
struct State {
  vb_state *handle = nullptr;
  explicit State(const Model &model);
  ~State() { vb_state_free(handle); }
  State(const State &) = delete;
};
struct Job {
  vb_job *handle = vb_job_new();
  ~Job() { vb_job_free(handle); }
  Job() = default;
  Job(const Job &) = delete;
};

/* Empty options, with their size set. */
vb_decode_options options();
/* The JSON of a decode that must succeed. */
std::string decode(const State &state, const std::vector<float> &pcm, const vb_decode_options &with, vb_job *job = nullptr);
/* The code of a decode whose result is of no interest. */
int32_t try_decode(const State &state, const std::vector<float> &pcm, const vb_decode_options &with, vb_job *job = nullptr);
std::string take(vb_buffer &buffer);

/* What follows "name": in the first place where it stands; numbers as they are written, strings without quotes. */
std::string field(const std::string &json, const std::string &name);
/* All numbers that follow "name":, in order. */
std::vector<double> numbers(const std::string &json, const std::string &name);

} // namespace test

#define TEST_JOIN2(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN2(a, b)
#define TEST(name)                                                                                                                         \
  static void TEST_JOIN(test_body_, __LINE__)();                                                                                           \
  static const test::Register TEST_JOIN(test_case_, __LINE__)(name, TEST_JOIN(test_body_, __LINE__));                                       \
  static void TEST_JOIN(test_body_, __LINE__)()
#define CHECK(condition)                                                                                                                   \
  do {                                                                                                                                     \
    if (!(condition)) test::failed(__FILE__, __LINE__, #condition);                                                                         \
  } while (0)
#define CHECK_EQUAL(actual, expected)                                                                                                      \
  do {                                                                                                                                     \
    const auto &test_actual = (actual);                                                                                                    \
    const auto &test_expected = (expected);                                                                                                \
    if (!(test_actual == test_expected))                                                                                                   \
      test::failed(__FILE__, __LINE__, std::string(#actual " is ") + test::show(test_actual) + ", not " + test::show(test_expected));       \
  } while (0)

namespace test {
inline std::string show(const std::string &value) { return "\"" + value + "\""; }
inline std::string show(const char *value) { return std::string("\"") + value + "\""; }
template <typename Value> std::string show(const Value &value) { return std::to_string(value); }
} // namespace test
