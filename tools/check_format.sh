#!/bin/bash
# Fails where a tracked C++ file is not as clang-format 19 writes it. To mend: clang-format-19 -i FILE
set -euo pipefail
cd "$(dirname -- "$0")/.."
command -v clang-format-19 >/dev/null || { echo "format: clang-format-19 is missing; install it" >&2; exit 1; }
git ls-files -z '*.h' '*.cc' | xargs -0 -r -n 16 -P "$(nproc)" clang-format-19 --dry-run -Werror ||
  { echo "format: mend with: git ls-files -z '*.h' '*.cc' | xargs -0 clang-format-19 -i" >&2; exit 1; }
echo "format: $(git ls-files '*.h' '*.cc' | wc -l) files are as clang-format writes them"
