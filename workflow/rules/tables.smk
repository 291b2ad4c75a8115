# What all runs came to, in tidy tables: a row a recorded step, a kept model, a neuron, a final model.


rule tables:
    input:
        JOBS.heads_read_by(TABLES),
        outdated=outdated(TABLES),
    output:
        [RESULTS.table(name) for name in paths.TABLES],
    log:
        RESULTS.log("tables", "tables"),
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=4000,
    params:
        stamp=JOBS.stamp(TABLES),
        why=lambda wildcards: why(TABLES),
    message:
        "write the tables of all runs: {params.why}"
    shell:
        'monosemanticity tables --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} 2> {log:q}'
