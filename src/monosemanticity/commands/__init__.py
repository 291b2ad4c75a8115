"""The parts of the workflow by hand: train one run, draw one figure, write the tables, list the runs."""
