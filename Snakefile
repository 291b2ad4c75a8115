from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/companions.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/reference.smk"


localrules:
    all,
    figures,


rule all:
    default_target: True
    input:
        rules.figures.input,
        rules.tables.output,
        rules.claims.output,
        [RESULTS.figure(name, "png") for name in COMPANION_FIGURES],
        rules.companion_claims.output if PLAN.experiments else [],
        rules.report.output,
