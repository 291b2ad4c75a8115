# A rule a figure, named as the figure is, from what it shows alone; and a target a batch.

FIGURES = PLAN.figures()
COMPANION_FIGURES = catalogue.figures(PLAN)
CAPTIONS = {name: caption(name, figure, PLAN) for name, figure in FIGURES.items()} | {
    name: planned_figure.caption for name, planned_figure in COMPANION_FIGURES.items()
}

for name, figure in (FIGURES | COMPANION_FIGURES).items():

    rule:
        name:
            name
        input:
            JOBS.heads_read_by(name),
            outdated=outdated(name),
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
        resources:
            runtime=10,
            mem_mb=2000,
        params:
            name=name,
            # Given by a function, as braces of a text would be taken for wildcards.
            caption=lambda wildcards, name=name: CAPTIONS[name],
            stamp=JOBS.stamp(name),
            why=lambda wildcards, name=name: why(name),
        message:
            "draw {params.name}: {params.why}"
        shell:
            "monosemanticity figure {params.name:q}"
            ' --planned "$MONOSEMANTICITY_PLANNED" --stamp {params.stamp} 2> {log:q}'


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
