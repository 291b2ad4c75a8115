# What is kept in the repository of a scale's results: pictures, captions, tables and claims.

REFERENCE = RESULTS.results / paths.REFERENCE / PLAN.scale


rule reference:
    input:
        figures=[
            RESULTS.figure(name, suffix)
            for name in [*PLAN.default_figures(), *COMPANION_FIGURES]
            for suffix in ("png", "md")
        ],
        tables=[RESULTS.table(name) for name in paths.TABLES],
        claims=[RESULTS.claims(suffix) for suffix in ("parquet", "md")],
        companion_claims=[
            RESULTS.companion_claims(suffix) for suffix in ("parquet", "md")
        ],
        experiments=[
            RESULTS.experiment(each.study, each.name) for each in PLAN.experiments
        ],
    output:
        figures=directory(REFERENCE / "figures"),
        tables=directory(REFERENCE / "tables"),
        claims=[REFERENCE / f"claims.{suffix}" for suffix in ("parquet", "md")],
        companions=directory(REFERENCE / "companions"),
    log:
        RESULTS.log("reference", "reference"),
    localrule: True
    params:
        folder=REFERENCE,
        companions=RESULTS.companions,
        into=(REFERENCE / "companions").absolute(),
        experiments=[
            path.relative_to(RESULTS.companions)
            for each in PLAN.experiments
            for table in [RESULTS.experiment(each.study, each.name)]
            for path in (
                table,
                *map(table.parent.joinpath, best_models.files(each).values()),
            )
        ],
        scale=PLAN.scale,
    message:
        "keep the pictures, tables and claims of scale {params.scale}"
    shell:
        "(mkdir -p {output.figures:q} {output.tables:q} {output.companions:q}"
        " && cp {input.figures:q} {output.figures:q}"
        " && cp {input.tables:q} {output.tables:q}"
        " && cp {input.claims:q} {params.folder:q}"
        " && cp {input.companion_claims:q} {output.companions:q}"
        " && (cd {params.companions:q} && cp --parents {params.experiments:q} {params.into:q})) 2> {log:q}"
