/* See result.h. */
#include "result.h"

#include "json.h"

#include <algorithm>
#include <cmath>

namespace vb {

namespace {

constexpr double kTimestamp = 0.02; /* seconds between two timestamp tokens */

bool is_text(const Model &model, int32_t token) { return token < model.tokens.end; }

std::string text_of(const Model &model, const std::vector<int32_t> &tokens, size_t first, size_t last) {
  std::string text;
  for (size_t i = first; i < last; i++)
    if (is_text(model, tokens[i])) text += model.vocabulary[static_cast<size_t>(tokens[i])];
  return text;
}

void write_token(Json &json, const Model &model, const Sequence &sequence, size_t i, const std::vector<Span> &spans) {
  const int32_t token = sequence.tokens[i];
  json.object().key("id").integer(token);
  const std::string bytes = is_text(model, token) ? model.vocabulary[static_cast<size_t>(token)] : "";
  if (is_utf8(bytes)) {
    json.key("text").text(bytes);
  } else {
    static const char digits[] = "0123456789abcdef";
    std::string hex;
    for (const char c : bytes) {
      hex += digits[static_cast<unsigned char>(c) >> 4];
      hex += digits[static_cast<unsigned char>(c) & 15];
    }
    json.key("hex").text(hex);
  }
  const double logp = sequence.log_probabilities[i];
  json.key("p").number(std::exp(logp), 5).key("logp").number(logp, 5);
  if (token >= model.tokens.time_zero) {
    const double at = (token - model.tokens.time_zero) * kTimestamp;
    json.key("from").number(at).key("to").number(at);
  } else if (i < spans.size()) {
    json.key("from").number(spans[i].from).key("to").number(spans[i].to);
  }
  json.end_object();
}

void write_segment(Json &json, const Model &model, const Sequence &sequence, const Segment &segment, const std::vector<Span> &spans) {
  json.object().key("from").number(segment.from).key("to").number(segment.to);
  json.key("text").text(text_of(model, sequence.tokens, segment.first, segment.last));
  json.key("tokens").array();
  for (size_t i = segment.first; i < segment.last; i++) write_token(json, model, sequence, i, spans);
  json.end_array().end_object();
}

/* Segments whose tokens have times lie where their tokens lie. */
void place(std::vector<Segment> &segments, const std::vector<Span> &spans) {
  if (spans.empty()) return;
  for (Segment &segment : segments) {
    segment.from = spans[segment.first].from;
    segment.to = spans[segment.last - 1].to;
  }
}

} // namespace

std::vector<Segment> divide(const Model &model, const std::vector<int32_t> &tokens, double seconds) {
  std::vector<Segment> segments;
  const auto time_of = [&](int32_t token) { return std::min((token - model.tokens.time_zero) * kTimestamp, seconds); };
  Segment open = {0, seconds, 0, 0, false};
  bool has_text = false;
  for (size_t i = 0; i < tokens.size(); i++) {
    if (is_text(model, tokens[i])) {
      has_text = true;
      continue;
    }
    const double at = time_of(tokens[i]);
    if (has_text) {
      // This timestamp closes the segment and belongs to it.
      open.to = std::max(at, open.from);
      open.last = i + 1;
      open.closed = true;
      segments.push_back(open);
      open = {at, seconds, i + 1, i + 1, false};
      has_text = false;
    } else {
      open.from = at;
    }
  }
  if (has_text) {
    open.last = tokens.size();
    segments.push_back(open);
  }
  return segments;
}

void SegmentFeed::show(const Sequence &sequence) {
  // Only a timestamp can have closed a segment.
  if (sequence.tokens.empty() || sequence.tokens.back() < model.tokens.time_zero) return;
  const std::vector<Segment> segments = divide(model, sequence.tokens, seconds);
  for (; shown < segments.size() && segments[shown].closed; shown++) {
    Json json;
    write_segment(json, model, sequence, segments[shown], {});
    const std::lock_guard<std::mutex> hold(job->mutex);
    job->segments.push_back(json.str());
  }
}

void SegmentFeed::finish(const DecodeResult &result) {
  if (!job) return;
  std::vector<Segment> segments = divide(model, result.search.best.tokens, seconds);
  place(segments, result.spans);
  for (; shown < segments.size(); shown++) {
    Json json;
    write_segment(json, model, result.search.best, segments[shown], result.spans);
    const std::lock_guard<std::mutex> hold(job->mutex);
    job->segments.push_back(json.str());
  }
}

std::string write_result(const Model &model, const DecodeResult &result) {
  const Sequence &best = result.search.best;
  const std::vector<int32_t> tokens = result.silent ? std::vector<int32_t>() : best.tokens;
  std::vector<Segment> segments = divide(model, tokens, result.seconds);
  place(segments, result.spans);

  Json json;
  json.object();
  json.key("language").text(result.language);
  if (result.language_probability >= 0) json.key("languageProbability").number(result.language_probability);
  json.key("noSpeechProbability").number(result.search.no_speech);
  json.key("averageLogProbability").number(best.average());
  json.key("entropy").number(entropy_of(tokens));
  json.key("temperature").number(result.temperature, 3);
  json.key("audioContext").integer(result.audio_context);
  json.key("truncated").boolean(!best.ended);
  json.key("text").text(text_of(model, tokens, 0, tokens.size()));
  json.key("segments").array();
  for (const Segment &segment : segments) write_segment(json, model, best, segment, result.spans);
  json.end_array();
  json.key("cost").object();
  json.key("mel").number(result.cost.mel).key("encode").number(result.cost.encode).key("prompt").number(result.cost.prompt);
  json.key("decode").number(result.cost.decode).key("times").number(result.cost.times).end_object();
  json.key("steps").integer(result.steps).end_object();
  return json.str();
}

} // namespace vb
