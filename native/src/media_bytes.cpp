// Where the bytes of a media file come from: memory, or a file that is read as it is needed.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "media.h"

#if defined(_WIN32)
#include <windows.h>
#endif

namespace vb {
namespace {

class MemoryBytes final : public Bytes {
 public:
  MemoryBytes(const void *data, uint64_t size) : data_(static_cast<const uint8_t *>(data)), size_(size) {}

  size_t read(void *into, size_t count) override {
    count = static_cast<size_t>(std::min<uint64_t>(count, size_ - at_));
    if (count > 0) std::memcpy(into, data_ + at_, count);
    at_ += count;
    return count;
  }
  void seek(uint64_t position) override { at_ = std::min(position, size_); }
  uint64_t tell() const override { return at_; }
  uint64_t size() const override { return size_; }

 private:
  const uint8_t *data_;
  uint64_t size_;
  uint64_t at_ = 0;
};

#if defined(_WIN32)
std::FILE *open_file(const char *path) {
  const int length = MultiByteToWideChar(CP_UTF8, 0, path, -1, nullptr, 0);
  std::wstring wide(static_cast<size_t>(std::max(length, 1)), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, path, -1, wide.data(), length);
  return _wfopen(wide.c_str(), L"rb");
}
int seek_file(std::FILE *file, int64_t offset, int origin) { return _fseeki64(file, offset, origin); }
int64_t tell_file(std::FILE *file) { return _ftelli64(file); }
#else
std::FILE *open_file(const char *path) { return std::fopen(path, "rbe"); }
int seek_file(std::FILE *file, int64_t offset, int origin) { return fseeko(file, offset, origin); }
int64_t tell_file(std::FILE *file) { return ftello(file); }
#endif

class FileBytes final : public Bytes {
 public:
  explicit FileBytes(std::FILE *file) : file_(file) {
    std::setvbuf(file_.get(), nullptr, _IOFBF, 1 << 16);
    if (seek_file(file_.get(), 0, SEEK_END) != 0) fail(VB_E_IO, "The file cannot be read from the middle.");
    size_ = static_cast<uint64_t>(tell_file(file_.get()));
    std::rewind(file_.get());
  }

  size_t read(void *into, size_t count) override {
    const size_t got = std::fread(into, 1, count, file_.get());
    at_ += got;
    if (got < count && std::ferror(file_.get())) failed_ = true;
    return got;
  }
  void seek(uint64_t position) override {
    position = std::min(position, size_);
    if (position == at_) return;
    if (seek_file(file_.get(), static_cast<int64_t>(position), SEEK_SET) != 0) failed_ = true;
    else at_ = position;
  }
  uint64_t tell() const override { return at_; }
  uint64_t size() const override { return size_; }

 private:
  struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  uint64_t size_ = 0;
  uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<Bytes> bytes_of_memory(const void *data, uint64_t size) { return std::make_unique<MemoryBytes>(data, size); }

std::unique_ptr<Bytes> bytes_of_file(const char *path) {
  std::FILE *file = open_file(path);
  if (!file) fail(VB_E_IO, "The file cannot be opened.");
  return std::make_unique<FileBytes>(file);
}

}  // namespace vb
