#!/usr/bin/env bash
# Builds a small ffmpeg that does one thing: sound out of the containers that libverbatim does not read, as 32-bit floats.
#
#   native/ffmpeg.sh [--source DIR] [--for TRIPLE] [--out FILE]
#   native/ffmpeg.sh --fetch [--source DIR]
#
# It is made of Debian's source package of ffmpeg: exactly the files that ffmpeg.sources names, with their checksums. --fetch has apt-get
# bring them into DIR (build/ffmpeg-source), which needs a Debian that offers this version; so does a build that does not find them there. When
# Debian has a newer one, with fixes, its files and sums go into ffmpeg.sources.
# FILE is build/ffmpeg/ffmpeg; beside it come the licence, the source's files, which whoever passes the program on has to pass on too, and what was
# enabled. LGPL 2.1 or later: nothing of GPL is enabled, and only the kernel's and C's libraries are linked.
# What is enabled is what src/audio/formats.ts promises; src/audio/ffmpeg-arguments.ts is all that it will ever be told.
# Needs a C compiler, make, patch and xz; nasm makes it faster.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
source=$root/build/ffmpeg-source triple='' out='' fetch_only=0
die() { echo "ffmpeg.sh: $*" >&2; exit 1; }
while [ $# -gt 0 ]; do
  case "$1" in
    --source) source=${2:?--source needs a directory}; shift ;;
    --fetch) fetch_only=1 ;;
    --for) triple=${2:?--for needs a triple such as aarch64-linux-gnu}; shift ;;
    --out) out=${2:?--out needs a file}; shift ;;
    *) die "unknown argument $1" ;;
  esac
  shift
done
out=${out:-$root/build/ffmpeg${triple:+-$triple}/ffmpeg}
work=$root/build/work/ffmpeg${triple:+-$triple}
package=$(sed -n 's/.*  ffmpeg_\(.*\)\.dsc$/\1/p' "$here/ffmpeg.sources")
upstream=${package%-*}
cc=${triple:+$triple-}gcc

sums() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
is_fetched() { [ -d "$source" ] && (cd "$source" && sums -c "$here/ffmpeg.sources") >/dev/null 2>&1; }

stamp=$(
  sums <"$here/ffmpeg.sources"
  sums <"$here/ffmpeg.sh"
  "$cc" --version 2>/dev/null | head -n 1 || true
)
if [ $fetch_only = 0 ] && [ -x "$out" ] && [ "$(cat "$(dirname "$out")/stamp" 2>/dev/null)" = "$stamp" ]; then exit 0; fi

