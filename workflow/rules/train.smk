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
    threads: PLAN.threads(workflow.cores)
    resources:
        mem_mb=2000,
    params:
        spec=lambda wildcards: RUNS[wildcards.run].model_dump_json(),
        folder=subpath(output.record, parent=True),
        code=digest_of_code(provenance.TRAINING),
    message:
        "train {wildcards.run}"
    shell:
        "monosemanticity train --spec {params.spec:q} --out {params.folder:q} --threads {threads} --code {params.code} 2> {log:q}"
