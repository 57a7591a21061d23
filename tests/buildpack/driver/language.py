"""A language's own buildpack, as small as one can be: it comes after umbra's and gets what that exports."""

import pathlib

COMPILE = """#!/usr/bin/env bash
set -euo pipefail
mkdir -p "$1/.language" "$1/.profile.d"
command -v umbra >"$1/.language/umbra"
umbra --version >"$1/.language/version"
echo 'export LANGUAGE_HOME="$HOME/.language"' >"$1/.profile.d/language.sh"
cd "$1"
"""
DETECT = "#!/bin/sh\necho Language\n"
RELEASE = "#!/bin/sh\nprintf -- '---\\ndefault_process_types:\\n  web: ./server\\n'\n"


def make(place, commands=""):
    scripts = pathlib.Path(place) / "bin"
    scripts.mkdir(parents=True)
    for name, text in (("detect", DETECT), ("compile", COMPILE + commands + "\n"), ("release", RELEASE)):
        (scripts / name).write_text(text)
        (scripts / name).chmod(0o755)
    return pathlib.Path(place)
