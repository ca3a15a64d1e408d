/*
 * What belongs to the library as a whole: its version and build, the compute backends, the log ring, and freeing buffers.
 */
#include "boundary.h"
#include "json.h"
#include "library.h"

#include "ggml-backend.h"
#include "ggml.h"

#include <cstdlib>
#include <deque>
#include <mutex>
#include <sstream>

namespace {

constexpr size_t kLogLines = 512;

std::mutex log_mutex;
std::deque<std::string> log_lines; // guarded by log_mutex
std::string log_partial;           // guarded by log_mutex: the line that has no end yet

/* ggml logs fragments; a line is complete at its newline. Must not throw: it is called from C. */
void keep_log(ggml_log_level level, const char *text, void *) noexcept {
  if (level == GGML_LOG_LEVEL_DEBUG || !text) return;
  try {
    const std::lock_guard<std::mutex> hold(log_mutex);
    for (; *text; text++) {
      if (*text != '\n') {
        log_partial += *text;
        continue;
      }
      if (!log_partial.empty()) log_lines.push_back(std::move(log_partial));
      log_partial.clear();
      if (log_lines.size() > kLogLines) log_lines.pop_front();
    }
  } catch (...) {
  }
}

#ifdef GGML_BACKEND_DL
/* What ggml has just said of a file, without its path: "failed to load /usr/lib/libggml-cuda.so: libcuda.so.1: cannot open ..." */
std::string why_not_loaded(const std::string &name) {
  const std::lock_guard<std::mutex> hold(log_mutex);
  const std::string last = log_lines.empty() ? "" : log_lines.back();
  const std::string before = "/" + name + ": ";
  const size_t at = last.rfind(before);
  // Windows says nothing.
  return at == std::string::npos || at + before.size() == last.size() ? "" : ": " + last.substr(at + before.size());
}
#endif

std::string describe_build() {
  vb::Json json;
  json.object();
  json.key("abi").integer(VB_ABI_VERSION);
  json.key("whisper").text(WHISPER_VERSION);
#if defined(__clang__)
  json.key("compiler").text("clang " __clang_version__);
#elif defined(__GNUC__)
  json.key("compiler").text("gcc " __VERSION__);
#else
  json.key("compiler").text("unknown");
#endif
  json.key("devices").array();
  for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    json.object().key("name").text(ggml_backend_dev_name(device)).key("description").text(ggml_backend_dev_description(device)).end_object();
  }
  json.end_array();
  json.key("backend").text(ggml_backend_dev_count() > 0 ? ggml_backend_dev_name(ggml_backend_dev_get(0)) : "none");
  json.key("features").array();
  if (ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU)) {
    ggml_backend_reg_t registry = ggml_backend_dev_backend_reg(cpu);
    auto features = reinterpret_cast<ggml_backend_get_features_t>(ggml_backend_reg_get_proc_address(registry, "ggml_backend_get_features"));
    for (ggml_backend_feature *feature = features ? features(registry) : nullptr; feature && feature->name; feature++)
      if (feature->value && std::string(feature->value) != "0") json.text(feature->name);
  }
  json.end_array().end_object();
  return json.str();
}

} // namespace

namespace vb {

void route_logs() {
  static const bool routed = [] {
    whisper_log_set(keep_log, nullptr);
    return true;
  }();
  (void)routed;
}

void give(vb_buffer *into, const std::string &bytes) {
  auto *data = static_cast<uint8_t *>(std::malloc(bytes.size() + 1));
  if (!data) throw std::bad_alloc();
  std::memcpy(data, bytes.data(), bytes.size());
  data[bytes.size()] = 0;
  into->data = data;
  into->size = bytes.size();
}

} // namespace vb

extern "C" {

int32_t vb_abi_version(void) { return VB_ABI_VERSION; }

void vb_buffer_free(vb_buffer *buffer) {
  if (!buffer) return;
  std::free(buffer->data);
  buffer->data = nullptr;
  buffer->size = 0;
}

const char *vb_build_info(void) {
  try {
    vb::route_logs();
    // A release build has no backend until some are loaded; asking before that must not settle the answer.
    if (ggml_backend_dev_count() == 0) {
      static const std::string without = describe_build();
      return without.c_str();
    }
    static const std::string info = describe_build();
    return info.c_str();
  } catch (...) {
    return "{}";
  }
}

int32_t vb_load_backends(const char *directory, const char *files, char *error) {
  return vb::guarded(error, [&] {
    vb::route_logs();
    if (!directory || !*directory) vb::fail(VB_E_ARGUMENT, "No directory to load backends from.");
#ifdef GGML_BACKEND_DL
    if (files && *files) {
      std::istringstream names(files);
      for (std::string name; std::getline(names, name, ',');)
        if (!ggml_backend_load((std::string(directory) + "/" + name).c_str()))
          vb::fail(VB_E_BACKEND, "The backend " + name + " cannot be loaded here" + why_not_loaded(name) + ".");
    } else {
      ggml_backend_load_all_from_path(directory);
    }
#else
    (void)files; // linked in
#endif
    if (!ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU)) vb::fail(VB_E_BACKEND, "No CPU backend was found.");
  });
}

uint64_t vb_log_drain(char *into, uint64_t size) {
  if (!into || size == 0) return 0;
  const std::lock_guard<std::mutex> hold(log_mutex);
  uint64_t written = 0;
  if (!log_lines.empty() && log_lines.front().size() + 1 > size) log_lines.front().resize(size - 1);
  while (!log_lines.empty() && written + log_lines.front().size() + 1 <= size) {
    std::memcpy(into + written, log_lines.front().data(), log_lines.front().size());
    written += log_lines.front().size();
    into[written++] = '\n';
    log_lines.pop_front();
  }
  return written;
}
}
