"""How the simulated phone looks: canvas, wallpapers, launcher, app pages."""
