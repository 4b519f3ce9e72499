#!/bin/sh
# Installs what the benchmarks compare against, on Debian and its kin: compilers, QuantLib, and the npm packages of
# bench/package.json. Whatever is missing is left out of the comparison by name.
set -e
cd "$(dirname "$0")"
apt-get update
apt-get install -y --no-install-recommends gcc g++ clang libc6-dev libquantlib0-dev
npm ci --no-audit --no-fund
