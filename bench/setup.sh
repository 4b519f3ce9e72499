#!/bin/sh
# Installs what the benchmarks and the test of equal bits compare against, on Debian and its kin: compilers, QuantLib, and the npm packages of
# bench/package.json. Whatever is missing is left out of the comparison by name.
set -e
cd "$(dirname "$0")"
apt-get update
# the last four are for scripts/equal-bits.mjs --arm64
apt-get install -y --no-install-recommends gcc g++ clang libc6-dev libquantlib0-dev \
  qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross libatomic1-arm64-cross
npm ci --no-audit --no-fund
