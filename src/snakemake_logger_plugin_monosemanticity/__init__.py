"""What snakemake --logger monosemanticity finds: Snakemake looks for its plugins by the names of packages."""

from monosemanticity.workflow.log_handler import LogHandler

__all__ = ["LogHandler"]
