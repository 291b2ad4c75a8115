"""The two companion studies: small workflows of the same kind beside that of the paper."""
