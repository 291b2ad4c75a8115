# Where the runs agree with the paper and where not.


rule findings:
    input:
        RESULTS.table("models"),
    output:
        RESULTS.findings,
    log:
        RESULTS.log("findings", "findings"),
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        scale=PLAN.scale,
        override=override,
        code=digest_of_code(provenance.FINDINGS),
    message:
        "hold the runs against the paper's sentences"
    shell:
        "monosemanticity findings --scale {params.scale:q} --override {params.override:q} --code {params.code} > /dev/null 2> {log:q}"
