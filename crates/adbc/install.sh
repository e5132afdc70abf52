#!/usr/bin/env bash
# Installs the driver for one person, so that every ADBC driver manager finds it as "zuzen": builds the library, copies it and
# writes its manifest beside it.
#
#   install.sh [--library <a library that is built>] [--to <folder>]
#
# Without --to it goes where driver managers look for a person's drivers. Other folders are found by ADBC_DRIVER_PATH.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

case $(uname -s) in
  Darwin) system=macos name=libadbc_driver_zuzen.dylib folder="$HOME/Library/Application Support/ADBC/Drivers" ;;
  *) system=linux name=libadbc_driver_zuzen.so folder="${XDG_CONFIG_HOME:-$HOME/.config}/adbc/drivers" ;;
esac
case $(uname -m) in
  x86_64 | amd64) machine=amd64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *) machine=$(uname -m) ;;
esac

library=
while [ $# -gt 0 ]; do
  case $1 in
    --library) library=${2:?--library wants a path}; shift 2 ;;
    --to) folder=${2:?--to wants a folder}; shift 2 ;;
    *) echo "install.sh: $1 is not known; it takes --library and --to" >&2; exit 2 ;;
  esac
done
if [ -z "$library" ]; then
  cargo build --manifest-path "$root/Cargo.toml" --release --locked -p zuzen-adbc
  library=${CARGO_TARGET_DIR:-$root/target}/release/$name
fi

mkdir -p "$folder/zuzen"
folder=$(cd "$folder" && pwd)
# Programs may have the old one open: it is replaced, not written over.
cp "$library" "$folder/zuzen/.$name"
mv "$folder/zuzen/.$name" "$folder/zuzen/$name"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
sed -e "s|@VERSION@|$version|" -e "s|@PLATFORM@|${system}_$machine|" -e "s|@LIBRARY@|$folder/zuzen/$name|" \
  "$root/crates/adbc/manifest.toml" > "$folder/zuzen.toml"
echo "$folder/zuzen.toml"
