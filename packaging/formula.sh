#!/bin/sh
# Writes the Homebrew formula of a release: sh packaging/formula.sh VERSION HOMEPAGE ADDRESS FOLDER-WITH-SHA256-FILES > verbatim.rb
set -eu
version=$1 homepage=$2 from=$3 folder=$4
sum() { cut -d ' ' -f 1 "$folder/verbatim-$1.sha256"; }
sed -e "s|@VERSION@|$version|" -e "s|@HOMEPAGE@|$homepage|" -e "s|@FROM@|$from|" \
  -e "s|@DARWIN_ARM64@|$(sum darwin-arm64)|" \
  -e "s|@LINUX_ARM64@|$(sum linux-arm64)|" -e "s|@LINUX_X64@|$(sum linux-x64)|" \
  -e '/formula.sh fills/d' "$(dirname "$0")/verbatim.rb"
