"""`python -m writ_gym`: the command `writ-gym`, where its script is not on the path."""

from writ_gym.cli import main

main(prog_name="writ-gym")
