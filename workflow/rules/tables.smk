# What runs came to, in tidy tables, of each batch and of all: a row a recorded step, a kept model, a neuron, a
# feature, a final model, and a row a run in its place in a batch.


rule tables:
    input:
        JOBS.heads_read_by(TABLES),
        outdated=outdated(TABLES),
    output:
        [RESULTS.table(name) for name in paths.TABLES],
    log:
        RESULTS.log("tables", "tables"),
    resources:
        runtime=60,
        mem_mb=4000,
    params:
        stamp=JOBS.stamp(TABLES),
        why=lambda wildcards: why(TABLES),
    message:
        "write the tables of all runs: {params.why}"
    shell:
        'monosemanticity tables --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} 2> {log:q}'


rule batch_tables:
    input:
        lambda wildcards: JOBS.heads_read_by(tables_of(wildcards.batch)),
        outdated=lambda wildcards: outdated(tables_of(wildcards.batch)),
    output:
        [RESULTS.table(name, "{batch}") for name in paths.TABLES],
    log:
        RESULTS.log("tables", "{batch}"),
    resources:
        runtime=10,
        mem_mb=2000,
    params:
        stamp=lambda wildcards: JOBS.stamp(tables_of(wildcards.batch)),
        why=lambda wildcards: why(tables_of(wildcards.batch)),
    message:
        "write the tables of {wildcards.batch}: {params.why}"
    shell:
        "monosemanticity tables {wildcards.batch:q}"
        ' --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} 2> {log:q}'
