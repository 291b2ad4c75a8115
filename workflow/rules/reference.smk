# What is kept in the repository of a scale's results: pictures, captions, tables, and what was found.

REFERENCE = RESULTS.results / paths.REFERENCE / PLAN.scale


rule reference:
    input:
        figures=[
            RESULTS.figure(name, suffix)
            for name in PLAN.default_figures()
            for suffix in ("png", "md")
        ],
        tables=[RESULTS.table(name) for name in paths.TABLES],
        findings=RESULTS.findings,
    output:
        figures=directory(REFERENCE / "figures"),
        tables=directory(REFERENCE / "tables"),
        findings=REFERENCE / "findings.md",
    log:
        RESULTS.log("reference", "reference"),
    localrule: True
    params:
        scale=PLAN.scale,
    message:
        "keep the pictures, tables and findings of scale {params.scale}"
    shell:
        "(mkdir -p {output.figures:q} {output.tables:q}"
        " && cp {input.figures:q} {output.figures:q}"
        " && cp {input.tables:q} {output.tables:q}"
        " && cp {input.findings:q} {output.findings:q}) 2> {log:q}"
