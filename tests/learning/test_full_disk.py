"""The disk is full when a trained model is put in its place: nothing half is there, the live one answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import CHECKOUT

OWN_DISK = ["unshare", "--map-root-user", "--mount"]  # a mount that nobody else sees, and that ends with it
PUBLISHING = """
import errno, json, random, subprocess, sys
from pathlib import Path
from learning.shelf import Shelf
from tests.learning.shelves import put_model

shelf = Shelf(Path(sys.argv[1]))
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(shelf.folder)], check=True)
put_model(shelf, "old")
shelf.keep("old", [["hi", "greet"]], {"verdict": "candidate"})
shelf.point("old")
made = shelf.aside() / "made.tar.gz"
made.write_bytes(shelf.file("old").read_bytes())
texts = [["%032x" % random.getrandbits(128), "greet"] for _ in range(40_000)]
refused = None
for name in ("new", "old"):
    try:
        shelf.publish(name, made, texts, {"verdict": "candidate"})
    except OSError as error:
        refused = errno.errorcode[error.errno]
shelf.check("old")
print(json.dumps({
    "refused": refused, "live": shelf.live(), "names": shelf.names(), "taught": shelf.taught("old"),
    "left": sorted(str(path.relative_to(shelf.folder)) for path in shelf.folder.rglob("*") if path.is_file()),
}))
"""


def has_own_disk() -> bool:
    """Tell whether this machine lets a test mount something for itself."""
    try:
        return subprocess.run([*OWN_DISK, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not has_own_disk(), reason="no user namespaces here, so no small disk of one's own")
def test_a_model_that_does_not_fit_on_the_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    child = subprocess.run(
        [*OWN_DISK, sys.executable, "-c", PUBLISHING, str(tmp_path)],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    assert found["refused"] == "ENOSPC"
    assert (found["live"], found["names"], found["taught"]) == ("old", ["old"], [["hi", "greet"]])
    kept = ["live", "old.tar.gz", "old/examples.json.gz", "old/report.json"]
    assert found["left"] == ["aside/made.tar.gz", *kept]
