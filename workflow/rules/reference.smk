# What is kept in the repository of a scale's results: pictures, captions, tables, claims and a report.

REFERENCE = RESULTS.results / paths.REFERENCE / PLAN.scale
IN_ITS_REPORT = [name for name in ("LR1", "LR3") if name in PLAN.batches] or list(
    PLAN.batches
)[:1]
"""The batches of whose first seed it holds the models: all would be too much for a repository."""
KEEP_COMPANIONS = (
    " && mkdir -p {output.companions:q} && cp {input.companion_claims:q} {output.companions:q}"
    " && (cd {params.companions:q} && cp --parents {params.experiments:q} {params.into:q})"
)


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
            RESULTS.companion_claims(suffix)
            for suffix in ("parquet", "md")
            if PLAN.experiments
        ],
        experiments=[
            RESULTS.experiment(each.study, each.name) for each in PLAN.experiments
        ],
        report=RESULTS.report,
    output:
        figures=directory(REFERENCE / "figures"),
        tables=directory(REFERENCE / "tables"),
        claims=[REFERENCE / f"claims.{suffix}" for suffix in ("parquet", "md")],
        companions=[directory(REFERENCE / "companions")] if PLAN.experiments else [],
        report=REFERENCE / "report.html",
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
        stamp=JOBS.stamp(REPORT),
        batches=IN_ITS_REPORT,
    message:
        "keep the pictures, tables, claims and a report of scale {params.scale}"
    shell:
        "(mkdir -p {output.figures:q} {output.tables:q}"
        " && cp {input.figures:q} {output.figures:q}"
        " && cp {input.tables:q} {output.tables:q}"
        " && cp {input.claims:q} {params.folder:q}"
        + KEEP_COMPANIONS * bool(PLAN.experiments)
        + ' && monosemanticity report --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp}'
        " --batches {params.batches:q} --one-seed --out {output.report:q}) 2> {log:q}"
