import pytest


@pytest.mark.parametrize("observed", ["traces", "measures", "neurons"])
def test_rows_are_placed_in_their_batch_and_say_what_sets_the_run_beside_it_apart(smoke_results, observed):
    found = getattr(smoke_results, observed)("RG1")
    members = smoke_results.plan.batches["RG1"].members
    place = found[["run", "batch", "comparison"]].drop_duplicates().to_dict("records")
    assert place == [{"run": m.spec.run_id, "batch": "RG1", "comparison": m.comparison} for m in members]
    assert found["apart"].unique().tolist() == ["initial mean bias \N{MINUS SIGN}1, L1 strength 0"]


def test_a_batch_without_a_run_beside_it_has_nothing_apart(smoke_results):
    found = smoke_results.measures("LR1")
    assert not found["comparison"].any()
    assert found["apart"].unique().tolist() == [""]


def test_measures_are_a_row_a_kept_model_of_every_run(smoke_results):
    kept = {member.spec.run_id: member.spec.checkpoint_steps for member in smoke_results.plan.batches["K1"].members}
    assert smoke_results.measures("K1").groupby("run")["step"].apply(list).to_dict() == kept


def test_a_single_model_is_that_of_its_setting(smoke_results):
    figure = smoke_results.plan.figures()["fig04"]
    for chosen in figure.panels:
        spec, model = smoke_results.final_model(chosen)
        assert spec.learning_rate == pytest.approx(chosen.at["learning_rate"] * ratio(smoke_results))
        assert model.W1.shape == (spec.d, spec.k)


def ratio(smoke_results) -> float:
    """By how much the scale turns up learning rates."""
    first = smoke_results.plan.batches["LR1"].members[0]
    return first.spec.learning_rate / first.setting["learning_rate"]
