/* See search.h. */
#include "search.h"

#include "clock.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vb {

namespace {

class Search {
public:
  Search(const Model &model, whisper_state *state, vb_job *job, const SearchOptions &options)
      : model(model), state(state), job(job), options(options), count(static_cast<size_t>(model.tokens.count)) {
    result.archive.block = static_cast<size_t>(options.attention_positions);
  }

  SearchResult run() {
    const bool beams = options.temperature == 0.0f && options.beam_size > 1;
    const int32_t candidates = options.temperature > 0.0f ? std::max(options.best_of, 1) : 1;
    core::clear_sequences(model.context.get(), state, beams ? options.beam_size : candidates);
    Clock clock;
    const Sequence opened = read_opening();
    result.prompt_seconds = clock.lap();
    if (beams)
      search_beams(opened);
    else
      search_apart(opened, candidates);
    result.decode_seconds = clock.lap();
    return std::move(result);
  }

private:
  const Model &model;
  whisper_state *state;
  vb_job *job;
  const SearchOptions &options;
  const size_t count;
  SearchResult result;
  std::vector<float> first_row; /* logits after the opening and the prefix */

  float *pass(const std::vector<core::Input> &inputs, int32_t first, std::vector<int32_t> *blocks) {
    check_cancelled(job);
    if (result.archive.block == 0) return core::decode(model.context.get(), state, inputs, nullptr, options.threads);
    core::Attention attention = {&model.heads, first, {}};
    float *logits = core::decode(model.context.get(), state, inputs, &attention, options.threads);
    keep_attention(attention, inputs.size() - static_cast<size_t>(first), blocks);
    return logits;
  }

  /* From [head][input][position] to one block for each input. A head may look beyond the audio; only its shares within count. */
  void keep_attention(const core::Attention &attention, size_t inputs, std::vector<int32_t> *blocks) {
    AttentionArchive &archive = result.archive;
    const auto width = static_cast<size_t>(options.audio_context);
    for (size_t i = 0; i < inputs; i++) {
      blocks->push_back(static_cast<int32_t>(archive.blocks.size() / archive.block));
      archive.blocks.resize(archive.blocks.size() + archive.block, 0.0f);
      float *into = archive.blocks.data() + archive.blocks.size() - archive.block;
      for (size_t head = 0; head < model.heads.size(); head++) {
        const float *row = attention.rows.data() + (head * inputs + i) * width;
        const float sum = std::accumulate(row, row + archive.block, 0.0f);
        const float scale = sum > 0.0f ? 1.0f / (sum * static_cast<float>(model.heads.size())) : 0.0f;
        for (size_t p = 0; p < archive.block; p++) into[p] += row[p] * scale;
      }
    }
  }

  void check_number(const Choice &choice) const {
    if (std::isfinite(choice.log_probability)) return;
    core::wipe_cells(state); // or the next decode would meet them
    fail(VB_E_BACKEND, "The model gave no numbers for this audio.");
  }

  /* The first pass: everything that is forced. Rates the prefix and the chance that nothing is said. */
  Sequence read_opening() {
    std::vector<core::Input> inputs;
    for (const int32_t token : options.opening) inputs.push_back({token, static_cast<int32_t>(inputs.size()), 0, false});
    const size_t first = inputs.size() - 1; // predicts the text's first token
    for (const int32_t token : options.prefix) inputs.push_back({token, static_cast<int32_t>(inputs.size()), 0, false});
    inputs[options.start].wants_logits = true;
    for (size_t i = first; i < inputs.size(); i++) inputs[i].wants_logits = true;

    Sequence sequence;
    float *logits = pass(inputs, static_cast<int32_t>(first), &sequence.attention);
    result.no_speech = std::exp(logits[model.tokens.no_speech] - log_sum_exp(logits, count));
    check_number({model.tokens.no_speech, result.no_speech});
    if (options.start != first) logits += count;
    for (const int32_t token : options.prefix) {
      restrict_logits(logits, options.rules, sequence.tokens);
      const float log_probability = std::max(logits[token], -100.0f) - log_sum_exp(logits, count);
      check_number({token, log_probability});
      sequence.tokens.push_back(token);
      sequence.log_probabilities.push_back(log_probability);
      logits += count;
    }
    first_row.assign(logits, logits + count);
    return sequence;
  }

  void append(Sequence &sequence, const Choice &choice) const {
    sequence.sum += choice.log_probability;
    sequence.sampled++;
    if (choice.token == model.tokens.end) {
      sequence.ended = true;
      return;
    }
    sequence.tokens.push_back(choice.token);
    sequence.log_probabilities.push_back(choice.log_probability);
    constexpr size_t kTooFewToTell = 32;
    sequence.repeating = sequence.tokens.size() > kTooFewToTell && entropy_of(sequence.tokens) < options.least_entropy;
  }

  bool open(const Sequence &sequence) const {
    return !sequence.ended && !sequence.repeating && sequence.sampled < options.most_tokens;
  }

  int32_t next_position(const Sequence &sequence) const {
    return static_cast<int32_t>(options.opening.size() + sequence.tokens.size()) - 1;
  }

