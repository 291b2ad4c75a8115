# Where the runs agree with the paper and where not.


rule findings:
    input:
        JOBS.heads_read_by(FINDINGS),
        outdated=outdated(FINDINGS),
    output:
        RESULTS.findings,
    log:
        RESULTS.log("findings", "findings"),
    resources:
        runtime=10,
        mem_mb=2000,
    params:
        stamp=JOBS.stamp(FINDINGS),
        why=lambda wildcards: why(FINDINGS),
    message:
        "compare the runs with the paper's sentences: {params.why}"
    shell:
        'monosemanticity findings --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} > /dev/null 2> {log:q}'
