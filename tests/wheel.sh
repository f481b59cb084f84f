#!/usr/bin/env bash
# Installs the newest wheel of a folder into an environment of its own and uses it there, as a user would:
# the first handler runs, and the types and the stub came along.
set -euo pipefail

folder=$1
wheel=$(ls -t "$folder"/arvo-*.whl | head -n 1)
python3 -m venv --clear "$folder/environment"
python="$folder/environment/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check "$wheel" pydantic

"$python" examples/first/first.py
"$python" - <<'PYTHON'
import importlib.resources
import sys

import arvo

assert "environment" in arvo.__file__, f"{arvo.__file__} is not the installed package"
package = importlib.resources.files(arvo)
missing = [name for name in ("py.typed", "_arvo.pyi") if not package.joinpath(name).is_file()]
sys.exit(f"the wheel lacks {missing}" if missing else 0)
PYTHON
