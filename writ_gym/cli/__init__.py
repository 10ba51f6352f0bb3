"""The command `writ-gym`."""

from writ_gym.cli.app import main as main
