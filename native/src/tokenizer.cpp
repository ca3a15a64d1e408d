/*
 * Text to tokens: GPT-2's splitting into words, then byte pair encoding within each. whisper.cpp takes the longest token that fits from
 * the left instead, which spells many words in a way that the model has never seen, and splits by std::regex, whose recursion
 * overflows the stack on a long word.
 */
#include "model.h"

#include <limits>

namespace vb {

namespace {

enum class Kind { letter, digit, space, other };

struct Character {
  uint32_t code;
  size_t length;
};

/* Decodes leniently: a bad byte is a character of its own. */
Character character_at(const std::string &text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t lead = byte(at);
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (length == 1 || at + length > text.size()) return {lead, 1};
  uint32_t code = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; i++) {
    if ((byte(at + i) & 0xC0) != 0x80) return {lead, 1};
    code = code << 6 | (byte(at + i) & 0x3F);
  }
  return {code, length};
}

/* Unicode's classes as far as splitting needs them: beyond ASCII, whatever is no known space or punctuation block is a letter. */
Kind kind_of(uint32_t code) {
  if (code < 0x80) {
    if (code == ' ' || (code >= 9 && code <= 13)) return Kind::space;
    if (code >= '0' && code <= '9') return Kind::digit;
    if ((code | 0x20) >= 'a' && (code | 0x20) <= 'z') return Kind::letter;
    return Kind::other;
  }
  if (code == 0x85 || code == 0xA0 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
      code == 0x205F || code == 0x3000)
    return Kind::space;
  if (code == 0xB2 || code == 0xB3 || code == 0xB9 || (code >= 0xBC && code <= 0xBE) || (code >= 0x660 && code <= 0x669) ||
      (code >= 0x966 && code <= 0x96F) || (code >= 0xFF10 && code <= 0xFF19))
    return Kind::digit;
  if (code == 0xAA || code == 0xB5 || code == 0xBA) return Kind::letter;
  if (code < 0xC0 || code == 0xD7 || code == 0xF7 || (code >= 0x2010 && code <= 0x2BFF) || (code >= 0x3001 && code <= 0x3004) ||
      (code >= 0x3008 && code <= 0x3020) || (code >= 0xFF00 && code <= 0xFF0F) || (code >= 0xFF1A && code <= 0xFF20) ||
      (code >= 0xFF3B && code <= 0xFF40) || (code >= 0xFF5B && code <= 0xFF65) || (code >= 0x1F000 && code <= 0x1FAFF))
    return Kind::other;
  return Kind::letter;
}

/* End of the word that starts at `at`: 's 't 're 've 'm 'll 'd | ?letters | ?digits | ?others | spaces, the last of them left to a word. */
size_t word_end(const std::string &text, size_t at) {
  if (text[at] == '\'')
    for (const char *suffix : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
      if (text.compare(at, std::char_traits<char>::length(suffix), suffix) == 0) return at + std::char_traits<char>::length(suffix);

  size_t start = at;
  if (text[at] == ' ' && at + 1 < text.size() && kind_of(character_at(text, at + 1).code) != Kind::space) start = at + 1;
  const Kind kind = kind_of(character_at(text, start).code);
  size_t end = start, last = start;
  while (end < text.size()) {
    const Character next = character_at(text, end);
    if (kind_of(next.code) != kind) break;
    last = end;
    end += next.length;
  }
  if (kind == Kind::space && end < text.size() && last > at) return last;
  return end;
}

/* Merges the neighbours whose union ranks first until none is a token. Quadratic, so a very long "word" is cut into pieces. */
void encode_word(const Model &model, const std::string &word, std::vector<int32_t> &into) {
  constexpr size_t kLongest = 256;
  for (size_t from = 0; from < word.size(); from += kLongest) {
    std::vector<std::string> parts;
    for (size_t i = from; i < word.size() && i < from + kLongest; i++) parts.emplace_back(1, word[i]);
    while (parts.size() > 1) {
      int32_t best = std::numeric_limits<int32_t>::max();
      size_t where = 0;
      for (size_t i = 0; i + 1 < parts.size(); i++) {
        const auto found = model.ids.find(parts[i] + parts[i + 1]);
        if (found != model.ids.end() && found->second < best) {
          best = found->second;
          where = i;
        }
      }
      if (best == std::numeric_limits<int32_t>::max()) break;
      parts[where] += parts[where + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
    }
    for (const std::string &part : parts)
      if (const auto found = model.ids.find(part); found != model.ids.end()) into.push_back(found->second);
  }
}

} // namespace

std::vector<int32_t> tokenize(const Model &model, const std::string &text) {
  std::vector<int32_t> tokens;
  for (size_t at = 0; at < text.size();) {
    const size_t end = word_end(text, at);
    encode_word(model, text.substr(at, end - at), tokens);
    at = end;
  }
  return tokens;
}

} // namespace vb
