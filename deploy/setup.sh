#!/usr/bin/env bash
# Prepares what the arguments name: app, engine, widget, browser, databases. Each is skipped when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[2m[setup]\033[0m %s\n' "$*"; }
fail() { printf '\033[31m[setup] %s\033[0m\n' "$*" >&2; exit 1; }

runs() { "$1" -c "import sys; sys.exit(sys.version_info[:2] != ($2))" >/dev/null 2>&1; }

# A Python that really runs: on PATH, in pyenv's folder (its shims exist even where they can't run), or uv's own.
find_python() {
    local version=$1 wanted=${1/./, } candidate
    for candidate in "$(command -v "python$version" || true)" "$(command -v python3 || true)" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python; do
        if [ -n "$candidate" ] && [ -x "$candidate" ] && runs "$candidate" "$wanted"; then echo "$candidate"; return; fi
    done
    "$uv" python install -q "$version" >/dev/null 2>&1 && "$uv" python find "$version" && return
    return 1
}

find_uv() {
    if command -v uv >/dev/null; then command -v uv; return; fi
    if [ ! -x .uv/bin/uv ]; then
        python3 -m venv .uv && .uv/bin/python -m pip install -q uv==0.13.9 || return 1
    fi
    echo "$PWD/.uv/bin/uv"
}

# torch as a CPU build: from a folder of wheels where one is given, else from uv's CPU back end.
torch_source() {
    if [ -n "${PIP_FIND_LINKS:-}" ]; then echo "--find-links $PIP_FIND_LINKS"; else echo "--torch-backend cpu"; fi
}

environment() { # folder, python version, requirement file, further arguments of uv
    local folder=$1 version=$2 file=$3 python; shift 3
    local stamp="$folder/.made-from" now
    now=$(cat "$file" pyproject.toml deploy/setup.sh | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return
    python=$(find_python "$version") || fail "Python $version was not found and could not be installed. Install python$version (pyenv install $version), then try again."
    say "making $folder with Python $version (some minutes the first time)"
    "$uv" venv -q --clear --python "$python" "$folder"
    "$uv" pip install -q --python "$folder/bin/python" --compile-bytecode -r "$file" "$@"
    [ "$folder" = .venv ] && "$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
    echo "$now" >"$stamp"
}

app_version() {
    for version in 3.11 3.12 3.13; do
        if find_python "$version" >/dev/null 2>&1; then echo "$version"; return; fi
    done
    echo 3.11
}

widget() {
    command -v npm >/dev/null || fail "npm was not found. Install Node.js 20 or newer, then try again."
    local stamp=pages/static/built/.made-from now
    now=$(git ls-files -co --exclude-standard widget | sort | xargs sha256sum | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return
    say "building the widget"
    mkdir -p pages/static/built
    (cd widget && npm ci --silent --no-audit --no-fund && npm run --silent build)
    echo "$now" >"$stamp"
}

debian() { # a command that must exist afterwards, then Debian's packages
    local wanted=$1; shift
    [ -e "$wanted" ] && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing $*"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1 || true
    fi
    [ -e "$wanted" ] || say "missing: $wanted. The tests that need it will fail; install: $*"
}

uv=$(find_uv) || fail "uv was not found and could not be installed with pip. See https://docs.astral.sh/uv/."
export UV_NO_PROGRESS=1
for what in "$@"; do
    case $what in
    app)
        # shellcheck disable=SC2046
        environment .venv "$(app_version)" requirements/app.txt $(torch_source)
        ;;
    engine) environment .venv-engine 3.10 requirements/engine.txt --override requirements/engine.overrides ;;
    widget) widget ;;
    browser)
        debian /usr/bin/chromium chromium
        debian /usr/share/fonts/opentype/noto fonts-noto-cjk
        ;;
    databases) debian /usr/lib/postgresql postgresql ;;
    compile)
        compile=("$uv" pip compile -q --no-header --no-annotate --upgrade)
        # shellcheck disable=SC2046
        "${compile[@]}" --python-version 3.11 $(torch_source) requirements/app.in -o requirements/app.txt
        sed -i 's/^torch==\([0-9.]*\)+cpu$/torch==\1/' requirements/app.txt
        "${compile[@]}" --python-version 3.10 --override requirements/engine.overrides requirements/engine.in -o requirements/engine.txt
        ;;
    *) fail "unknown: $what" ;;
    esac
done
