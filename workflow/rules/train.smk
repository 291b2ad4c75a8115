# Two jobs a run: from its numbers to its record, losses and checkpoints; from these to what is measured of its models.


rule train:
    input:
        outdated=lambda wildcards: outdated(train(run_of(wildcards))),
    output:
        record=RESULTS.run("{run}") / paths.RECORD,
        trace=RESULTS.run("{run}") / paths.TRACE,
        checkpoints=directory(RESULTS.run("{run}") / paths.CHECKPOINTS),
    log:
        RESULTS.log("train", "{run}"),
    threads: PLAN.threads(cores())
    resources:
        runtime=lambda wildcards: needs.minutes(RUNS[wildcards.run]),
        mem_mb=lambda wildcards: needs.megabytes(RUNS[wildcards.run]),
        gpu=1,
    params:
        spec=lambda wildcards: RUNS[wildcards.run].model_dump_json(),
        folder=subpath(output.record, parent=True),
        tries=str(RESULTS.log("train", "{run}.tries")),
        jobs_per_gpu=CONFIG.jobs_per_gpu,
        stamp=lambda wildcards: JOBS.stamp(train(wildcards.run)),
        why=lambda wildcards: why(train(wildcards.run)),
    message:
        "train {wildcards.run}: {params.why}"
    shell:
        tried_again(
            "monosemanticity train --spec {params.spec:q} --out {params.folder:q} --threads {threads}"
            " --jobs-per-gpu {params.jobs_per_gpu} --keep-resume"
            ' --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp}'
        )


rule measure:
    input:
        RESULTS.run("{run}") / paths.RECORD,
        outdated=lambda wildcards: outdated(measure(run_of(wildcards))),
    output:
        measures=RESULTS.run("{run}") / paths.MEASURES,
        neurons=RESULTS.run("{run}") / paths.NEURONS,
        features=RESULTS.run("{run}") / paths.FEATURES,
    log:
        RESULTS.log("measure", "{run}"),
    resources:
        runtime=10,
        mem_mb=1000,
    params:
        folder=subpath(output.measures, parent=True),
        stamp=lambda wildcards: JOBS.stamp(measure(wildcards.run)),
        why=lambda wildcards: why(measure(wildcards.run)),
    message:
        "measure {wildcards.run}: {params.why}"
    shell:
        "monosemanticity measure {params.folder:q}"
        ' --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} 2> {log:q}'
