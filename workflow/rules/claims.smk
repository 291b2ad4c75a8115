# The paper's claims, each decided by intervals over seeds.


rule claims:
    input:
        JOBS.heads_read_by(CLAIMS),
        outdated=outdated(CLAIMS),
    output:
        table=RESULTS.claims("parquet"),
        text=RESULTS.claims("md"),
    log:
        RESULTS.log("claims", "claims"),
    resources:
        runtime=10,
        mem_mb=4000,
    params:
        stamp=JOBS.stamp(CLAIMS),
        why=lambda wildcards: why(CLAIMS),
    message:
        "decide the paper's claims: {params.why}"
    shell:
        'monosemanticity claims --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} > /dev/null 2> {log:q}'
