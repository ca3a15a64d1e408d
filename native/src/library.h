/*
 * The library's own log: ggml and whisper.cpp write into a ring instead of stderr.
 */
#pragma once

#include "ggml.h"

extern "C" void whisper_log_set(ggml_log_callback log_callback, void *user_data);

namespace vb {

/* Sends upstream's log lines into the ring that vb_log_drain empties; safe to call often. */
void route_logs();

} // namespace vb
