# One job a run, from its numbers to its record, trace, neurons and checkpoints.


rule train:
    output:
        record=RESULTS.run("{run}") / layout.RECORD,
        trace=RESULTS.run("{run}") / layout.TRACE,
        neurons=RESULTS.run("{run}") / layout.NEURONS,
        checkpoints=directory(RESULTS.run("{run}") / layout.CHECKPOINTS),
    log:
        RESULTS.log("train", "{run}"),
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
