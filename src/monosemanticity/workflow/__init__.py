"""What the Snakemake workflow asks: which jobs there are, which are due and why, and what they take."""
