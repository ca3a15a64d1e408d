/*
 * A writer for the JSON documents that cross the boundary. Keys and values are appended in order; commas are its own business.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vb {

/* Whether the bytes are complete, well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool is_utf8(std::string_view bytes);

class Json {
public:
  Json &object() { return open('{'); }
  Json &array() { return open('['); }
  Json &end_object() { return close('}'); }
  Json &end_array() { return close(']'); }

  Json &key(std::string_view name);
  /* Text that is no valid UTF-8 is written with U+FFFD in place of the bad bytes. */
  Json &text(std::string_view value);
  /* Not a number and infinity become null. `digits` are significant ones. */
  Json &number(double value, int digits = 6);
  Json &integer(int64_t value);
  Json &boolean(bool value);

  const std::string &str() const { return out; }

private:
  Json &open(char bracket);
  Json &close(char bracket);
  void comma();

  std::string out;
  bool first = true;
};

} // namespace vb
