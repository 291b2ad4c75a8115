# What all runs came to, in tidy tables: a row a model, a recorded step, a neuron.


rule tables:
    input:
        [
            RESULTS.run(run) / file
            for run in RUNS
            for file in (layout.RECORD, layout.TRACE, layout.NEURONS)
        ],
    output:
        [RESULTS.table(name) for name in layout.TABLES],
    log:
        RESULTS.log("tables", "tables"),
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=4000,
    params:
        scale=PLAN.scale,
        override=override,
        plan=PLAN.digest,
        code=digest_of_code(provenance.TABLES),
    message:
        "write the tables of all runs"
    shell:
        "monosemanticity tables --scale {params.scale:q} --override {params.override:q} --code {params.code} 2> {log:q}"
