"""The mutation campaign over the readers, short; ``python Testing/reader_campaign`` runs the long one."""

from __future__ import annotations

import pytest
from reader_campaign.campaign import FAILURES, judged, run_campaign
from reader_campaign.judge import Judge, Verdict, describe
from reader_campaign.mutations import Mutation
from reader_campaign.seeds import SEEDS, volume_of


@pytest.mark.parametrize("seed", [1])
def test_damaged_files_are_refused_warned_of_or_read_rightly(seed):
    report = run_campaign(files=3 * len(SEEDS), seed=seed)
    assert report.failures == [], report.text()
    assert report.verdicts["refused"] > len(SEEDS) / 2
    assert report.verdicts["same"] > 0


@pytest.mark.slow
def test_more_damaged_files():
    report = run_campaign(files=50 * len(SEEDS), seed=2)
    assert report.failures == [], report.text()


@pytest.fixture(scope="module")
def judge():
    with Judge() as running:
        yield running


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_whole_seeds_are_read_as_they_are(seed, judge, tmp_path):
    (tmp_path / "files").mkdir()
    seed.write(tmp_path / "files", volume_of("small"))
    describe(tmp_path / "files" / seed.read, tmp_path / "whole.npz")
    verdict = judge.read(tmp_path / "files" / seed.read, tmp_path / "whole.npz")
    assert judged(seed, Mutation("", "", False, changed=False), verdict) == "same"


def test_the_judge_tells_what_went_wrong():
    """A campaign that cannot fail proves nothing."""
    gz = next(seed for seed in SEEDS if seed.name == "nii.gz")
    mha = next(seed for seed in SEEDS if seed.name == "mha, compressed")
    on_disk, packed = Mutation("", "v.nii.gz", True), Mutation("", "v.nii.gz", False)
    wrong = Verdict("read", same_values=False)
    assert judged(gz, on_disk, wrong) == "silent nonsense"
    assert judged(mha, Mutation("", "v.mha", True), wrong) == "silent nonsense"
    assert judged(gz, packed, Verdict("read", same_spacing=False)) == "silent nonsense"
    assert judged(gz, packed, Verdict("read", moved_mm=30)) == "silent nonsense"
    assert judged(gz, packed, Verdict("read", moved_mm=30, warned=True)) == "warned"
    assert judged(gz, packed, Verdict("refused", extra_bytes=5)) == "memory"
    assert judged(gz, Mutation("", "v.mha", False, changed=False), Verdict("refused")) == "refused whole"
    for kind in ("traceback", "crash", "hang"):
        assert judged(gz, packed, Verdict(kind)) == kind
        assert kind in FAILURES
