/*
 * From a row of logits to tokens: which are allowed here (openai/whisper, decoding.py), how likely they are, and the choice among them.
 */
#pragma once

#include "model.h"

#include <random>
#include <vector>

namespace vb {

struct Rules {
  const Model *model;
  bool timestamps;   /* false: none may be sampled */
  bool keep_blank;   /* a text may begin with a space alone, or be empty */
  bool drop_symbols; /* suppress symbols that are not speech */
};

struct Choice {
  int32_t token;
  float log_probability;
};

/* Sets what may not follow `sequence` (forced and sampled tokens) to minus infinity. */
void restrict_logits(float *logits, const Rules &rules, const std::vector<int32_t> &sequence);

/* log(sum(exp(row))); minus infinity when all of it is, not a number when any of it is. */
float log_sum_exp(const float *row, size_t count);

/* The likeliest token. */
Choice choose_best(const float *logits, size_t count);
/* The `wanted` likeliest tokens, best first. */
std::vector<Choice> choose_top(const float *logits, size_t count, size_t wanted);
/* A token drawn at this temperature; its log-probability is the one at temperature 1, so that all results compare. */
Choice choose_random(const float *logits, size_t count, float temperature, std::mt19937 &random);

/* Entropy in nats of the last 32 of these tokens: log(32) when all differ, near 0 in a loop. */
double entropy_of(const std::vector<int32_t> &tokens);

} // namespace vb
