#!/bin/sh
# Installs the verbatim executable: fetches it, checks its sha256, puts it into ~/.local/bin.
#   sh install.sh --from ADDRESS [--into FOLDER] [--slim]
# ADDRESS is the folder of a release that holds its files.
# Everything is a function, so that a download of this script that stops half-way runs nothing.
set -eu

main() {
  from="" into="$HOME/.local/bin" flavour=""
  while [ $# -gt 0 ]; do
    case "$1" in
      --from) from=${2:?--from wants an address} && shift ;;
      --into) into=${2:?--into wants a folder} && shift ;;
      --slim) flavour=-slim ;;
      *) fail "There is no option $1: --from ADDRESS [--into FOLDER] [--slim]" ;;
    esac
    shift
  done
  [ -n "$from" ] || fail "--from is wanted: the address of a release."
  file="verbatim-$(system)-$(machine)$flavour"

  # Beside its place, so that the last step is a rename: who runs verbatim meanwhile has the old one or the new one.
  mkdir -p "$into"
  work=$(mktemp -d "$into/.verbatim-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' INT TERM
  fetch "$from/$file" "$work/$file"
  fetch "$from/$file.sha256" "$work/$file.sha256"
  (cd "$work" && check "$file.sha256") || fail "$file is damaged: its checksum is wrong."
  chmod 755 "$work/$file"
  "$work/$file" version || fail "$file does not run here; nothing was installed."
  mv -f "$work/$file" "$into/verbatim"
  case ":$PATH:" in
    *":$into:"*) echo "Start it: verbatim serve" ;;
    *) echo "Start it: $into/verbatim serve   ($into is not in your PATH)" ;;
  esac
}

system() {
  case "$(uname -s)" in
    Linux) echo linux ;;
    Darwin) echo darwin ;;
    *) fail "There is no executable for $(uname -s)." ;;
  esac
}

machine() {
  case "$(uname -m)" in
    x86_64 | amd64) echo x64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) fail "There is no executable for $(uname -m)." ;;
  esac
}

fetch() {
  if command -v curl >/dev/null; then curl -fsSL --retry 3 -o "$2" "$1"
  elif command -v wget >/dev/null; then wget -q -O "$2" "$1"
  else fail "curl or wget is needed."
  fi || fail "$1 could not be fetched."
}

check() {
  if command -v sha256sum >/dev/null; then sha256sum -c "$1" >/dev/null
  else shasum -a 256 -c "$1" >/dev/null
  fi
}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

main "$@"
