"""From runs to tidy tables."""
