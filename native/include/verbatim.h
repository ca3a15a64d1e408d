/*
 * verbatim.h: the whole C contract of libverbatim. Everything the program asks of native code goes through here.
 *
 * Units      PCM is 32-bit float, mono, 16 kHz, nominally -1..1. Times are seconds (double) from the first sample given.
 * Threading  A vb_model is read-only once open and may be used from any number of threads. A vb_state, a vb_media
 *            and a decode in progress belong to one thread at a time. vb_job may be touched from any thread.
 * Ownership  What a vb_..._open/new call returns is freed with the matching vb_..._free. A vb_buffer is filled by the
 *            callee and freed by the caller with vb_buffer_free. Nothing given to a call is kept after it returns,
 *            except: vb_model_open_memory (copies what it needs), vb_media_open_memory (the bytes must outlive it).
 * Errors     Functions return 0 on success, else a VB_E_... code, and write a sentence without paths into `error`
 *            (VB_ERROR_SIZE bytes, always NUL-terminated; may be NULL). No input may crash the process.
 * ABI        vb_abi_version() must equal VB_ABI_VERSION. Every struct starts with its size as the caller knows it;
 *            members are only ever added at the end, and zero always means "the default".
 */
#ifndef VERBATIM_H
#define VERBATIM_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define VB_API __declspec(dllexport)
#else
#define VB_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define VB_ABI_VERSION 1
#define VB_ERROR_SIZE 256

enum {
  VB_OK = 0,
  VB_E_ARGUMENT = 1,  /* a parameter is out of range, or a struct has an unknown size */
  VB_E_MODEL = 2,     /* the model file is malformed or of an unknown kind */
  VB_E_AUDIO = 3,     /* the audio cannot be decoded */
  VB_E_MEMORY = 4,
  VB_E_CANCELLED = 5, /* the job's cancel word was set */
  VB_E_BACKEND = 6,   /* no usable compute backend, or it failed */
  VB_E_IO = 7,
  VB_E_INTERNAL = 8
};

typedef struct vb_model vb_model;
typedef struct vb_state vb_state;
typedef struct vb_job vb_job;
typedef struct vb_media vb_media;

/* Bytes made by the library. */
typedef struct vb_buffer {
  uint8_t *data;
  uint64_t size;
} vb_buffer;

VB_API void vb_buffer_free(vb_buffer *buffer);

/* ---- the library ---------------------------------------------------------------------------------------------- */

VB_API int32_t vb_abi_version(void);

/* JSON: { abi, whisper, compiler, backend, devices: [ { name, description } ], features: [ of the CPU variant ] }. Static storage. */
VB_API const char *vb_build_info(void);

/* Where backends lie beside the library: loads those in `directory`, or just the `files` in it (their names, with commas between). The first
   is the first device. Call once, first. */
VB_API int32_t vb_load_backends(const char *directory, const char *files, char *error);

/* Log lines of ggml and whisper.cpp since the last call, oldest first, one per line, at most `size` bytes; the ring drops the oldest. */
VB_API uint64_t vb_log_drain(char *into, uint64_t size);

/* ---- models --------------------------------------------------------------------------------------------------- */

typedef struct vb_model_options {
  uint32_t struct_size;
  int32_t use_gpu; /* 0 no, 1 yes */
  int32_t gpu_device;
} vb_model_options;

VB_API int32_t vb_model_open_file(const char *path, const vb_model_options *options, vb_model **model, char *error);
VB_API int32_t vb_model_open_memory(const void *bytes, uint64_t size, const vb_model_options *options, vb_model **model, char *error);
VB_API void vb_model_free(vb_model *model);

/* JSON: { type, quantisation, multilingual, languages, vocabulary, audioContext, textContext, melBands, memory (bytes) }. */
VB_API int32_t vb_model_info(const vb_model *model, vb_buffer *json, char *error);

/* Token ids of a text. Returns the count; when it exceeds `capacity` only `capacity` ids are written. */
VB_API int32_t vb_tokenize(const vb_model *model, const char *text, int32_t *ids, int32_t capacity);

/* Reads an f16/f32 ggml model and writes it quantised ("q8_0", "q5_1", ...) to a new file. Job may be NULL. */
VB_API int32_t vb_quantize(const char *from, const char *to, const char *type, vb_job *job, char *error);

/* ---- states and jobs ------------------------------------------------------------------------------------------ */

VB_API int32_t vb_state_new(vb_model *model, vb_state **state, char *error);
VB_API void vb_state_free(vb_state *state);

/* What another thread may see and do while a decode runs. Reusable after vb_job_reset. */
VB_API vb_job *vb_job_new(void);
VB_API void vb_job_free(vb_job *job);
VB_API void vb_job_reset(vb_job *job);
VB_API void vb_job_cancel(vb_job *job);
/* 0..1 */
VB_API double vb_job_progress(const vb_job *job);
/* JSON array of the segments finished since the last call; an empty array when there is none. */
VB_API int32_t vb_job_segments(vb_job *job, vb_buffer *json);

/* ---- decoding ------------------------------------------------------------------------------------------------- */

enum { VB_TASK_TRANSCRIBE = 0, VB_TASK_TRANSLATE = 1 };
enum { VB_TIMES_NONE = 0, VB_TIMES_SEGMENTS = 1, VB_TIMES_WORDS = 2 };

