"""What is asked for: the numbers of runs, config.yaml, scales, the plan, and which figure shows what."""
