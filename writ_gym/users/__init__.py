"""Simulated users, scripted or played by a model."""

from writ_gym.users.scripted import USERS as USERS
from writ_gym.users.scripted import ScriptedUser as ScriptedUser
