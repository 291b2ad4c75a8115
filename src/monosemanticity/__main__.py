"""`python -m monosemanticity` is the command `monosemanticity`."""

from monosemanticity.cli import main

main()
