# The page of everything: claims, figures, runs and models.


rule report:
    input:
        JOBS.heads_read_by(REPORT),
        outdated=outdated(REPORT),
    output:
        RESULTS.report,
    log:
        RESULTS.log("report", "report"),
    resources:
        runtime=60,
        mem_mb=4000,
    params:
        stamp=JOBS.stamp(REPORT),
        why=lambda wildcards: why(REPORT),
    message:
        "write the report: {params.why}"
    shell:
        'monosemanticity report --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} 2> {log:q}'
