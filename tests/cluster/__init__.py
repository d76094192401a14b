"""A cluster on one machine: PostgreSQL, Valkey, two web nodes, a worker and nginx, all real."""

from .machine import Machine
from .machines import Cluster, running

__all__ = ["Cluster", "Machine", "running"]
