# One job a run, from its numbers to its record, trace, neurons and checkpoints.


rule train:
    output:
        record=RESULTS.run("{run}") / layout.RECORD,
        trace=RESULTS.run("{run}") / layout.TRACE,
        neurons=RESULTS.run("{run}") / layout.NEURONS,
        checkpoints=directory(RESULTS.run("{run}") / layout.CHECKPOINTS),
    log:
        RESULTS.log("train", "{run}"),
    group:
        "training"
    conda:
        "../../envs/environment.yaml"
    threads: PLAN.threads(cores())
    resources:
        mem_mb=2000,
        gpu=1,
    params:
        spec=lambda wildcards: RUNS[wildcards.run].model_dump_json(),
        folder=subpath(output.record, parent=True),
        code=digest_of_code(provenance.TRAINING),
        jobs_per_gpu=jobs_per_gpu,
    message:
        "train {wildcards.run}"
    shell:
        "monosemanticity train --spec {params.spec:q} --out {params.folder:q} --threads {threads}"
        " --jobs-per-gpu {params.jobs_per_gpu} --keep-resume --code {params.code} 2> {log:q}"


# Of a submission that fails on a cluster, Snakemake takes all results away, those of finished runs too: what they go on
# from, to the end at once, stays until no job is left that could fail.
def remove_leftovers():
    for run in RUNS:
        leftovers.remove(RESULTS.run(run))


onsuccess:
    remove_leftovers()


onerror:
    remove_leftovers()
    for file in log:
        print(
            failures.summary(Path(file).read_text(encoding="utf-8")),
            file=sys.stderr,
        )
