#!/usr/bin/env bash
# Builds a small ffmpeg that does one thing: sound out of the containers that libverbatim does not read, as 32-bit floats.
#
#   native/ffmpeg.sh [--source DIR] [--for TRIPLE] [--out FILE]
#
# DIR holds Debian's source package of ffmpeg (its .dsc and what that names); without it apt-get fetches it, with Debian's security fixes.
# FILE is build/ffmpeg/ffmpeg. LGPL 2.1 or later: nothing of GPL is enabled, and only the kernel's and C's libraries are linked.
# What is enabled is what src/audio/formats.ts promises; src/audio/ffmpeg-arguments.ts is all that it will ever be told.
# Needs a C compiler, make and dpkg-dev; nasm makes it faster.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
source='' triple='' out=''
while [ $# -gt 0 ]; do
  case "$1" in
    --source) source=${2:?--source needs a directory}; shift ;;
    --for) triple=${2:?--for needs a triple such as aarch64-linux-gnu}; shift ;;
    --out) out=${2:?--out needs a file}; shift ;;
    *) echo "ffmpeg.sh: unknown argument $1" >&2; exit 1 ;;
  esac
  shift
done
out=${out:-$root/build/ffmpeg${triple:+-$triple}/ffmpeg}
work=$root/build/work/ffmpeg${triple:+-$triple}
mkdir -p "$work" "$(dirname "$out")"

# apt's own lists usually leave sources out; a folder of our own changes nothing of the system.
fetch() {
  local apt=$work/apt
  mkdir -p "$apt/parts" "$apt/lists/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/$(basename "$file")"
  done
  [ ! -s /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$apt/parts/main.list"
  local options=(-o "Dir::Etc::SourceParts=$apt/parts" -o Dir::Etc::SourceList=/dev/null -o "Dir::State::Lists=$apt/lists")
  mkdir -p "$source"
  (cd "$source" && apt-get "${options[@]}" update -qq && apt-get "${options[@]}" source -qq --download-only ffmpeg)
}

if [ -z "$source" ]; then
  source=$work/source
  ls "$source"/*.dsc >/dev/null 2>&1 || fetch
fi
package=$(ls "$source"/ffmpeg_*.dsc)
if [ "$(cat "$work/tree/.package" 2>/dev/null)" != "$(basename "$package")" ]; then
  rm -rf "$work/tree"
  dpkg-source --no-check -x "$package" "$work/tree" >/dev/null
  basename "$package" >"$work/tree/.package"
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
[ -n "$triple" ] && options+=(--enable-cross-compile --cross-prefix="$triple-" --target-os=linux --arch="${triple%%-*}")
command -v nasm >/dev/null || options+=(--disable-x86asm)

log=$work/build.log
mkdir -p "$work/make"
cd "$work/make"
if ! { "$work/tree/configure" "${options[@]}" && make -j"$(getconf _NPROCESSORS_ONLN)" ffmpeg; } >"$log" 2>&1; then
  echo "Building ffmpeg failed. The end of $log:" >&2
  tail -n 30 "$log" >&2
  exit 1
fi
"${triple:+$triple-}strip" -o "$out.new" ffmpeg
mv "$out.new" "$out"
cp "$work/tree/COPYING.LGPLv2.1" "$(dirname "$out")/"
cp "$work/tree/.package" "$(dirname "$out")/source-package"
echo "$out  $(($(wc -c <"$out") / 1000)) kB, from $(cat "$work/tree/.package")" >&2
