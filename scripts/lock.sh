#!/bin/sh
# Raise the pinned requirements: resolve pyproject.toml once for every supported Python and platform, with hashes and
# without a word about where the packages came from.
#   make lock              keep what is pinned, add what is missing
#   make lock UPGRADE=1    take the newest versions that pyproject.toml allows
set -eu
uv=${UV:-.venv/bin/uv}
# Trust whom the machine trusts: behind a company proxy only its own store knows the certificate.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" UV_PYTHON_DOWNLOADS=never
upgrade=${UPGRADE:+--upgrade}
compile() {
    out=$1; shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-config $upgrade \
        --custom-compile-command "make lock" --output-file "$out" "$@"
}
compile requirements/run.txt pyproject.toml --group build
compile requirements/dev.txt pyproject.toml --group dev
compile requirements/postgres.txt --group postgres
