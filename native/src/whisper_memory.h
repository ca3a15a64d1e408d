/*
 * The memory of a state. Upstream's whisper_init_state clears every cache for the longest audio and text that there could be; here a cache
 * takes memory where something is written to it, and grows with the text. Included by whisper_core.cpp alone, after whisper.cpp.
 *
 * base.en: each of the encoder's 1500 positions has 12 kB of keys and values for the decoder and 2 kB for the encoder itself. A cell of the
 * decoder's cache holds one token of one text, or of several that have it in common, and takes 12 kB as well.
 */
#pragma once

#include <cstdlib>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace vb::core {

/* Cells that a state begins with: most texts, with the words before them, are shorter. */
constexpr uint32_t kLeastCells = 128;
/* A cache with more cells is given back once they are not needed any more: many hypotheses, or a text that would not end, took them. */
constexpr uint32_t kMostKeptCells = 512;
/* Cells come in so many. */
constexpr uint32_t kCellStep = 64;

/* Zeros, which take memory where something else is written. Malloc would give a cache what was freed before, and have to clear it. */
inline std::shared_ptr<void> zeros(size_t size) {
#ifdef __linux__
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  return {memory, [size](void *at) { munmap(at, size); }};
#else
  return {std::calloc(1, size), [](void *at) { std::free(at); }};
#endif
}

inline bool on_cpu(ggml_backend_t backend) {
  return ggml_backend_dev_type(ggml_backend_get_device(backend)) == GGML_BACKEND_DEVICE_TYPE_CPU;
}

/* Makes an empty cache of so many cells in each layer; on a GPU as upstream does. */
inline bool open_cache(whisper_kv_cache &cache, ggml_backend_t backend, int64_t width, int64_t layers, uint32_t cells) {
  if (!on_cpu(backend)) return whisper_kv_cache_init(cache, backend, GGML_TYPE_F16, width, layers, static_cast<int>(cells));
  constexpr size_t kAlignment = 64;
  cache.size = cells;
  cache.cells.resize(cells);
  cache.ctx_buf.resize(2 * ggml_tensor_overhead());
  ggml_context *tensors = ggml_init({cache.ctx_buf.size(), cache.ctx_buf.data(), true});
  if (!tensors) return false;
  cache.k = ggml_new_tensor_1d(tensors, GGML_TYPE_F16, width * layers * cells);
  cache.v = ggml_new_tensor_1d(tensors, GGML_TYPE_F16, width * layers * cells);
  ggml_free(tensors); // they lie in ctx_buf
  const size_t each = GGML_PAD(ggml_nbytes(cache.k), kAlignment);
  cache.memory = zeros(2 * each + kAlignment);
  if (!cache.memory) return false;
  char *base = reinterpret_cast<char *>(GGML_PAD(reinterpret_cast<uintptr_t>(cache.memory.get()), kAlignment));
  cache.buffer = ggml_backend_cpu_buffer_from_ptr(base, 2 * each);
  return cache.buffer && ggml_backend_tensor_alloc(cache.buffer, cache.k, base) == GGML_STATUS_SUCCESS &&
         ggml_backend_tensor_alloc(cache.buffer, cache.v, base + each) == GGML_STATUS_SUCCESS;
}

/* Gives the decoder's cache another size; what is in its cells stays, as far as it fits. */
inline void resize_cells(const whisper_context &context, whisper_state &state, uint32_t size) {
  whisper_kv_cache &cache = state.kv_self;
  whisper_kv_cache other;
  const auto &h = context.model.hparams;
  if (!open_cache(other, state.backends[0], h.n_text_state, h.n_text_layer, size)) {
    whisper_kv_cache_free(other);
    fail(VB_E_MEMORY, "No memory for the decoder's cache.");
  }
  if (on_cpu(state.backends[0])) {
    const size_t cell = sizeof(ggml_fp16_t), width = static_cast<size_t>(h.n_text_state), kept = std::min(cache.most, size);
    const auto copy = [&](ggml_tensor *from, ggml_tensor *to, size_t rows, size_t held, size_t holds, size_t bytes) {
      for (size_t row = 0; row < rows; row++)
        memcpy(static_cast<char *>(to->data) + row * holds, static_cast<char *>(from->data) + row * held, bytes);
    };
    const auto layers = static_cast<size_t>(h.n_text_layer);
    // Keys lie cell by cell, values element by element.
    if (kept > 0) {
      copy(cache.k, other.k, layers, width * cache.size * cell, width * size * cell, width * kept * cell);
      copy(cache.v, other.v, layers * width, cache.size * cell, size * cell, kept * cell);
    }
  }
  // The bookkeeping covers all cells that there may be.
  other.cells.swap(cache.cells);
  other.head = cache.head;
  other.most = cache.most;
  whisper_kv_cache_free(cache);
  cache = std::move(other);
}