typedef struct vb_decode_options {
  uint32_t struct_size;
  int32_t threads;             /* default 1 */
  int32_t task;
  int32_t times;               /* SEGMENTS: timestamp tokens divide the text; WORDS: every token has its times; NONE is fastest */
  int32_t beam_size;           /* 0 and 1: greedy */
  int32_t best_of;             /* candidates when the temperature is above 0; default 5 */
  int32_t audio_ctx;           /* encoder positions of 20 ms; 0 the full 30 s; rounded up as the kernels like */
  int32_t max_tokens;          /* besides the prefix; 0: the model's own limit (224, prefix included) */
  int32_t keep_blank;          /* 1: the text may be empty, or begin with a blank; so it may after a prefix */
  int32_t suppress_non_speech; /* 1: suppress symbols that are not speech */
  float temperature;
  float temperature_step;      /* 0: no fallback; else go on up to 1.0 in this step while a result fails the thresholds */
  float log_probability_threshold; /* default -1.0: below it a result fails */
  float entropy_threshold;     /* default 2.4: below it a result repeats itself and fails */
  float no_speech_threshold;   /* default 0.6: with a low log-probability above it, there is no text */
  const char *language;        /* code; NULL or "auto" detects */
  const char *prompt;          /* earlier text or key terms; its last 223 tokens are used */
  const int32_t *prefix;       /* tokens the text must begin with; counted in the result's tokens */
  int32_t prefix_count;
} vb_decode_options;

/*
 * Decodes up to 30 s of PCM (longer is VB_E_ARGUMENT; any shorter length is fine). The result is one JSON document:
 * { language, languageProbability, noSpeechProbability, averageLogProbability, entropy, temperature, audioContext, truncated,
 *   text, segments: [ { from, to, text, tokens: [ { id, text | hex, p, logp, from?, to? } ] } ],
 *   cost: { mel, encode, prompt, decode, times } in seconds, steps }
 * tokens include the timestamp tokens, whose text is empty; `hex` stands in for `text` where the bytes are no valid UTF-8.
 * truncated: the text did not end by itself, but at a limit, or because its last 32 tokens repeat themselves (entropy_threshold).
 * WORDS decodes without timestamp tokens, as NONE does, into one segment; the times come from the decoder's attention as it went
 * (dynamic time warping over the alignment heads), which costs a few milliseconds. averageLogProbability counts what was decoded,
 * the end included, but not the prefix. Random choices are the same in every run.
 */
VB_API int32_t vb_decode(vb_state *state, vb_job *job, const float *pcm, uint64_t samples, const vb_decode_options *options,
                         vb_buffer *json, char *error);

/* Language of up to 30 s of PCM. JSON: { language, probability, all: { code: probability } }. `among`: comma-separated codes or NULL. */
VB_API int32_t vb_detect_language(vb_state *state, vb_job *job, const float *pcm, uint64_t samples, int32_t threads, const char *among,
                                  vb_buffer *json, char *error);

/* ---- media: WAV, MP3, FLAC, Ogg Vorbis ------------------------------------------------------------------------ */

enum { VB_MEDIA_UNKNOWN = 0, VB_MEDIA_WAV = 1, VB_MEDIA_MP3 = 2, VB_MEDIA_FLAC = 3, VB_MEDIA_VORBIS = 4 };

typedef struct vb_media_info {
  uint32_t struct_size;
  int32_t format;
  int32_t channels;
  int32_t rate;
  uint64_t frames; /* at `rate`; 0 when not known before the end is read */
} vb_media_info;

VB_API int32_t vb_media_open_memory(const void *bytes, uint64_t size, vb_media **media, vb_media_info *info, char *error);
VB_API int32_t vb_media_open_file(const char *path, vb_media **media, vb_media_info *info, char *error);
/*
 * Reads on and resamples to 16 kHz. `mono` 1: one plane, the mean of the channels; 0: `channels` planes, each `capacity` samples
 * apart in `into`. Writes the number of samples per plane to `*count`; 0 is the end. `capacity` is at least VB_MEDIA_LEAST_CAPACITY,
 * and `mono` the same in every call.
 */
#define VB_MEDIA_LEAST_CAPACITY 4096
VB_API int32_t vb_media_read(vb_media *media, int32_t mono, float *into, uint64_t capacity, uint64_t *count, char *error);
/* Samples so far that were NaN, infinite or beyond any loudness, and were read as silence. */
VB_API uint64_t vb_media_repaired(const vb_media *media);
VB_API void vb_media_free(vb_media *media);

/* ---- resampling of raw PCM ------------------------------------------------------------------------------------ */

typedef struct vb_resampler vb_resampler;
VB_API int32_t vb_resampler_new(int32_t rate, vb_resampler **resampler, char *error);
/*
 * Returns the samples written, or -VB_E_.... `into` must hold count * 16000 / rate + 64 samples. At the end call it with count 0 until
 * it returns 0: then round(n * 16000 / rate) samples have come in all, and the resampler is as new.
 */
VB_API int64_t vb_resampler_push(vb_resampler *resampler, const float *from, uint64_t count, float *into, uint64_t capacity);
VB_API void vb_resampler_free(vb_resampler *resampler);

#ifdef __cplusplus
}
#endif
#endif
