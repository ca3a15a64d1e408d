/* Files by paths in UTF-8, with positions of 64 bits: what Windows' C library has under names of its own. */
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>

namespace vb {

struct CloseFile {
  void operator()(std::FILE *file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/* None, with the reason in errno, where it cannot be opened. */
File read_file(const char *path);
File write_file(const char *path);

bool seek_file(std::FILE *file, int64_t offset, int origin);
/* Negative where there is none. */
int64_t tell_file(std::FILE *file);

/* Gives a file another name, in the place of what has it. */
bool rename_file(const char *from, const char *to);
void remove_file(const char *path);

} // namespace vb
