"""open_clip is imported without torch's compiler, and nothing is lost by it."""

from __future__ import annotations

import subprocess
import sys

SHORT_WAY = """
import sys
from runners.clip.lean_import import import_open_clip
open_clip = import_open_clip()
assert "sympy" not in sys.modules and "torch._dynamo" not in sys.modules, "the compiler came along"
"""
USABLE_AFTERWARDS = """
import torch
model = open_clip.create_model("RN50", pretrained=None).eval()
with torch.inference_mode():
    assert model.encode_image(torch.zeros(1, 3, 224, 224)).shape == (1, 1024)
import torch._dynamo.utils
assert torch._dynamo.utils.is_compile_supported("cpu") in (True, False)
assert torch.compile(lambda x: x + 1, backend="eager")(torch.ones(2)).tolist() == [2, 2]
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_the_compiler_stays_out_and_can_still_come() -> None:
    """After the short import a model works, and the real compiler can be imported and used."""
    done = run(SHORT_WAY + USABLE_AFTERWARDS)
    assert done.returncode == 0, done.stderr
