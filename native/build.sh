#!/usr/bin/env bash
# Builds libverbatim into one folder.
#
#   native/build.sh [cpu|metal|cuda|vulkan] [--release] [--tests] [--sanitize] [--for TRIPLE] [--out DIR]
#
# cpu (the default) is tuned for this machine. --release builds every CPU variant beside the library and picks one at run time; so does a
# build for a GPU, whose backend lies beside the library too: where it cannot be loaded, the CPU computes.
# --tests builds the native tests too (test/run.sh runs them); --sanitize builds them with address and undefined-behaviour sanitizers
# and runs them. --for aarch64-linux-gnu compiles for another Linux, --for x86_64-w64-mingw32 for Windows, with the compiler of that name.
# DIR is build/native; for other kinds build/sanitize, build/aarch64-linux-gnu and the like. A build whose stamp (target, CPU, compiler,
# patches, sources) is unchanged does nothing.
# Needs a C++ compiler, cmake, make or ninja, and Bun ($BUN, PATH or node_modules/.bin), and nothing else.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
upstream="$root/node_modules/nodejs-whisper/cpp/whisper.cpp"
upstream_version=1.9.1
upstream_hash=ab62f2a2a389d224abea9798eede31e2b357ca46db516c31a6525e68bcf6deba

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

usage="build.sh [cpu|metal|cuda|vulkan] [--release] [--tests] [--sanitize] [--for TRIPLE] [--out DIR]"
target=cpu release=0 tests=0 sanitize=0 triple= out=
while [ $# -gt 0 ]; do
  case "$1" in
    cpu | metal | cuda | vulkan) target=$1 ;;
    --release) release=1 ;;
    --tests) tests=1 ;;
    --sanitize) sanitize=1 ;;
    --for) triple=${2:?--for needs a triple such as aarch64-linux-gnu}; shift ;;
    --out) out=${2:?--out needs a directory}; shift ;;
    *) die "build.sh: unknown argument $1 (usage: $usage)" ;;
  esac
  shift
done
[ $sanitize = 1 ] && tests=1
modular=0
if [ $release = 1 ] || [ "$target" != cpu ]; then modular=1; fi
name=$target
[ -n "$triple" ] && name=$name-$triple
[ $release = 1 ] && name=$name-release
[ $sanitize = 1 ] && name=$name-sanitize
[ $tests = 1 ] && [ $sanitize = 0 ] && name=$name-tests
if [ -z "$out" ]; then
  if [ $sanitize = 1 ]; then out="$root/build/sanitize"
  elif [ -n "$triple" ]; then out="$root/build/$triple"
  elif [ $tests = 1 ]; then out="$root/build/tests"
  else out="$root/build/native"; fi
