import os
import time
from datetime import timedelta
from pathlib import Path

from analyzer.audio import SCRATCH
from models.scratch import sweep_scratch

_DAY = timedelta(days=1)


def _old(path: Path) -> Path:
    os.utime(path, (time.time() - 2 * _DAY.total_seconds(),) * 2)
    return path


def test_what_the_dead_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    left = tmp_path / f"{SCRATCH}abc"
    left.mkdir()
    (left / "sound.s16").write_bytes(b"0")
    _old(left / "sound.s16")
    _old(left)
    loose = tmp_path / f"{SCRATCH}def.s16"
    loose.write_bytes(b"0")
    _old(loose)
    worked_on = tmp_path / f"{SCRATCH}ghi"
    worked_on.mkdir()
    (worked_on / "sound.s16").write_bytes(b"0")
    _old(worked_on)
    foreign = _old(tmp_path)
    (foreign / "talktrack-data").mkdir()
    _old(foreign / "talktrack-data")
    assert sweep_scratch(_DAY, tmp_path) == 2
    assert {one.name for one in tmp_path.iterdir()} == {worked_on.name, "talktrack-data"}
    assert sweep_scratch(_DAY, tmp_path) == 0
