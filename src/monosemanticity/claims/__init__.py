"""Where the results agree with the paper and where they do not."""
