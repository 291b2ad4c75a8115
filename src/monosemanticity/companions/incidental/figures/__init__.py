"""The figures of the study, a kind of picture a module."""
