/*
 * One decode: options are checked, the audio is encoded, the text is searched for at rising temperatures until it passes, and the
 * result is written as JSON.
 */
#include "clock.h"
#include "mel.h"
#include "result.h"
#include "state.h"
#include "times.h"

#include <algorithm>
#include <cmath>

namespace vb {

namespace {

struct Plan {
  int32_t threads, best_of, beam_size, audio_context, most_tokens;
  bool timestamps, words, translate;
  float temperature, temperature_step;
  double least_log_probability, least_entropy, most_no_speech;
  int32_t language; /* index; -1: detect */
};

double or_default(float value, double standard) { return value == 0.0f ? standard : value; }

int32_t read_language(const Model &model, const char *code) {
  const std::string given = code ? code : "";
  if (!model.tokens.multilingual) {
    if (given.empty() || given == "auto" || given == "en") return 0;
    fail(VB_E_ARGUMENT, "The model knows English only.");
  }
  if (given.empty() || given == "auto") return -1;
  const int32_t index = core::language_index(given);
  if (index < 0 || index >= model.tokens.languages) fail(VB_E_ARGUMENT, "The model does not know the language \"" + given + "\".");
  return index;
}

Plan make_plan(const Model &model, const vb_decode_options &o, uint64_t samples) {
  const auto within = [](double value, double least, double most, const char *what) {
    if (!(value >= least && value <= most)) fail(VB_E_ARGUMENT, std::string(what) + " is out of range.");
  };
  constexpr int32_t kMostCandidates = 16;
  check_threads(o.threads);
  within(o.task, VB_TASK_TRANSCRIBE, VB_TASK_TRANSLATE, "The task");
  within(o.times, VB_TIMES_NONE, VB_TIMES_WORDS, "The kind of times");
  within(o.beam_size, 0, kMostCandidates, "The beam size");
  within(o.best_of, 0, kMostCandidates, "The number of candidates");
  within(o.max_tokens, 0, 1 << 20, "The number of tokens");
  within(o.temperature, 0, 2, "The temperature");
  within(o.temperature_step, 0, 2, "The temperature step");
  within(o.prefix_count, 0, model.dimensions.text_context / 2 - 1, "The length of the prefix");
  if (std::isnan(o.log_probability_threshold) || std::isnan(o.entropy_threshold) || std::isnan(o.no_speech_threshold))
    fail(VB_E_ARGUMENT, "A threshold is not a number.");
  if (o.prefix_count > 0 && !o.prefix) fail(VB_E_ARGUMENT, "There is no prefix.");
  for (int32_t i = 0; i < o.prefix_count; i++) {
    const int32_t id = o.prefix[i];
    if (id < 0 || id >= model.tokens.count || (id >= model.tokens.end && id < model.tokens.time_zero))
      fail(VB_E_ARGUMENT, "The prefix holds a token that is no text.");
  }

  Plan plan = {};
  plan.threads = std::max(o.threads, 1);
  plan.best_of = o.best_of == 0 ? 5 : o.best_of;
  plan.beam_size = o.beam_size;
  plan.audio_context = round_audio_context(model, o.audio_ctx, samples);
  plan.most_tokens = model.dimensions.text_context / 2 - o.prefix_count;
  if (o.max_tokens > 0) plan.most_tokens = std::min(plan.most_tokens, o.max_tokens);
  // The first distilled models (two decoder layers) were not taught timestamps.
  const bool untaught = model.dimensions.text_layers == 2 && model.tokens.count != 51866;
  plan.timestamps = o.times == VB_TIMES_SEGMENTS && !untaught;
  plan.words = o.times == VB_TIMES_WORDS;
  plan.translate = o.task == VB_TASK_TRANSLATE;
  if (plan.translate && !model.tokens.multilingual) fail(VB_E_ARGUMENT, "The model knows English only: it cannot translate.");
  plan.temperature = o.temperature;
  plan.temperature_step = o.temperature_step;
  plan.least_log_probability = or_default(o.log_probability_threshold, -1.0);
  plan.least_entropy = or_default(o.entropy_threshold, 2.4);
  plan.most_no_speech = or_default(o.no_speech_threshold, 0.6);
  plan.language = read_language(model, o.language);
  return plan;
}

/* What is forced before the text: earlier text, then start, language, task and whether times are wanted. */
void write_opening(const Model &model, const Plan &plan, const vb_decode_options &o, SearchOptions &search) {
  const core::SpecialTokens &t = model.tokens;
  if (o.prompt && *o.prompt) {
    const std::vector<int32_t> prompt = tokenize(model, o.prompt);
    const size_t most = static_cast<size_t>(model.dimensions.text_context / 2 - 1);
    const size_t kept = std::min(prompt.size(), most);
    if (kept > 0) search.opening.push_back(t.previous);
    search.opening.insert(search.opening.end(), prompt.end() - static_cast<std::ptrdiff_t>(kept), prompt.end());
  }
  search.start = search.opening.size();
  search.opening.push_back(t.start);
  if (t.multilingual) {
    search.opening.push_back(t.start + 1 + plan.language);
    search.opening.push_back(plan.translate ? t.translate : t.transcribe);
  }
  if (!plan.timestamps) search.opening.push_back(t.no_timestamps);
  if (o.prefix_count > 0) search.prefix.assign(o.prefix, o.prefix + o.prefix_count);
  // A text with times begins with one.
  if (plan.timestamps && !search.prefix.empty() && search.prefix.front() < t.time_zero)
    search.prefix.insert(search.prefix.begin(), t.time_zero);
}

struct Verdict {
  bool silent, failed;
};

Verdict judge(const Plan &plan, const SearchResult &result) {
  const bool unsure = result.best.sampled > 0 && result.best.average() < plan.least_log_probability;
  const bool silent = unsure && result.no_speech > plan.most_no_speech;
  return {silent, !silent && (unsure || result.best.repeating || !result.best.ended)};
}

/* Whether `a` is the better of two results that both failed. */
bool better(const SearchResult &a, const SearchResult &b) {
  if (a.best.repeating != b.best.repeating) return b.best.repeating;
  return a.best.average() > b.best.average();
}

void run(vb_state &state, vb_job *job, const float *pcm, uint64_t samples, const vb_decode_options &o, Plan plan, vb_buffer *json) {
  const Model &model = *state.model;
  DecodeResult result = {};
  result.seconds = static_cast<double>(samples) / kSampleRate;
  result.audio_context = plan.audio_context;
  result.timestamps = plan.timestamps;
  check_cancelled(job);
  encode_audio(state, pcm, samples, plan.audio_context, plan.threads, &result.cost.mel, &result.cost.encode);
  set_progress(job, 0.5);
  Clock clock;
  if (plan.language < 0) {
    const Language language = rate_languages(state, plan.threads, {}).front();
    plan.language = language.index;
    result.language_probability = language.probability;
  }
  result.language = core::language_code(plan.language);
  result.cost.prompt = clock.lap();

  SearchOptions search = {};
  write_opening(model, plan, o, search);
  search.rules = {&model, plan.timestamps, o.keep_blank != 0, o.suppress_non_speech != 0};
  search.beam_size = plan.beam_size;
  search.best_of = plan.best_of;
  search.least_entropy = plan.least_entropy;
  search.threads = plan.threads;
  search.audio_context = plan.audio_context;
  search.attention_positions = plan.words ? audio_positions(result.seconds, plan.audio_context) : 0;
  search.most_tokens = std::max(
      1, std::min(plan.most_tokens, model.dimensions.text_context - static_cast<int32_t>(search.opening.size() + search.prefix.size())));
  search.expected_tokens = 4.0 * result.seconds + 4.0;

  SegmentFeed feed(model, job, result.seconds);
  // Segments may be shown while the text grows only when nothing can take them back.
  if (job && plan.timestamps && plan.temperature_step == 0.0f)
    search.on_token = [&](const Sequence &sequence, float no_speech) {
      if (no_speech <= plan.most_no_speech) feed.show(sequence);
    };

  bool chosen = false;
  constexpr float kHottest = 1.0f + 1e-4f;
  for (float temperature = plan.temperature;; temperature += plan.temperature_step) {
    search.temperature = temperature;
    SearchResult found = vb::search(model, state.state.get(), job, search);
    result.steps += found.steps;
    result.cost.prompt += found.prompt_seconds;
    result.cost.decode += found.decode_seconds;
    const Verdict verdict = judge(plan, found);
    if (!chosen || !verdict.failed || better(found, result.search)) {
      result.search = std::move(found);
      result.temperature = temperature;
      result.silent = verdict.silent;
      chosen = true;
    }
    if (!verdict.failed || plan.temperature_step <= 0.0f || temperature + plan.temperature_step > kHottest) break;
  }

  clock.lap();
  if (plan.words && !result.silent)
    result.spans = align_tokens(result.search.archive, result.search.best, result.seconds);
  result.cost.times = clock.lap();
  if (!result.silent) feed.finish(result);
  set_progress(job, 1.0);
  give(json, write_result(model, result));
}

} // namespace

} // namespace vb

extern "C" int32_t vb_decode(vb_state *state, vb_job *job, const float *pcm, uint64_t samples, const vb_decode_options *options,
                             vb_buffer *json, char *error) {
  using namespace vb;
  return guarded(error, [&] {
    if (!state || !json) fail(VB_E_ARGUMENT, "No state, or no buffer.");
    *json = {};
    const vb_decode_options given = read_options(options);
    check_audio(pcm, samples);
    const Plan plan = make_plan(*state->model, given, samples);
    const Watch watch(state, job);
    cancellable(job, [&] { run(*state, job, pcm, samples, given, plan, json); });
  });
}
