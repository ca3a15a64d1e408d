/*
 * whisper.cpp's own source, and the few calls through which the rest of the shim uses it. See whisper_core.h.
 */
#include "whisper.cpp"

#include "whisper_core.h"
#include "whisper_memory.h"

namespace vb::core {

namespace {

void set_abort(whisper_state &state, std::atomic<const std::atomic<int32_t> *> *stop) {
  const ggml_abort_callback aborted = [](void *data) -> bool {
    const auto *word = static_cast<std::atomic<const std::atomic<int32_t> *> *>(data)->load(std::memory_order_relaxed);
    return word && word->load(std::memory_order_relaxed) != 0;
  };
  for (ggml_backend_t backend : state.backends) {
    ggml_backend_reg_t registry = ggml_backend_dev_backend_reg(ggml_backend_get_device(backend));
    auto set = reinterpret_cast<ggml_backend_set_abort_callback_t>(
        ggml_backend_reg_get_proc_address(registry, "ggml_backend_set_abort_callback"));
    if (set) set(backend, aborted, stop);
  }
}

} // namespace

void FreeContext::operator()(whisper_context *context) const { whisper_free(context); }
void FreeState::operator()(whisper_state *state) const { whisper_free_state(state); }

Context open_context(ModelSource &source, bool use_gpu, int32_t gpu_device) {
  if (!ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU)) fail(VB_E_BACKEND, "No compute backend is loaded.");
  whisper_context_params params = whisper_context_default_params();
  params.use_gpu = use_gpu;
  params.gpu_device = gpu_device;
  params.flash_attn = true;

  source.seek(0);
  whisper_model_loader loader = {};
  loader.context = &source;
  loader.read = [](void *context, void *into, size_t count) { return static_cast<ModelSource *>(context)->read(into, count); };
  loader.eof = [](void *context) { return static_cast<ModelSource *>(context)->at_end(); };
  loader.close = [](void *) {};
  Context context(whisper_init_with_params_no_state(&loader, params));
  if (!context) fail(VB_E_MODEL, "The model cannot be loaded: its weights do not fit its dimensions, or memory ran out.");
  return context;
}

SpecialTokens special_tokens(const whisper_context *context) {
  const whisper_vocab &v = context->vocab;
  return {v.token_eot,  v.token_sot, v.token_translate, v.token_transcribe, v.token_solm,        v.token_prev,
          v.token_nosp, v.token_not, v.token_beg,       v.num_languages(),  (int32_t)v.n_vocab, v.is_multilingual()};
}

std::vector<std::string> take_vocabulary(whisper_context *context) {
  whisper_vocab &vocab = context->vocab;
  std::vector<std::string> words(static_cast<size_t>(vocab.n_vocab));
  for (auto &[id, word] : vocab.id_to_token)
    if (id >= 0 && id < vocab.n_vocab) words[static_cast<size_t>(id)] = std::move(word);
  vocab.id_to_token.clear(); // two trees of 50000 nodes
  vocab.token_to_id.clear();
  return words;
}

std::string model_type(const whisper_context *context) {
  const auto &h = context->model.hparams;
  std::string type = g_model_name.at(context->model.type);
  if (context->model.type == MODEL_LARGE && h.n_mels == 128) type += h.n_text_layer == 4 ? "-v3-turbo" : "-v3";
  if (type != "unknown" && !context->vocab.is_multilingual()) type += ".en";
  return type;
}

uint64_t weight_bytes(const whisper_context *context) {
  uint64_t bytes = 0;
  for (ggml_backend_buffer_t buffer : context->model.buffers) bytes += ggml_backend_buffer_get_size(buffer);
  return bytes;
}

std::vector<Head> alignment_heads(const whisper_context *context) {
  const auto &h = context->model.hparams;
  // Of base.en: one that looks a little ahead of the word, one a little behind, one at it. Chosen on one half of the clips, reported on the
  // other: docs/word-times.md. The published heads all look ahead, by 80 ms and more.
  if (h.n_text_layer == 6 && h.n_text_head == 8 && !context->vocab.is_multilingual()) return {{4, 7}, {4, 6}, {5, 4}};
  std::vector<Head> heads;
  for (int32_t layer = h.n_text_layer / 2; layer < h.n_text_layer; layer++)
    for (int32_t head = 0; head < h.n_text_head; head++) heads.push_back({layer, head});
  return heads;
}

const std::vector<float> &mel_filters(const whisper_context *context) { return context->model.filters.data; }

const char *language_code(int32_t index) { return index < 0 || index > whisper_lang_max_id() ? nullptr : whisper_lang_str(index); }

int32_t language_index(const std::string &code) {
  const auto found = g_lang.find(code);
  return found == g_lang.end() ? -1 : found->second.first;
}

State new_state(whisper_context *context, std::atomic<const std::atomic<int32_t> *> *stop) {
  State state = make_state(*context);
  if (!state) fail(VB_E_MEMORY, "No memory for a decoding state.");
  set_abort(*state, stop);
  return state;
}