/* Memory for as many texts side by side, of which nothing is there yet. On a GPU for all that there may be, else for the least. */
inline void empty_cells(const whisper_context &context, whisper_state &state, int32_t sequences) {
  whisper_kv_cache &cache = state.kv_self;
  // Two more than needed, because sequences that fork and end leave holes behind.
  const auto most = static_cast<uint32_t>(GGML_PAD(context.model.hparams.n_text_ctx, 256) * (sequences > 1 ? sequences + 2 : 1));
  if (cache.cells.size() < most) cache.cells.resize(most);
  const bool too_large = cache.size > kMostKeptCells && cache.most <= cache.size / 2;
  cache.most = 0;
  if (!on_cpu(state.backends[0])) {
    if (cache.size < most) resize_cells(context, state, most);
  } else if (too_large) {
    resize_cells(context, state, kMostKeptCells);
  }
  // Only the bookkeeping: numbers that a mask hides need not be wiped.
  for (auto &cell : cache.cells) {
    cell.pos = -1;
    cell.seq_id.clear();
  }
  cache.head = 0;
}

/* Finds cells for the batch, among all that there may be, and memory for them. */
inline void place_cells(const whisper_context &context, whisper_state &state) {
  whisper_kv_cache &cache = state.kv_self;
  const uint32_t held = cache.size;
  cache.size = static_cast<uint32_t>(cache.cells.size());
  const bool found = whisper_kv_cache_find_slot(cache, state.batch);
  cache.size = held;
  if (!found) fail(VB_E_INTERNAL, "The decoder's cache is full.");
  const uint32_t needed = cache.head + static_cast<uint32_t>(state.batch.n_tokens);
  if (needed > held) {
    const auto most = static_cast<uint32_t>(cache.cells.size());
    resize_cells(context, state, std::min(most, static_cast<uint32_t>(GGML_PAD(std::max(needed, held + held / 2), kCellStep))));
  }
  cache.most = std::max(cache.most, needed);
}

/* Convolutions, encoder, and its keys and values for the decoder: one graph, whose tensors share memory. "mel" is what goes in. */
inline ggml_cgraph *encoder_graph(whisper_context &context, whisper_state &state) {
  whisper_build_graph_conv(context, state);
  // Upstream keeps it for the next graph; here that is the same one.
  state.embd_conv->flags &= ~GGML_TENSOR_FLAG_OUTPUT;
  ggml_cgraph *graph = whisper_build_graph_encoder(context, state);
  ggml_cgraph *cross = whisper_build_graph_cross(context, state);
  for (int i = 0; i < ggml_graph_n_nodes(cross); i++) ggml_build_forward_expand(graph, ggml_graph_node(cross, i));
  return graph;
}

/* Caches, and the graphs planned for the longest audio: what does not fit in memory is to fail here. Null: it does not. */
inline State make_state(whisper_context &context) {
  State state(new whisper_state());
  const auto &h = context.model.hparams;
  state->backends = whisper_backend_init(context.params);
  const auto positions = static_cast<uint32_t>(GGML_PAD(h.n_audio_ctx, 256));
  const auto texts = static_cast<uint32_t>(GGML_PAD(h.n_text_ctx, 256));
  const uint32_t cells = on_cpu(state->backends[0]) ? std::min(kLeastCells, texts) : texts;
  if (!open_cache(state->kv_self, state->backends[0], h.n_text_state, h.n_text_layer, cells) ||
      !open_cache(state->kv_cross, state->backends[0], h.n_text_state, h.n_text_layer, positions) ||
      !open_cache(state->kv_pad, state->backends[0], h.n_audio_state, 1, positions))
    return nullptr;
  state->batch = whisper_batch_init(h.n_text_ctx, WHISPER_MAX_DECODERS);
  for (whisper_sched *part : {&state->sched_conv, &state->sched_cross})
    part->meta.resize(ggml_tensor_overhead() * WHISPER_MAX_NODES + ggml_graph_overhead());
  const bool planned =
      whisper_sched_graph_init(state->sched_encode, state->backends, [&] { return encoder_graph(context, *state); }) &&
      whisper_sched_graph_init(state->sched_decode, state->backends, [&] {
        // The allocator takes more when a longer text comes, or more rows of logits are wanted.
        constexpr size_t kRows = 8;
        whisper_batch_prep_legacy(state->batch, nullptr, std::min(static_cast<int>(cells), h.n_text_ctx), 0, 0);
        state->logit_rows.assign(kRows, 0);
        return whisper_build_graph_decoder(context, *state, state->batch, false, true);
      });
  return planned ? std::move(state) : nullptr;
}

} // namespace vb::core
