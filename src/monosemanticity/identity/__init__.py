"""What a result is of: what was asked for, and the definitions of the code that it depends on."""