void encode(whisper_context *context, whisper_state *state, const std::vector<float> &mel, int32_t audio_context, int32_t threads) {
  state->exp_n_audio_ctx = audio_context;
  if (whisper_has_gpu(*state)) ggml_backend_buffer_clear(state->kv_pad.buffer, 0);
  ggml_backend_sched_t sched = state->sched_encode.sched;
  ggml_cgraph *graph = encoder_graph(*context, *state);
  if (!ggml_backend_sched_alloc_graph(sched, graph)) fail(VB_E_MEMORY, "No memory for the encoder.");
  ggml_backend_tensor_set(ggml_graph_get_tensor(graph, "mel"), mel.data(), 0, mel.size() * sizeof(float));
  if (!ggml_graph_compute_helper(sched, graph, threads)) fail(VB_E_BACKEND, "The encoder failed.");
}

void clear_sequences(whisper_context *context, whisper_state *state, int32_t sequences) {
  empty_cells(*context, *state, sequences);
}

void copy_sequence(whisper_state *state, int32_t from, int32_t to) {
  drop_sequence(state, to);
  whisper_kv_cache_seq_cp(state->kv_self, from, to, -1, -1);
}

void drop_sequence(whisper_state *state, int32_t sequence) { whisper_kv_cache_seq_rm(state->kv_self, sequence, -1, -1); }

uint32_t cells_held(const whisper_state *state) { return state->kv_self.size; }

void wipe_cells(whisper_state *state) { ggml_backend_buffer_clear(state->kv_self.buffer, 0); }

float *decode(whisper_context *context, whisper_state *state, const std::vector<Input> &inputs, Attention *attention, int32_t threads) {
  whisper_batch &batch = state->batch;
  const auto count = static_cast<int32_t>(inputs.size());
  if (count < 1 || count > context->model.hparams.n_text_ctx) fail(VB_E_INTERNAL, "A decoder pass of impossible length.");
  batch.n_tokens = count;
  state->logit_rows.clear();
  for (int32_t i = 0; i < count; i++) {
    const Input &input = inputs[static_cast<size_t>(i)];
    batch.token[i] = input.token;
    batch.pos[i] = input.position;
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = input.sequence;
    if (input.wants_logits) state->logit_rows.push_back(i);
  }

  place_cells(*context, *state);
  whisper_kv_cache &cache = state->kv_self;
  const uint32_t pad = whisper_kv_cache_get_padding(*context);
  cache.n = std::min(cache.size, std::max(pad, static_cast<uint32_t>(GGML_PAD(whisper_kv_cache_cell_max(cache), pad))));

  state->attention_heads.clear();
  state->attention_first = attention ? attention->first : -1;
  if (attention)
    for (const Head &head : *attention->heads) state->attention_heads.push_back({head.layer, head.head});

  ggml_backend_sched_t sched = state->sched_decode.sched;
  ggml_cgraph *graph = whisper_build_graph_decoder(*context, *state, batch, false, false);
  if (!ggml_backend_sched_alloc_graph(sched, graph)) fail(VB_E_MEMORY, "No memory for the decoder.");

  ggml_backend_tensor_set(ggml_graph_get_tensor(graph, "embd"), batch.token, 0, static_cast<size_t>(count) * sizeof(int32_t));
  ggml_backend_tensor_set(ggml_graph_get_tensor(graph, "position"), batch.pos, 0, static_cast<size_t>(count) * sizeof(int32_t));
  if (ggml_tensor *rows = ggml_graph_get_tensor(graph, "logit_rows"))
    ggml_backend_tensor_set(rows, state->logit_rows.data(), 0, state->logit_rows.size() * sizeof(int32_t));
  {
    ggml_tensor *mask = ggml_graph_get_tensor(graph, "KQ_mask");
    const auto keys = static_cast<size_t>(cache.n);
    state->inp_mask.assign(keys * static_cast<size_t>(count), -INFINITY);
    for (int32_t i = 0; i < count; i++)
      for (size_t k = 0; k < keys; k++) {
        const auto &cell = cache.cells[k];
        if (cell.pos <= batch.pos[i] && cell.has_seq_id(batch.seq_id[i][0])) state->inp_mask[static_cast<size_t>(i) * keys + k] = 0.0f;
      }
    ggml_backend_tensor_set(mask, state->inp_mask.data(), 0, ggml_nbytes(mask));
  }

  ggml_tensor *logits = ggml_graph_node(graph, -1);
  if (!ggml_graph_compute_helper(sched, graph, threads, false)) {
    ggml_backend_sched_reset(sched);
    fail(VB_E_BACKEND, "The decoder failed.");
  }

  state->logits.resize(static_cast<size_t>(ggml_nelements(logits)));
  ggml_backend_tensor_get(logits, state->logits.data(), 0, ggml_nbytes(logits));
  if (attention) {
    const auto each = static_cast<size_t>(ggml_nelements(state->attention_rows.front()));
    attention->rows.resize(each * state->attention_rows.size());
    for (size_t i = 0; i < state->attention_rows.size(); i++)
      ggml_backend_tensor_get(state->attention_rows[i], attention->rows.data() + i * each, 0, each * sizeof(float));
  }
  ggml_backend_sched_reset(sched);
  return state->logits.data();
}

} // namespace vb::core
