/*
 * The line between C++ and the flat C calls: inside, a failure is thrown; no exception crosses into the caller.
 */
#pragma once

#include "verbatim.h"

#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace vb {

struct Failure {
  int32_t code;
  std::string message;
};

[[noreturn]] inline void fail(int32_t code, std::string message) { throw Failure{code, std::move(message)}; }

inline void write_error(char *into, const std::string &message) {
  if (!into) return;
  size_t length = message.size() < VB_ERROR_SIZE ? message.size() : VB_ERROR_SIZE - 1;
  while (length > 0 && length < message.size() && (static_cast<unsigned char>(message[length]) & 0xC0) == 0x80) length--;
  std::memcpy(into, message.data(), length);
  into[length] = '\0';
}

/* Runs the body of a C call and turns whatever it throws into a code and a sentence. */
template <typename Body> int32_t guarded(char *error, Body &&body) noexcept {
  if (error) error[0] = '\0';
  try {
    body();
    return VB_OK;
  } catch (const Failure &failure) {
    write_error(error, failure.message);
    return failure.code;
  } catch (const std::bad_alloc &) {
    write_error(error, "Out of memory.");
    return VB_E_MEMORY;
  } catch (const std::exception &exception) {
    write_error(error, std::string("Unexpected native failure: ") + exception.what());
    return VB_E_INTERNAL;
  } catch (...) {
    write_error(error, "Unexpected native failure.");
    return VB_E_INTERNAL;
  }
}

/* Copies a caller's struct of any size it may have been compiled with: what it lacks is zero, which means the default. */
template <typename Options> Options read_options(const Options *from) {
  Options options = {};
  if (!from) return options;
  const uint32_t size = from->struct_size;
  if (size < sizeof(uint32_t) || size > sizeof(Options) || size % 4 != 0) fail(VB_E_ARGUMENT, "The options struct has an unknown size.");
  std::memcpy(&options, from, size);
  return options;
}

/* Hands bytes to the caller, who frees them with vb_buffer_free. */
void give(vb_buffer *into, const std::string &bytes);

} // namespace vb
