"""Results from Python: tables, runs, models, figures and claims by the name of their folder."""
