"""The sixty apps of the simulated phone: names, icons and pages."""
