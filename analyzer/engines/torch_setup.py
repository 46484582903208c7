"""What must be settled before torch and pyannote.audio are imported for the first time.

pyannote.audio sends the length and speaker count of every file to its makers unless
PYANNOTE_METRICS_ENABLED is 0 *before* its import. The package index's torchaudio is linked
against CUDA and cannot load beside a CPU torch; pyannote and the voice encoder only need its
pure-Python parts, which a stub of the compiled extension makes reachable.
"""

import importlib.util
import os
import sys
import types
import warnings


def prepare(threads: int) -> None:
    """Telemetry off, torchaudio importable, torch on so many threads."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # noqa: TID251 (a library's own switch)
    # A model hub is only ever reached when the user names a model of one.
    warnings.filterwarnings("ignore", module=r"pyannote\..*|torchaudio\..*|lightning.*|torch\..*")
    import torch

    torch.set_num_threads(threads)
    if "torchaudio" not in sys.modules:
        _make_torchaudio_importable()


def _make_torchaudio_importable() -> None:
    if importlib.util.find_spec("torchaudio") is None:
        return
    try:
        import torchaudio  # noqa: F401
    except OSError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchaudio"]:
            del sys.modules[name]
        sys.modules["torchaudio._extension"] = _extension_stub()


def _extension_stub() -> types.ModuleType:
    stub = types.ModuleType("torchaudio._extension")
    vars(stub).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        fail_if_no_align=lambda function: function,
    )
    return stub
