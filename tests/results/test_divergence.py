import json
from collections.abc import Callable
from pathlib import Path

import pytest

from monosemanticity.errors import DivergedError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import divergence, paths
from monosemanticity.training.train import train

OF = Stamp("digest", "code")


def test_nothing_is_known_of_a_run_that_has_not_diverged(tmp_path):
    assert divergence.known(tmp_path, OF) == ""
    divergence.refuse_again(tmp_path, OF)


def test_a_run_that_diverged_is_refused_until_its_numbers_or_its_code_are_others(tmp_path):
    divergence.keep(tmp_path, OF, "diverged by step 2")
    assert divergence.known(tmp_path, OF) == "diverged by step 2"
    with pytest.raises(DivergedError, match="diverged by step 2; not trained again"):
        divergence.refuse_again(tmp_path, OF)
    for other in (Stamp("other", "code"), Stamp("digest", "other")):
        assert divergence.known(tmp_path, other) == ""
    divergence.refuse_again(tmp_path, other)
    assert divergence.known(tmp_path, OF) == ""


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", '{"message": 1}', "[" * 100_000, '{"digest": "digest"}'])
def test_what_cannot_be_read_says_nothing(tmp_path, content):
    (tmp_path / paths.DIVERGED).write_text(content)
    assert divergence.known(tmp_path, OF) == ""


def test_training_keeps_that_a_run_diverges_and_takes_no_step_again(
    tmp_path: Path, tiny_spec: Callable[..., RunSpec]
) -> None:
    spec = tiny_spec(learning_rate=1e30)
    with pytest.raises(DivergedError, match="diverged by step"):
        train(spec, tmp_path)
    assert json.loads((tmp_path / paths.DIVERGED).read_text())["digest"] == spec.digest
    with pytest.raises(DivergedError, match="not trained again"):
        train(spec, tmp_path, watch=pytest.fail)
    (tmp_path / paths.DIVERGED).unlink()
    with pytest.raises(DivergedError, match=r"lower learning_rate: 1e\+30$"):
        train(spec, tmp_path)
