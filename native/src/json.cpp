/* See json.h. */
#include "json.h"

#include <cmath>
#include <cstdio>

namespace vb {

namespace {

/* Length of the well-formed sequence at the start of `bytes`, 0 when there is none. */
size_t utf8_length(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto tail = [&](size_t i) { return i < bytes.size() && (at(i) & 0xC0) == 0x80; };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && at(1) < 0xA0) return 0;
    if (lead == 0xED && at(1) > 0x9F) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && at(1) < 0x90) return 0;
    if (lead == 0xF4 && at(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

void append_quoted(std::string &out, std::string_view value) {
  out += '"';
  while (!value.empty()) {
    const unsigned char c = static_cast<unsigned char>(value[0]);
    const size_t length = utf8_length(value);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      value.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out.append(value.substr(0, length));
    }
    value.remove_prefix(length);
  }
  out += '"';
}

} // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

void Json::comma() {
  if (!first) out += ',';
  first = false;
}

Json &Json::open(char bracket) {
  comma();
  out += bracket;
  first = true;
  return *this;
}

Json &Json::close(char bracket) {
  out += bracket;
  first = false;
  return *this;
}

Json &Json::key(std::string_view name) {
  comma();
  append_quoted(out, name);
  out += ':';
  first = true;
  return *this;
}

Json &Json::text(std::string_view value) {
  comma();
  append_quoted(out, value);
  return *this;
}

Json &Json::number(double value, int digits) {
  comma();
  if (!std::isfinite(value)) {
    out += "null";
    return *this;
  }
  char digits_out[40];
  std::snprintf(digits_out, sizeof digits_out, "%.*g", digits, value);
  for (char *c = digits_out; *c; c++)
    if (*c == ',') *c = '.'; // the host program may have set a locale
  out += digits_out;
  return *this;
}

Json &Json::integer(int64_t value) {
  comma();
  out += std::to_string(value);
  return *this;
}

Json &Json::boolean(bool value) {
  comma();
  out += value ? "true" : "false";
  return *this;
}

} // namespace vb
