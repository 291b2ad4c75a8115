# A rule a figure, named as the figure is, from the runs of its own batches alone; and a target a batch.

FIGURES = PLAN.figures()

for name, figure in FIGURES.items():
    of = of_figure(name, PLAN).content()

    rule:
        name:
            name
        input:
            sorted(
                {
                    RESULTS.run(spec.run_id) / file
                    for spec in PLAN.specs_of(figure)
                    for file in figure.reads
                }
            ),
        output:
            report(
                RESULTS.figure(name, "png"),
                caption="../report/figure.rst",
                category=figure.category,
                labels={"figure": name, "title": figure.title},
            ),
            [
                RESULTS.figure(name, suffix)
                for suffix in figure.suffixes
                if suffix != "png"
            ],
        log:
            RESULTS.log("figures", name),
        conda:
            "../../envs/environment.yaml"
        resources:
            mem_mb=2000,
        params:
            name=name,
            scale=PLAN.scale,
            override=override,
            caption=caption(name, figure, PLAN),
            digest=of["digest"],
            code=of["code"],
        message:
            "draw {params.name}"
        shell:
            "monosemanticity figure {params.name:q} --scale {params.scale:q} --override {params.override:q} --code {params.code} 2> {log:q}"


for name in PLAN.batches:

    rule:
        name:
            name
        input:
            [RESULTS.figure(figure, "png") for figure in PLAN.figures_of(name)],
        localrule: True


rule figures:
    input:
        [RESULTS.figure(name, "png") for name in PLAN.default_figures()],
