from monosemanticity.workflow.log_handler import jobs_by_bar


def test_runs_of_the_paper_and_of_companion_studies_are_counted_by_one_bar():
    jobs = {"fig03": 1, "train": 2, "all": 1, "companion_train": 3, "measure": 2}
    assert list(jobs_by_bar(jobs).items()) == [("training", 5), ("measuring", 2), ("tables, figures, claims", 2)]


def test_a_bar_without_jobs_is_left_out():
    assert jobs_by_bar({"fig03": 1}) == {"tables, figures, claims": 1}
