"""The report: one page that holds claims, figures, runs and models, and is opened by a double click."""
