/* See files.h. */
#include "files.h"

#if defined(_WIN32)
#include <cerrno>
#include <string>

#include <windows.h>
#endif

namespace vb {

#if defined(_WIN32)

namespace {

std::wstring wide(const char *path) {
  const int length = MultiByteToWideChar(CP_UTF8, 0, path, -1, nullptr, 0);
  if (length <= 0) return L"";
  std::wstring units(static_cast<size_t>(length), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, path, -1, units.data(), length);
  units.pop_back(); // the end that was counted
  return units;
}

} // namespace

File read_file(const char *path) { return File(_wfopen(wide(path).c_str(), L"rb")); }
File write_file(const char *path) { return File(_wfopen(wide(path).c_str(), L"wb")); }
bool seek_file(std::FILE *file, int64_t offset, int origin) { return _fseeki64(file, offset, origin) == 0; }
int64_t tell_file(std::FILE *file) { return _ftelli64(file); }

bool rename_file(const char *from, const char *to) {
  if (MoveFileExW(wide(from).c_str(), wide(to).c_str(), MOVEFILE_REPLACE_EXISTING)) return true;
  errno = EACCES;
  return false;
}

void remove_file(const char *path) { _wremove(wide(path).c_str()); }

#else

// e: no child process inherits it.
File read_file(const char *path) { return File(std::fopen(path, "rbe")); }
File write_file(const char *path) { return File(std::fopen(path, "wbe")); }
bool seek_file(std::FILE *file, int64_t offset, int origin) { return fseeko(file, offset, origin) == 0; }
int64_t tell_file(std::FILE *file) { return ftello(file); }
bool rename_file(const char *from, const char *to) { return std::rename(from, to) == 0; }
void remove_file(const char *path) { std::remove(path); }

#endif

} // namespace vb
