/*
 * Our own kernels for ggml's CPU backend: the few operations in which Whisper spends its time, written for the shapes Whisper has.
 *
 * They are compiled inside ggml-cpu, once per CPU variant with that variant's flags, and enter through ggml's own door for
 * accelerators: an "extra buffer type". It is asked for every operation whether it takes it over (operations.cpp); what it declines
 * runs in ggml as before. Weights of type q8_0 that are only ever multiplied are stored in panels (panels.h) when the model is loaded.
 *
 * To compare: VERBATIM_KERNELS=off in the environment switches all of them off, VERBATIM_KERNELS=no-panels leaves the weights to ggml
 * (on CPUs with AMX: to its tiles).
 */
#pragma once

#include "ggml-backend.h"

/* The buffer type to register with ggml-cpu; null where no kernel fits the CPU that the code is compiled for. */
ggml_backend_buffer_type_t verbatim_kernels_buffer_type();
