"""Ways to run an experiment: `local` (one process, a thread per node)."""
