"""What the tests of the examples share: manifests, rules, and the arrangements as plain processes."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
SHOP = EXAMPLES / "shop"
# Set by `run`.
UMBRA = pathlib.Path(os.environ.get("UMBRA_BINARY", ROOT / "build" / "umbra")).resolve()
WRAPPER = UMBRA.parent / "start-traffic-duplicator"