  void report(const Sequence &sequence) const {
    // The encoder is about half of the work; what is left is guessed from how fast people speak.
    set_progress(job, 0.5 + 0.49 * std::min(1.0, sequence.sampled / options.expected_tokens));
  }

  /* Candidates that do not know of each other: one greedy, or several random ones. */
  void search_apart(const Sequence &opened, int32_t candidates) {
    std::vector<Sequence> sequences(static_cast<size_t>(candidates), opened);
    std::vector<std::mt19937> random;
    for (int32_t i = 0; i < candidates; i++) {
      random.emplace_back(static_cast<uint32_t>(i));
      if (i > 0) core::copy_sequence(state, 0, i);
    }
    const auto choose = [&](float *logits, size_t i) {
      restrict_logits(logits, options.rules, sequences[i].tokens);
      const Choice choice =
          options.temperature > 0.0f ? choose_random(logits, count, options.temperature, random[i]) : choose_best(logits, count);
      check_number(choice);
      append(sequences[i], choice);
    };
    for (size_t i = 0; i < sequences.size(); i++) {
      std::vector<float> row = first_row;
      choose(row.data(), i);
    }
    while (true) {
      report(sequences.front());
      if (candidates == 1 && options.on_token) options.on_token(sequences.front(), result.no_speech);
      std::vector<core::Input> inputs;
      std::vector<size_t> whose;
      for (size_t i = 0; i < sequences.size(); i++) {
        if (!open(sequences[i])) continue;
        inputs.push_back({sequences[i].tokens.back(), next_position(sequences[i]), static_cast<int32_t>(i), true});
        whose.push_back(i);
      }
      if (inputs.empty()) break;
      std::vector<int32_t> blocks;
      float *logits = pass(inputs, 0, &blocks);
      result.steps++;
      for (size_t k = 0; k < whose.size(); k++) {
        if (!blocks.empty()) sequences[whose[k]].attention.push_back(blocks[k]);
        choose(logits + k * count, whose[k]);
      }
    }
    take_best(sequences);
  }

  struct Candidate {
    size_t from;
    Choice choice;
    double score;
  };

  void search_beams(const Sequence &opened) {
    const auto width = static_cast<size_t>(options.beam_size);
    std::vector<Sequence> beams = {opened}, ended;
    std::vector<float> rows = first_row;
    while (true) {
      std::vector<Candidate> candidates;
      for (size_t i = 0; i < beams.size(); i++) {
        float *row = rows.data() + i * count;
        restrict_logits(row, options.rules, beams[i].tokens);
        for (const Choice &choice : choose_top(row, count, width + 1)) {
          check_number(choice);
          candidates.push_back({i, choice, beams[i].sum + choice.log_probability});
        }
      }
      if (candidates.empty()) fail(VB_E_BACKEND, "The model gave no numbers for this audio.");
      std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate &a, const Candidate &b) { return a.score > b.score; });

      std::vector<Sequence> next;
      std::vector<size_t> sources;
      for (const Candidate &candidate : candidates) {
        Sequence sequence = beams[candidate.from];
        append(sequence, candidate.choice);
        if (!open(sequence)) {
          ended.push_back(std::move(sequence));
          continue;
        }
        next.push_back(std::move(sequence));
        sources.push_back(candidate.from);
        if (next.size() == width) break;
      }
      if (ended.size() >= width || next.empty()) break;
      follow(sources, beams.size());
      beams = std::move(next);
      report(beams.front());

      std::vector<core::Input> inputs;
      for (size_t i = 0; i < beams.size(); i++)
        inputs.push_back({beams[i].tokens.back(), next_position(beams[i]), static_cast<int32_t>(i), true});
      std::vector<int32_t> blocks;
      const float *logits = pass(inputs, 0, &blocks);
      result.steps++;
      rows.assign(logits, logits + beams.size() * count);
      for (size_t i = 0; i < blocks.size(); i++) beams[i].attention.push_back(blocks[i]);
    }
    take_best(ended);
  }

  /* Gives each new beam the cache of the beam it continues. */
  void follow(const std::vector<size_t> &sources, size_t before) {
    const auto offset = options.beam_size;
    for (size_t i = 0; i < sources.size(); i++)
      core::copy_sequence(state, static_cast<int32_t>(sources[i]), offset + static_cast<int32_t>(i));
    for (size_t i = 0; i < before; i++) core::drop_sequence(state, static_cast<int32_t>(i));
    for (size_t i = 0; i < sources.size(); i++) {
      core::copy_sequence(state, offset + static_cast<int32_t>(i), static_cast<int32_t>(i));
      core::drop_sequence(state, offset + static_cast<int32_t>(i));
    }
  }

  void take_best(std::vector<Sequence> &sequences) {
    const auto best = std::max_element(sequences.begin(), sequences.end(), [](const Sequence &a, const Sequence &b) {
      if (a.repeating != b.repeating) return a.repeating;
      return a.average() < b.average();
    });
    result.best = std::move(*best);
  }
};

} // namespace

SearchResult search(const Model &model, whisper_state *state, vb_job *job, const SearchOptions &options) {
  return Search(model, state, job, options).run();
}

} // namespace vb
