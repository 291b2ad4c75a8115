# The companion studies: a job a run, a table an experiment, a rule a figure, and the claims of both.


rule companion_train:
    input:
        outdated=lambda wildcards: outdated(companion_of(wildcards)),
    output:
        trace=RESULTS.companion("{companion}") / paths.TRACE,
        checkpoints=directory(RESULTS.companion("{companion}") / paths.CHECKPOINTS),
    log:
        RESULTS.log("companions", "{companion}"),
    resources:
        runtime=lambda wildcards: needs.companion_minutes(
            PLAN.companion_runs[wildcards.companion]
        ),
        mem_mb=lambda wildcards: needs.companion_megabytes(
            PLAN.companion_runs[wildcards.companion]
        ),
    params:
        tries=str(RESULTS.log("companions", "{companion}.tries")),
        stamp=lambda wildcards: JOBS.stamp(companion_of(wildcards)),
        why=lambda wildcards: why(companion_of(wildcards)),
    message:
        "train {wildcards.companion}: {params.why}"
    shell:
        tried_again(
            "monosemanticity companion {wildcards.companion:q}"
            ' --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp}'
        )


for experiment in PLAN.experiments:

    rule:
        name:
            f"{experiment.study}_{experiment.name}"
        input:
            JOBS.heads_read_by(experiment_of(experiment)),
            outdated=outdated(experiment_of(experiment)),
        output:
            table=RESULTS.experiment(experiment.study, experiment.name),
            models=[
                RESULTS.experiment(experiment.study, experiment.name).parent / file
                for file in best_models.files(experiment).values()
            ],
        log:
            RESULTS.log(experiment.study, experiment.name),
        resources:
            runtime=30,
            mem_mb=needs.experiment_megabytes(experiment.specs),
        params:
            study=experiment.study,
            name=experiment.name,
            stamp=JOBS.stamp(experiment_of(experiment)),
            why=lambda wildcards, experiment=experiment: why(experiment_of(experiment)),
        message:
            "measure experiment {params.name} of {params.study}: {params.why}"
        shell:
            "monosemanticity experiment {params.study:q} {params.name:q}"
            ' --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} 2> {log:q}'


rule companion_claims:
    input:
        JOBS.heads_read_by(COMPANION_CLAIMS),
        outdated=outdated(COMPANION_CLAIMS),
    output:
        table=RESULTS.companion_claims("parquet"),
        text=RESULTS.companion_claims("md"),
    log:
        RESULTS.log("claims", "companions"),
    resources:
        runtime=10,
        mem_mb=4000,
    params:
        stamp=JOBS.stamp(COMPANION_CLAIMS),
        why=lambda wildcards: why(COMPANION_CLAIMS),
    message:
        "decide the claims of the companion studies: {params.why}"
    shell:
        "monosemanticity companion_claims"
        ' --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} > /dev/null 2> {log:q}'


for study in PLAN.companions:

    rule:
        name:
            study
        input:
            [
                RESULTS.figure(name, "png")
                for name, planned_figure in COMPANION_FIGURES.items()
                if planned_figure.study == study
            ],
        localrule: True