fi
case "$out" in /*) ;; *) out="$PWD/$out" ;; esac

# The one sentence that a machine without a tool gets.
install_hint() {
  case "$(uname -s)" in
    Darwin) if [ "$1" = cmake ]; then echo "brew install cmake"; else echo "xcode-select --install"; fi ;;
    *)
      if command -v apt-get >/dev/null; then echo "sudo apt install build-essential cmake"
      elif command -v dnf >/dev/null; then echo "sudo dnf install gcc-c++ make cmake"
      elif command -v pacman >/dev/null; then echo "sudo pacman -S base-devel cmake"
      elif command -v apk >/dev/null; then echo "apk add build-base cmake bash linux-headers"
      elif command -v zypper >/dev/null; then echo "sudo zypper install gcc-c++ make cmake"
      else echo "install a C++ compiler, make and cmake with this system's package manager"; fi ;;
  esac
}
need() { say "Building the speech engine needs $2. Install it with: $(install_hint "$1")"; exit 1; }

cxx=${CXX:-}
if [ -n "$triple" ]; then
  cxx=$triple-g++
  # Of the two that Debian has, the one with C++'s threads.
  if command -v "$cxx-posix" >/dev/null; then cxx=$cxx-posix; fi
fi
if [ -z "$cxx" ]; then
  for candidate in c++ g++ clang++; do
    if command -v "$candidate" >/dev/null; then cxx=$candidate; break; fi
  done
fi
nvcc=
if [ "$target" = cuda ]; then # where its installer puts it is in few people's PATH
  for candidate in "${CUDACXX:-nvcc}" /usr/local/cuda/bin/nvcc; do
    if command -v "$candidate" >/dev/null; then nvcc=$candidate; break; fi
  done
fi
compiler() { [ -n "$cxx" ] && "${cxx%% *}" --version 2>/dev/null | head -n 1; }
system="$(uname -s) $(uname -m)"
case "$triple" in
  '') ;;
  *mingw*) system="Windows ${triple%%-*}" ;;
  *) system="Linux ${triple%%-*}" ;;
esac

digest() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

processor() {
  if [ -r /proc/cpuinfo ]; then grep -m 1 -E '^(flags|Features)' /proc/cpuinfo
  else sysctl -n machdep.cpu.brand_string machdep.cpu.features machdep.cpu.leaf7_features hw.optional 2>/dev/null || true; fi
}

patches=("$here"/patches/*.patch)
stamp=$(
  echo "target $name"
  echo "system $system"
  echo "upstream $upstream_version $upstream_hash $(digest <"$upstream/src/whisper.cpp" 2>/dev/null || echo missing)"
  echo "compiler $(compiler)"
  if [ -n "$nvcc" ]; then echo "nvcc $("$nvcc" --version | tail -n 1)"; fi
  if [ $modular = 0 ] && [ -z "$triple" ]; then echo "processor $(processor | digest)"; fi
  echo "patches $(cat "${patches[@]}" | digest)"
  echo "sources $(cat "$here/CMakeLists.txt" "$here/build.sh" "$here/apply-patches.ts" | digest) $(cd "$here" && find include src -type f ! -name '*.md' | LC_ALL=C sort | xargs cat | digest)"
)
up_to_date() {
  [ -f "$out/stamp" ] || return 1
  if [ -n "$(compiler)" ]; then [ "$(cat "$out/stamp")" = "$stamp" ]
  else [ "$(grep -v ^compiler "$out/stamp")" = "$(grep -v ^compiler <<<"$stamp")" ]; fi # it cannot be made again, and need not be
}
if [ $sanitize = 0 ] && up_to_date; then exit 0; fi

if [ -n "$triple" ]; then
  package=g++-$triple
  [ "$triple" = x86_64-w64-mingw32 ] && package=g++-mingw-w64-x86-64-posix
  [ -n "$(compiler)" ] || die "Building for $triple needs its C++ compiler, $cxx (on Debian: sudo apt install $package)."
else
  [ -n "$(compiler)" ] || need compiler "a C++ compiler"
fi
command -v cmake >/dev/null || need cmake "cmake"
if command -v ninja >/dev/null; then generator=Ninja
elif command -v make >/dev/null; then generator="Unix Makefiles"
else need make "make"; fi
case "$target" in
  metal) [ "$(uname -s)" = Darwin ] || die "metal is built on a Mac." ;;
  cuda) [ -n "$nvcc" ] || die "Building for CUDA needs nvcc, from NVIDIA's CUDA toolkit (https://developer.nvidia.com/cuda-downloads)." ;;
  vulkan) command -v glslc >/dev/null ||
    die "Building for Vulkan needs glslc, Vulkan's headers, 1.3.272 or newer, and SPIR-V's (on Debian 13: sudo apt install glslc libvulkan-dev spirv-headers)." ;;
esac

[ -f "$upstream/src/whisper.cpp" ] || die "The whisper.cpp source is missing: install the dependencies first (npx bun install)."
bun=${BUN:-}
if [ -z "$bun" ]; then
  bun=$(command -v bun || true)
  [ -n "$bun" ] || bun="$root/node_modules/.bin/bun"
fi
[ -x "$bun" ] || die "Bun is missing: install the dependencies first (npx bun install), or set BUN to its path."

# Whether this process is a build; after a restart its number may be another program's.
builds() {
  local command
  kill -0 "$1" 2>/dev/null || return 1
  command=$(tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null || ps -o args= -p "$1" 2>/dev/null || echo build.sh)
  [[ $command == *build.sh* ]]
}

# Two builds at once share one working folder: the second waits, and then usually finds its work done.
work="$root/build/work/$name"
mkdir -p "$work" "$(dirname "$out")"
lock="$work/lock"
waited=0
nameless=0
until mkdir "$lock" 2>/dev/null; do
  holder=$(cat "$lock/pid" 2>/dev/null || true)
  if [ -n "$holder" ] && ! builds "$holder"; then rm -rf "$lock"; continue; fi
  # Who holds it says so at once; a lock without a name was left by one that was killed.
  [ -n "$holder" ] || nameless=$((nameless + 1))
  if [ $nameless -gt 5 ]; then rm -rf "$lock"; nameless=0; continue; fi
  [ $waited = 0 ] && say "Another build of libverbatim is running; waiting for it."
  waited=1
  sleep 1
done
echo $$ >"$lock/pid"
trap 'rm -rf "$lock"' EXIT
if [ $sanitize = 0 ] && up_to_date; then exit 0; fi

# What make and ninja cannot see: the same command makes other code on another CPU, or with a newer compiler of the same name.
machine=$(grep -E '^(system|compiler|nvcc|processor) ' <<<"$stamp")
if [ "$(cat "$work/machine" 2>/dev/null)" != "$machine" ]; then
  rm -rf "$work/cmake"
  printf '%s\n' "$machine" >"$work/machine"
fi

log="$work/build.log"
: >"$log"
failed() {
  say "Building libverbatim failed. The end of $log:"
  tail -n 40 "$log" >&2
  exit 1
}

"$bun" "$here/apply-patches.ts" --from "$upstream" --to "$work/upstream" --hash "$upstream_hash" "${patches[@]}" || exit 1

options=(
  -DCMAKE_BUILD_TYPE=Release
  -DVERBATIM_UPSTREAM="$work/upstream"
  -DVERBATIM_WHISPER_VERSION="$upstream_version"
  -DGGML_LLAMAFILE=ON
  -DGGML_OPENMP=OFF
  -DGGML_BLAS=OFF
  -DGGML_CCACHE=OFF
  -DGGML_METAL=$([ "$target" = metal ] && echo ON || echo OFF)
  -DGGML_CUDA=$([ "$target" = cuda ] && echo ON || echo OFF)
  -DGGML_VULKAN=$([ "$target" = vulkan ] && echo ON || echo OFF)
)
if [ "$target" = cuda ]; then
  options+=(-DCMAKE_CUDA_COMPILER="$(command -v "$nvcc")")
  # A release is for all GPUs that this toolkit knows; without one in this machine, so is any other build.
  if [ $release = 0 ] && command -v nvidia-smi >/dev/null; then options+=(-DCMAKE_CUDA_ARCHITECTURES=native); fi
fi
if [ "$target" = metal ]; then options+=(-DGGML_METAL_EMBED_LIBRARY=ON); fi
if [ $modular = 1 ]; then
  options+=(-DBUILD_SHARED_LIBS=ON -DGGML_BACKEND_DL=ON -DGGML_NATIVE=OFF)
  case "$system" in
    # One variant, which every M chip runs: ggml's own for Macs leave half-precision arithmetic out.
    Darwin\ arm64) options+=(-DGGML_CPU_ARM_ARCH=armv8.5-a+dotprod+fp16) ;;
    *) options+=(-DGGML_CPU_ALL_VARIANTS=ON) ;;
  esac
else
  options+=(-DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=$([ -z "$triple" ] && echo ON || echo OFF))
fi
if [ -n "$triple" ]; then
  options+=(-DCMAKE_SYSTEM_NAME="${system% *}" -DCMAKE_SYSTEM_PROCESSOR="${triple%%-*}" -DCMAKE_C_COMPILER="${cxx%g++*}gcc${cxx##*g++}")
fi
options+=(-DVERBATIM_TESTS=$([ $tests = 1 ] && echo ON || echo OFF))
if [ $sanitize = 1 ]; then
  flags="-O2 -g1 -DNDEBUG" # all that a report names: functions and lines
  options+=(-DVERBATIM_SANITIZE=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_C_FLAGS_RELWITHDEBINFO=$flags" "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=$flags")
fi

say "Building libverbatim ($name); this takes a minute or two the first time."
CXX=$cxx cmake -S "$here" -B "$work/cmake" -G "$generator" "${options[@]}" >>"$log" 2>&1 || failed

# Turns ninja's [12/80] and make's [ 15%] into one line for each tenth, or a line that is redrawn on a terminal.
progress() {
  local line percent last=-1
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    if [[ $line =~ ^\[\ *([0-9]+)/([0-9]+)\] ]]; then percent=$((100 * BASH_REMATCH[1] / BASH_REMATCH[2]))
    elif [[ $line =~ ^\[\ *([0-9]+)%\] ]]; then percent=${BASH_REMATCH[1]}
    else continue; fi
    if [ -t 2 ]; then
      [ "$percent" != "$last" ] && printf '\r  %3d %%' "$percent" >&2
      last=$percent
    elif [ $((percent / 10)) != "$last" ]; then
      last=$((percent / 10))
      printf '  %d %%\n' $((last * 10)) >&2
    fi
  done
  if [ -t 2 ] && [ "$last" != -1 ]; then printf '\n' >&2; fi
}
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
cmake --build "$work/cmake" --parallel "$jobs" 2>&1 | progress || failed

# Everything the program loads lies in one folder, renamed in whole.
fresh="$out.new.$$"
rm -rf "$fresh"
mkdir -p "$fresh"
cp -P "$work/cmake/out/"* "$fresh/" 2>/dev/null || true
compgen -G "$fresh/*verbatim.*" >/dev/null || failed
printf '%s\n' "$stamp" >"$fresh/stamp"
if [ -e "$out" ]; then mv "$out" "$out.old.$$"; fi
mv "$fresh" "$out"
rm -rf "$out.old.$$"
say "libverbatim is ready in ${out#"$root/"}."

if [ $sanitize = 1 ]; then exec "$here/test/run.sh" "$out"; fi
