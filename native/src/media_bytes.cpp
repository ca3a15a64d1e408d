// Where the bytes of a media file come from: memory, or a file that is read as it is needed.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "files.h"
#include "media.h"

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

class FileBytes final : public Bytes {
 public:
  explicit FileBytes(File file) : file_(std::move(file)) {
    std::setvbuf(file_.get(), nullptr, _IOFBF, 1 << 16);
    if (!seek_file(file_.get(), 0, SEEK_END)) fail(VB_E_IO, "The file cannot be read from the middle.");
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
    if (!seek_file(file_.get(), static_cast<int64_t>(position), SEEK_SET)) failed_ = true;
    else at_ = position;
  }
  uint64_t tell() const override { return at_; }
  uint64_t size() const override { return size_; }

 private:
  File file_;
  uint64_t size_ = 0;
  uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<Bytes> bytes_of_memory(const void *data, uint64_t size) { return std::make_unique<MemoryBytes>(data, size); }

std::unique_ptr<Bytes> bytes_of_file(const char *path) {
  File file = read_file(path);
  if (!file) fail(VB_E_IO, "The file cannot be opened.");
  return std::make_unique<FileBytes>(std::move(file));
}

}  // namespace vb