# apt's own lists usually leave sources out; a folder of our own changes nothing of the system.
fetch() {
  command -v apt-get >/dev/null || die "$source does not hold what ffmpeg.sources names, and only a Debian can fetch it."
  local apt=$root/build/work/ffmpeg-apt
  rm -rf "$apt"
  mkdir -p "$apt/parts" "$apt/lists/partial" "$source"
  for file in /etc/apt/sources.list.d/*.sources; do
    if grep -qs debian-archive "$file"; then sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/$(basename "$file")"; fi
  done
  if [ -f /etc/apt/sources.list ]; then sed -n '/debian/s/^deb /deb-src /p' /etc/apt/sources.list >"$apt/parts/main.list"; fi
  # Root's apt reads as another user, who may not look into a home.
  local options=(-o "Dir::Etc::SourceParts=$apt/parts" -o Dir::Etc::SourceList=/dev/null -o "Dir::State::Lists=$apt/lists" -o APT::Sandbox::User=root)
  if ! (cd "$source" && apt-get "${options[@]}" update -qq && apt-get "${options[@]}" source -qq --download-only "ffmpeg=7:$package") >"$apt/log" 2>&1; then
    tail -n 5 "$apt/log" >&2
    die "Debian's ffmpeg $package cannot be fetched. Has Debian a newer one? Then ffmpeg.sources wants its files and sums."
  fi
  is_fetched || die "what was fetched is not what ffmpeg.sources names."
}

is_fetched || fetch
if [ $fetch_only = 1 ]; then exit 0; fi

command -v "$cc" >/dev/null || die "a C compiler is needed: $cc."
for tool in make patch xz; do command -v "$tool" >/dev/null || die "$tool is needed."; done
mkdir -p "$work" "$(dirname "$out")"
if [ "$(cat "$work/tree/.package" 2>/dev/null)" != "$package" ]; then
  rm -rf "$work/tree" "$work/debian" "$work/make"
  mkdir "$work/tree"
  tar -xJf "$source/ffmpeg_$upstream.orig.tar.xz" -C "$work/tree" --strip-components 1
  tar -xJf "$source/ffmpeg_$package.debian.tar.xz" -C "$work"
  sed '/^#/d; /^$/d' "$work/debian/patches/series" | while read -r name; do
    patch -s -d "$work/tree" -p1 <"$work/debian/patches/$name"
  done
  echo "$package" >"$work/tree/.package"
fi

demuxers=aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,loas,matroska,mov,mp3,mpc,mpc8,mpegps,mpegts,nistsphere,ogg,rm,tak,tta,voc,w64,wav,wv
decoders=aac,aac_latm,ac3,alac,amrnb,amrwb,ape,atrac1,atrac3,atrac3p,cook,dca,dsd_lsbf,dsd_lsbf_planar,dsd_msbf,dsd_msbf_planar,eac3,flac
decoders+=,g723_1,g729,gsm,gsm_ms,mace3,mace6,mlp,mp1float,mp2float,mp3float,mpc7,mpc8,nellymoser,opus,qcelp,qdm2,qdmc,ra_144,ra_288,ralf,sipr,speex
decoders+=,tak,truehd,truespeech,tta,vorbis,wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice
decoders+=,pcm_alaw,pcm_bluray,pcm_dvd,pcm_f16le,pcm_f24le,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_lxf,pcm_mulaw,pcm_s16be,pcm_s16be_planar
decoders+=,pcm_s16le,pcm_s16le_planar,pcm_s24be,pcm_s24le,pcm_s24le_planar,pcm_s32be,pcm_s32le,pcm_s32le_planar,pcm_s64be,pcm_s64le,pcm_s8
decoders+=,pcm_s8_planar,pcm_u16be,pcm_u16le,pcm_u24be,pcm_u24le,pcm_u32be,pcm_u32le,pcm_u8,pcm_vidc
decoders+=,adpcm_4xm,adpcm_adx,adpcm_ct,adpcm_g722,adpcm_g726,adpcm_g726le,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_sbpro_2,adpcm_sbpro_3
decoders+=,adpcm_sbpro_4,adpcm_swf,adpcm_yamaha
parsers=aac,aac_latm,ac3,amr,cook,dca,flac,g723_1,g729,gsm,mlp,mpegaudio,opus,sipr,tak,vorbis
options=(
  --disable-everything --disable-autodetect --disable-doc --disable-debug --disable-network --disable-programs --enable-ffmpeg
  --disable-avdevice --disable-swscale --disable-postproc --enable-small --enable-runtime-cpudetect
  "--enable-demuxer=$demuxers" "--enable-decoder=$decoders" "--enable-parser=$parsers"
  "--enable-filter=aresample,aformat,anull,atrim" --enable-encoder=pcm_f32le --enable-muxer=wav "--enable-protocol=file,pipe"
)
[ -z "$triple" ] || options+=(--enable-cross-compile --cross-prefix="$triple-" --target-os=linux --arch="${triple%%-*}")
command -v nasm >/dev/null || options+=(--disable-x86asm)

log=$work/build.log
mkdir -p "$work/make"
cd "$work/make"
if ! { "$work/tree/configure" "${options[@]}" && make -j"$(getconf _NPROCESSORS_ONLN)" ffmpeg; } >"$log" 2>&1; then
  echo "Building ffmpeg failed. The end of $log:" >&2
  tail -n 30 "$log" >&2
  exit 1
fi
grep -q '^License: LGPL version 2.1 or later' "$log" || die "this would not be under the LGPL."
"${triple:+$triple-}strip" -o "$out.new" ffmpeg
mv "$out.new" "$out"
folder=$(dirname "$out")
cp "$work/tree/COPYING.LGPLv2.1" "$folder/"
echo "$package" >"$folder/source-package"
printf '%s\n' "./configure ${options[*]}" >"$folder/configuration"
rm -rf "$folder/source"
mkdir "$folder/source"
while read -r _ file; do cp "$source/$file" "$folder/source/"; done <"$here/ffmpeg.sources"
cp "$here/ffmpeg.sh" "$here/ffmpeg.sources" "$folder/source/"
printf '%s\n' "$stamp" >"$folder/stamp"
echo "$out  $(($(wc -c <"$out") / 1000)) kB, from Debian's ffmpeg $package" >&2
