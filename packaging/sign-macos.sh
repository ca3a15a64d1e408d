#!/bin/bash
# Signs the executables in a folder for macOS and has Apple look at them. A bare executable cannot carry the ticket: its first start asks Apple online.
# Without a certificate in the environment they get an ad-hoc signature, which runs after `xattr -d com.apple.quarantine`.
set -euo pipefail
folder=${1:?the folder with the executables}
here=$(cd "$(dirname "$0")" && pwd)
identity=${IDENTITY:--}

if [ -n "${CERTIFICATE:-}" ]; then
  keychain=$RUNNER_TEMP/sign.keychain-db
  password=$(openssl rand -hex 16)
  base64 --decode <<<"$CERTIFICATE" >"$RUNNER_TEMP/certificate.p12"
  security create-keychain -p "$password" "$keychain"
  security unlock-keychain -p "$password" "$keychain"
  security import "$RUNNER_TEMP/certificate.p12" -P "$CERTIFICATE_PASSWORD" -k "$keychain" -T /usr/bin/codesign
  security set-key-partition-list -S apple-tool:,apple: -k "$password" "$keychain" >/dev/null
  security list-keychains -d user -s "$keychain"
fi

for file in "$folder"/verbatim-darwin-*; do
  case "$file" in *.sha256) continue ;; esac
  codesign --force --sign "$identity" --options runtime --entitlements "$here/entitlements.plist" ${CERTIFICATE:+--timestamp} "$file"
  codesign --verify --strict "$file"
  if [ -n "${CERTIFICATE:-}" ]; then
    ditto -c -k "$file" "$RUNNER_TEMP/notarise.zip"
    printf '%s' "$NOTARY_KEY" >"$RUNNER_TEMP/notary.p8"
    xcrun notarytool submit "$RUNNER_TEMP/notarise.zip" --key "$RUNNER_TEMP/notary.p8" --key-id "$NOTARY_KEY_ID" --issuer "$NOTARY_ISSUER" --wait
  fi
  # The signature changed the file: its checksum stands beside it and in its bill of materials.
  name=$(basename "$file")
  old=$(cut -d ' ' -f 1 "$file.sha256")
  (cd "$folder" && shasum -a 256 "$name" >"$name.sha256")
  bill=$folder/${name/verbatim/sbom}.spdx.json
  sed "s/$old/$(cut -d ' ' -f 1 "$file.sha256")/" "$bill" >"$bill.new"
  mv "$bill.new" "$bill"
done
