#!/usr/bin/env bash
# Makes sure that the browser tests have a Chromium: finds one, installs Debian's, or says what to install.
# Set CHROMIUM=/path/to/chrome to choose the browser yourself.
set -euo pipefail

find_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$name" ] && command -v "$name" >/dev/null; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

become_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

if find_chromium >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    echo "Installing Debian's chromium for the browser tests ..."
    export DEBIAN_FRONTEND=noninteractive
    become_root apt-get update -qq </dev/null
    # The font is for the Chinese pages: without it their text has the width of empty boxes.
    become_root apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk </dev/null >/dev/null
fi
if ! find_chromium >/dev/null; then
    echo "The browser tests need Chromium. Install the package 'chromium' (and 'fonts-noto-cjk')," >&2
    echo "or set CHROMIUM=/path/to/chrome, and run 'make test' again." >&2
    exit 1
fi
