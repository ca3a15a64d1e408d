/*
 * What a decode gives, its division into segments, and its JSON.
 */
#pragma once

#include "search.h"
#include "times.h"

namespace vb {

struct DecodeResult {
  double seconds;
  int32_t audio_context;
  bool timestamps; /* the text holds timestamp tokens */
  std::string language;
  float language_probability = -1; /* -1: it was given */
  float temperature;
  bool silent; /* rejected: nothing was said */
  int32_t steps;
  struct {
    double mel, encode, prompt, decode, times;
  } cost;
  SearchResult search;
  std::vector<Span> spans; /* of each token, when words were asked for */
};

/* A stretch of tokens of a text: [first, last). */
struct Segment {
  double from, to;
  size_t first, last;
  bool closed; /* by a timestamp */
};

std::vector<Segment> divide(const Model &model, const std::vector<int32_t> &tokens, double seconds);

/* Hands finished segments to the job's readers, each once. */
class SegmentFeed {
public:
  SegmentFeed(const Model &model, vb_job *job, double seconds) : model(model), job(job), seconds(seconds) {}
  /* Of a text that is still growing: those that a timestamp has closed. */
  void show(const Sequence &sequence);
  /* Of the finished text: all that are left. */
  void finish(const DecodeResult &result);

private:
  const Model &model;
  vb_job *job;
  double seconds;
  size_t shown = 0;
};

std::string write_result(const Model &model, const DecodeResult &result);

} // namespace vb
