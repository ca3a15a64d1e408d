/*
 * The native tests. native/build.sh --tests (or --sanitize) builds them, native/test/run.sh runs them; by hand:
 *
 *   verbatim-test --random MODEL --random-english MODEL [--base-en MODEL] [--data DIRECTORY] --scratch DIRECTORY
 *                 [--backends DIRECTORY [--variant FILE]] [NAME…]
 *
 * --backends is where a release build has its CPU variants, --variant the one to take whatever the CPU is. With names, only the cases
 * whose name holds one of them run. Everything that needs base.en or the speech recordings fails when
 * CI=true and they are missing, and is left out, with a word about it, elsewhere.
 */
#include "harness.h"

#include "../src/files.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace test {

namespace {
int failures_in_case = 0;
}

Paths paths;

std::vector<Case> &cases() {
  static std::vector<Case> all;
  return all;
}

void failed(const char *file, int line, const std::string &what) {
  failures_in_case++;
  std::printf("  %s:%d: %s\n", std::strrchr(file, '/') ? std::strrchr(file, '/') + 1 : file, line, what.c_str());
}

std::vector<uint8_t> read_file(const std::string &path) {
  const vb::File in = vb::read_file(path.c_str());
  std::vector<uint8_t> bytes;
  uint8_t piece[4096];
  while (const size_t got = in ? std::fread(piece, 1, sizeof piece, in.get()) : 0) bytes.insert(bytes.end(), piece, piece + got);
  return bytes;
}

std::vector<float> noise(double seconds, uint32_t seed) {
  std::vector<float> pcm(static_cast<size_t>(seconds * 16000));
  uint32_t state = seed * 747796405u + 2891336453u;
  double phase = 0;
  for (size_t i = 0; i < pcm.size(); i++) {
    state = state * 1664525u + 1013904223u;
    const double t = static_cast<double>(i) / 16000;
    phase += 2 * 3.14159265358979 * (180 + 120 * std::sin(7 * t + seed)) / 16000;
    const double envelope = 0.5 + 0.5 * std::sin(19 * t * (1 + seed % 3));
    pcm[i] = static_cast<float>(envelope * (0.3 * std::sin(phase) + 0.1 * std::sin(5 * phase)) + 0.02 * (state / 2147483648.0 - 1));
  }
  return pcm;
}

Model::Model(const std::string &path) {
  char error[VB_ERROR_SIZE];
  if (vb_model_open_file(path.c_str(), nullptr, &handle, error) != VB_OK) {
    std::printf("  cannot open %s: %s\n", path.c_str(), error);
    std::exit(1);
  }
}

State::State(const Model &model) {
  char error[VB_ERROR_SIZE];
  if (vb_state_new(model.handle, &handle, error) != VB_OK) {
    std::printf("  no state: %s\n", error);
    std::exit(1);
  }
}

vb_decode_options options() {
  vb_decode_options options = {};
  options.struct_size = sizeof options;
  return options;
}

std::string take(vb_buffer &buffer) {
  std::string text(reinterpret_cast<const char *>(buffer.data), buffer.size);
  vb_buffer_free(&buffer);
  return text;
}

std::string decode(const State &state, const std::vector<float> &pcm, const vb_decode_options &with, vb_job *job) {
  char error[VB_ERROR_SIZE];
  vb_buffer json = {};
  const int32_t code = vb_decode(state.handle, job, pcm.data(), pcm.size(), &with, &json, error);
  if (code != VB_OK) {
    failed(__FILE__, __LINE__, "decode gave " + std::to_string(code) + ": " + error);
    return "";
  }
  return take(json);
}

int32_t try_decode(const State &state, const std::vector<float> &pcm, const vb_decode_options &with, vb_job *job) {
  char error[VB_ERROR_SIZE];
  vb_buffer json = {};
  const int32_t code = vb_decode(state.handle, job, pcm.data(), pcm.size(), &with, &json, error);
  vb_buffer_free(&json);
  if (code != VB_OK && error[0] == '\0') failed(__FILE__, __LINE__, "code " + std::to_string(code) + " came without a sentence");
  return code;
}

namespace {
/* The raw value that starts at `at`. */
std::string value_at(const std::string &json, size_t at) {
  if (json[at] == '"') {
    size_t end = at + 1;
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    return json.substr(at + 1, end - at - 1);
  }
  return json.substr(at, json.find_first_of(",}]", at) - at);
}
} // namespace

std::string field(const std::string &json, const std::string &name) {
  const std::string key = "\"" + name + "\":";
  const size_t at = json.find(key);
  return at == std::string::npos ? "" : value_at(json, at + key.size());
}

std::vector<double> numbers(const std::string &json, const std::string &name) {
  const std::string key = "\"" + name + "\":";
  std::vector<double> found;
  for (size_t at = json.find(key); at != std::string::npos; at = json.find(key, at + 1))
    found.push_back(std::atof(value_at(json, at + key.size()).c_str()));
  return found;
}

} // namespace test

int main(int argc, char **argv) {
  using namespace test;
  std::vector<std::string> wanted;
  std::string backends, variant;
  for (int i = 1; i < argc; i++) {
    const std::string flag = argv[i];
    std::string *into = flag == "--random"           ? &paths.random_model
                        : flag == "--random-english" ? &paths.random_english_model
                        : flag == "--base-en"        ? &paths.base_en
                        : flag == "--data"           ? &paths.data
                        : flag == "--scratch"        ? &paths.scratch
                        : flag == "--backends"       ? &backends
                        : flag == "--variant"        ? &variant
                                                     : nullptr;
    if (into && i + 1 < argc)
      *into = argv[++i];
    else
      wanted.push_back(flag);
  }
  if (paths.random_model.empty() || paths.random_english_model.empty() || paths.scratch.empty()) {
    std::printf("usage: see the header of native/test/main.cpp\n");
    return 2;
  }
  if (paths.base_en.empty() || paths.data.empty()) {
    const char *ci = std::getenv("CI");
    if (ci && std::string(ci) == "true") {
      std::printf("base.en or the recordings are missing\n");
      return 1;
    }
    std::printf("note: without base.en and the recordings, the tests on real speech are left out\n");
  }
  if (!backends.empty()) {
    char error[VB_ERROR_SIZE];
    if (vb_load_backends(backends.c_str(), variant.c_str(), error) != VB_OK) {
      std::printf("%s: %s\n", backends.c_str(), error);
      return 1;
    }
  }
  std::printf("%s\n", vb_build_info());
  int failed_cases = 0, run = 0;
  for (const Case &one : cases()) {
    bool chosen = wanted.empty();
    for (const std::string &name : wanted) chosen |= std::string(one.name).find(name) != std::string::npos;
    if (!chosen) continue;
    failures_in_case = 0;
    const auto start = std::chrono::steady_clock::now();
    one.body();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s %s (%.1f s)\n", failures_in_case ? "FAILED" : "ok    ", one.name, seconds);
    std::fflush(stdout);
    failed_cases += failures_in_case > 0;
    run++;
  }
  std::printf("%d tests, %d failed\n", run, failed_cases);
  return failed_cases > 0 || run == 0;
}
