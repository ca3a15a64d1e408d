/*
 * Preloaded into a program that runs under qemu's user emulation: the processes that it starts run there too, not on this machine's own CPU.
 * EXEC_IN_EMULATOR is the path of the emulator, which itself reads QEMU_CPU and QEMU_LD_PREFIX. EMULATED_CPUINFO is what is read in the place of
 * /proc/cpuinfo, which tells of this machine's CPU: ONNX Runtime dies on ARM when that names no ARM processor.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_program(const char *path) {
  char magic[4] = {0};
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t got = read(file, magic, sizeof magic);
  close(file);
  return got == 4 && memcmp(magic, "\177ELF", 4) == 0;
}

int execve(const char *path, char *const argv[], char *const environment[]) {
  static int (*next)(const char *, char *const[], char *const[]);
  if (!next) next = (int (*)(const char *, char *const[], char *const[]))dlsym(RTLD_NEXT, "execve");
  const char *emulator = getenv("EXEC_IN_EMULATOR");
  if (!emulator || !is_program(path)) return next(path, argv, environment);
  size_t count = 0;
  while (argv[count]) count++;
  /* On the stack: the caller may be a vfork, whose memory is its parent's. */
  char *emulated[count + 2];
  emulated[0] = (char *)emulator;
  emulated[1] = (char *)path;
  for (size_t i = 1; i <= count; i++) emulated[i + 1] = argv[i];
  return next(emulator, emulated, environment);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  const char *instead = strcmp(path, "/proc/cpuinfo") == 0 ? getenv("EMULATED_CPUINFO") : NULL;
  return openat(AT_FDCWD, instead ? instead : path, flags, mode);
}
